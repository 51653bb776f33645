"""One child process: its command, its log, its record for the next run."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from .orphans import Record

_LAUNCHER = Path(__file__).with_name("launch.py")


@dataclass(frozen=True, slots=True)
class Program:
    """How a process is started, when it is ready, and how it is asked to end.

    `patience` is the number of seconds it gets to end by itself. `user` is who it runs as, None for the present user.
    `marks` are files that say something about a former life of the process; they are removed before each start.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    ready: Callable[[], bool]
    stop_signal: signal.Signals = signal.SIGTERM
    patience: float = 10.0
    user: str | None = None
    directory: Path | None = None
    marks: tuple[Path, ...] = ()


class Process:
    """A program that may be running; not safe for use by several threads, its keeper sees to that."""

    def __init__(self, program: Program, *, log: Path, record: Path) -> None:
        self.program = program
        self.log = log
        self._record = record
        self._popen: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The number of the process, or None when it does not run."""
        return self._popen.pid if self._popen is not None and self._popen.poll() is None else None

    @property
    def exit_code(self) -> int | None:
        """How it ended, or None while it runs or has not been started."""
        return None if self._popen is None else self._popen.poll()

    def start(self) -> None:
        """Start it, in a session of its own: a Ctrl-C in the terminal is for the supervisor alone."""
        for mark in self.program.marks:
            mark.unlink(missing_ok=True)
        with self.log.open("ab") as log:
            self._popen = subprocess.Popen(
                launching(self.program.command, user=self.program.user, stop_signal=self.program.stop_signal),
                env=dict(self.program.environment),
                cwd=self.program.directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        Record.of(self._popen.pid, self.program.stop_signal).write(self._record)

    def ask_to_stop(self) -> None:
        """Send the signal on which the program ends in good order."""
        if self._popen is not None and self._popen.poll() is None:
            self._popen.send_signal(self.program.stop_signal)

    def wait(self, *, patience: float | None = None) -> None:
        """Wait for the end, `patience` seconds (the program's own by default), then kill it."""
        if self._popen is None:
            return
        try:
            self._popen.wait(timeout=self.program.patience if patience is None else patience)
        except subprocess.TimeoutExpired:
            self.kill()
        self._record.unlink(missing_ok=True)

    def kill(self) -> None:
        """End it at once (SIGKILL), whatever it is doing, with every process that it started."""
        self.kill_without_waiting()
        if self._popen is not None:
            self._popen.wait()

    def kill_without_waiting(self) -> None:
        """Send SIGKILL to it and every process that it started, unless it has been seen to end."""
        if self._popen is not None and self._popen.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._popen.pid, signal.SIGKILL)

    def last_lines(self, count: int = 15) -> str:
        """The end of its log."""
        with contextlib.suppress(FileNotFoundError):
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])
        return ""


def launching(command: tuple[str, ...], *, user: str | None, stop_signal: signal.Signals) -> list[str]:
    """The command that runs `command` as `user` and sends it `stop_signal` should this process die."""
    return [
        sys.executable, "-I", "-S", str(_LAUNCHER), str(int(stop_signal)), str(os.getpid()), user or "-", *command
    ]  # fmt: skip
