"""A folder that belongs to one running supervisor at a time and is gone when it ends."""

import fcntl
import os
import shutil
from pathlib import Path
from types import TracebackType
from typing import Self

from .orphans import end_orphans


class Busy(Exception):
    """Another living process holds the folder."""


class RunFolder:
    """Holds `path` by a lock on the folder itself: the kernel drops it with the process, so it can't go stale."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        """Take the folder, end what an earlier run left in it, and empty it.

        Raises Busy when another process has it.
        """
        self._descriptor = _lock(self.path)
        end_orphans(self.path)
        for entry in self.path.iterdir():
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the folder and let go of it."""
        if self._descriptor is not None:
            shutil.rmtree(self.path, ignore_errors=True)
            os.close(self._descriptor)
            self._descriptor = None


def _lock(path: Path) -> int:
    while True:
        path.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        except FileNotFoundError:
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise Busy(path) from None
        # The former holder may have removed the folder between our open and our lock.
        if _is_still(path, descriptor):
            return descriptor
        os.close(descriptor)


def _is_still(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
