"""A process: sweeps the pool of the database that DATABASE_URL names, with everything loaded that a Celery worker has.

Prints as JSON the greatest memory that it took, in MB, and the seconds and proposals of the sweep.
`python -m tests.load.matching.footprint NOW`, a moment in ISO format.
"""

import json
import resource
import sys
import time
from datetime import datetime


def main(now: datetime) -> None:
    """Load, sweep, tell."""
    from project.celery import app

    app.loader.init_worker()
    app.finalize()
    from matching import sweeping

    began = time.perf_counter()
    proposals = sweeping.sweep(now=now)
    seconds = time.perf_counter() - began
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"mb": kilobytes * 1024 / 1e6, "seconds": seconds, "proposals": proposals}))


if __name__ == "__main__":
    main(datetime.fromisoformat(sys.argv[1]))
