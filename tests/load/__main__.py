"""`make bench`: run the benchmarks (or those named), print a table, write build/bench.json."""

import os
import signal
import sys
from types import FrameType

from project.supervisor import CannotStart
from project.supervisor.console import ticked
from project.supervisor.launch import end_with
from project.supervisor.programs import CHECKOUT

from . import benchmarks, figures
from .surroundings import surroundings

_RESULT = CHECKOUT / "build" / "bench.json"


def main(wanted: list[str]) -> int:
    """Returns the exit code: 1 when a goal is not kept, 2 when nothing could be measured."""
    _end_in_good_order()
    if unknown := set(wanted) - set(benchmarks.names()):
        print(f"No benchmark {', '.join(sorted(unknown))}; there are: {', '.join(benchmarks.names())}", file=sys.stderr)
        return 2
    try:
        found = _measured(wanted or benchmarks.names())
    except CannotStart as trouble:
        print(f"{trouble}\n{trouble.details}", file=sys.stderr)
        return 2
    figures.write(found, _RESULT)
    print(f"\n{figures.table(found)}\n\nWritten to {_RESULT.relative_to(CHECKOUT)}")
    return 1 if any(figure.holds is False for figure in found) else 0


def _measured(names: list[str]) -> list[figures.Figure]:
    found = []
    with surroundings(ticked) as around:
        for name in names:
            with ticked(f"Measured: {name}"):
                found += benchmarks.measure(name, around)
    return found


def _end_in_good_order() -> None:
    """Whoever ends this process, or the `make` that started it, ends everything it has started."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    if "MAKELEVEL" in os.environ:
        end_with(os.getppid(), signal.SIGTERM)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
