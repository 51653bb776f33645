"""A process: sweeps the pool of the database that DATABASE_URL names, with everything loaded that a Celery worker has.

Prints as JSON the greatest memory that it took, in MB, and the seconds and proposals of the sweep.
`python -m tests.load.matching.footprint NOW`, a moment in ISO format.
"""

import json
import re
import sys
import time
from datetime import datetime
from pathlib import Path


def main(now: datetime) -> None:
    """Load, sweep, tell."""
    from project.celery import app

    app.loader.init_worker()
    app.finalize()
    from matching import sweeping

    began = time.perf_counter()
    proposals = sweeping.sweep(now=now)
    seconds = time.perf_counter() - began
    # Not getrusage: a process begins with the peak of the one that it was forked from.
    [kilobytes] = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    print(json.dumps({"mb": int(kilobytes) * 1024 / 1e6, "seconds": seconds, "proposals": proposals}))


if __name__ == "__main__":
    main(datetime.fromisoformat(sys.argv[1]))
