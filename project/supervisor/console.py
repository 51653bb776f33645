"""What a start looks like in a terminal: one line a step, with a tick and the seconds it took."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

Step = Callable[[str], AbstractContextManager[None]]
"""Called with the name of a step; what is done inside is the step."""


def silent(name: str) -> AbstractContextManager[None]:
    """Steps that nobody watches."""
    return nullcontext()


@contextmanager
def ticked(name: str) -> Iterator[None]:
    """A step that is shown while it lasts and ticked off afterwards."""
    began = time.monotonic()
    if sys.stdout.isatty():
        print(f"  … {name}", end="", flush=True)
    try:
        yield
    except BaseException:
        _finish(paint("✗", 31), name, "")
        raise
    _finish(paint("✓", 32), name, f"{time.monotonic() - began:.1f} s")


def paint(text: str, colour: int) -> str:
    """`text` in one of the terminal's colours (31 red, 32 green, 1 bold), plain where there is no terminal."""
    coloured = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    return f"\033[{colour}m{text}\033[0m" if coloured else text


def _finish(mark: str, name: str, seconds: str) -> None:
    clear = "\r\033[K" if sys.stdout.isatty() else ""
    print(f"{clear}  {mark} {name:<44}{seconds:>8}".rstrip(), flush=True)
