"""Processes that a killed supervisor left behind: recognised by number and start time together, and ended."""

import contextlib
import json
import signal
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

_SAME_START = 1.0  # seconds; the kernel's start time is computed from the clock, which may be corrected
_PATIENCE = 15.0  # seconds until a process that was asked to end is killed


@dataclass(frozen=True, slots=True)
class Record:
    """A started process, as written down for the next run."""

    pid: int
    started: float
    stop_signal: int

    @classmethod
    def of(cls, pid: int, stop_signal: signal.Signals) -> "Record":
        """Describe the living process `pid`."""
        return cls(pid=pid, started=psutil.Process(pid).create_time(), stop_signal=int(stop_signal))

    def write(self, path: Path) -> None:
        """Write the record so that it is there whole or not at all."""
        unfinished = path.with_suffix(".new")
        unfinished.write_text(json.dumps(asdict(self)))
        unfinished.replace(path)

    def process(self) -> psutil.Process | None:
        """The process itself, or None when it has ended, whoever may have its number now."""
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(self.pid)
            if process.status() != psutil.STATUS_ZOMBIE and abs(process.create_time() - self.started) < _SAME_START:
                return process
        return None


def end_orphans(folder: Path) -> None:
    """End every process whose record lies in `folder`, politely first, and remove the records."""
    paths = sorted(folder.glob("*.pid"))
    found = [(record, process) for path in paths if (record := _read(path)) and (process := record.process())]
    families = [process for _, root in found for process in [root, *_children(root)]]
    for record, process in found:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(record.stop_signal)
    _, alive = psutil.wait_procs(families, timeout=_PATIENCE)
    for process in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(alive, timeout=_PATIENCE)
    for path in paths:
        path.unlink(missing_ok=True)


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _read(path: Path) -> Record | None:
    try:
        return Record(**json.loads(path.read_text()))
    except (ValueError, TypeError):
        return None
