"""Waiting for something to become true."""

import time
from collections.abc import Callable


def until(condition: Callable[[], object], *, within: float = 10.0) -> None:
    """Return once `condition` holds; fails after `within` seconds."""
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, f"not so within {within} s"
        time.sleep(0.02)
