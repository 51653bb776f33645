"""What else the machine was doing: a figure taken beside somebody else's work says less."""

import contextlib
import os
import time

import psutil


class Neighbours:
    """Measures which share of the machine was used by other processes than this one and its descendants."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._others = _busy() - _ours()

    def share(self) -> float:
        """The share since the start, in [0, 1]."""
        spent = _busy() - _ours() - self._others
        available = (time.monotonic() - self._began) * (os.cpu_count() or 1)
        return min(1.0, max(0.0, spent / available))


def _busy() -> float:
    times = psutil.cpu_times()
    return float(times.user + times.system)


def _ours() -> float:
    own = psutil.Process()
    total = 0.0
    for process in [own, *own.children(recursive=True)]:
        # One that has just ended is counted with its parent, which has waited for it.
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total
