"""One `make run` at a time in a checkout."""

import json
import os
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from .errors import CannotStart
from .runfolder import Busy, RunFolder

_PATIENCE = 60.0  # seconds for a former run that is ending


class Running:
    """Says to other runs in the same checkout that this one is here, where, and whether it is about to end."""

    def __init__(self, path: Path) -> None:
        self._folder = RunFolder(path)
        self._note = path / "state.json"

    def __enter__(self) -> Self:
        """Take the place, waiting for a former run that is ending; raises CannotStart when another run has it."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                self._folder.__enter__()
            except Busy:
                state = self._other()
                if not state.get("stopping") or time.monotonic() > deadline:
                    raise _already(state) from None
                time.sleep(0.1)
            else:
                self._write(stopping=False)
                return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Free the place."""
        self._folder.__exit__(kind, error, trace)

    def is_at(self, url: str) -> None:
        """Note the address under which this run answers."""
        self._write(stopping=False, url=url)

    def is_stopping(self) -> None:
        """Note that this run is ending, so that the next one waits instead of giving up."""
        self._write(stopping=True)

    def _write(self, **state: object) -> None:
        unfinished = self._note.with_suffix(".new")
        unfinished.write_text(json.dumps({"pid": os.getpid(), **state}))
        unfinished.replace(self._note)

    def _other(self) -> dict[str, object]:
        try:
            return dict(json.loads(self._note.read_text()))
        except (FileNotFoundError, ValueError):
            return {}


def _already(state: dict[str, object]) -> CannotStart:
    where = f" at {state['url']}" if "url" in state else ""
    how = f"Ctrl-C there, or kill {state['pid']}" if "pid" in state else "Ctrl-C there"
    return CannotStart(f"It is already running{where}: stop it first ({how}).")
