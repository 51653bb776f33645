"""Keeps processes running: starts them in order, starts one again that died, ends them in reverse."""

import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from .errors import CannotStart
from .process import Process, Program

_POLL = 0.05  # seconds between two looks
_FIRST_PAUSE = 0.2  # seconds until a dead process is started again; doubled with each further death
_WINDOW = 60.0  # seconds in which deaths are counted
_TOO_MANY = 5


Notice = Callable[[CannotStart], None]
"""Told when a process died and will be started again."""


def unnoticed(trouble: CannotStart) -> None:
    """Restarts that nobody watches."""


class Keeper:
    """Owns the processes of one run. Its methods may be called from any thread.

    `failure` is set once a process died too often; `trouble` then says what happened.
    """

    def __init__(self, *, logs: Path, records: Path, notice: Notice = unnoticed) -> None:
        self._logs = logs
        self._records = records
        self._notice = notice
        self._processes: dict[str, Process] = {}
        self._wanted: set[str] = set()
        self._deaths: dict[str, deque[float]] = {}
        self._due: dict[str, float] = {}
        self._lock = threading.RLock()
        self._over = threading.Event()
        self._watcher: threading.Thread | None = None
        self.failure = threading.Event()
        self.trouble: CannotStart | None = None

    def start(self, program: Program) -> None:
        """Start a program that this keeper does not know yet; the log of the run before is kept as `.previous`."""
        self._logs.mkdir(parents=True, exist_ok=True)
        log = self._logs / f"{program.name}.log"
        if log.exists():
            log.replace(log.with_suffix(".previous"))
        process = Process(program, log=log, record=self._records / f"{program.name}.pid")
        with self._lock:
            self._processes[program.name] = process
            self._deaths[program.name] = deque(maxlen=_TOO_MANY)
            self._start(program.name)

    def start_again(self, name: str) -> None:
        """Start a process that was stopped; nothing happens when it runs."""
        with self._lock:
            if self._processes[name].pid is None:
                self._start(name)

    def watch(self) -> None:
        """From now on start again whatever dies; until now a death has been an error of `wait_ready`."""
        # One thread for the keeper's whole life: on Linux children are told when the thread that started them ends.
        self._watcher = threading.Thread(target=self._watch, name="keeper", daemon=True)
        self._watcher.start()

    def wait_ready(self, name: str, *, within: float) -> None:
        """Wait until the process is ready, at most `within` seconds.

        Raises CannotStart when it takes longer, or when the process died and nobody starts it again.
        """
        deadline = time.monotonic() + within
        while not (self.pid(name) and self._processes[name].program.ready()):
            if self.trouble:
                raise self.trouble
            if self._watcher is None and self._processes[name].exit_code is not None:
                raise self._died(name, "ended while it was starting")
            if time.monotonic() > deadline:
                raise self._died(name, f"was not ready within {within:.0f} seconds")
            time.sleep(_POLL)

    def stop(self, *names: str, at_once: bool = False) -> None:
        """Ask the processes to end, last named last asked, and wait for all; `at_once` does not ask."""
        with self._lock:
            self._wanted.difference_update(names)
            known = [self._processes[name] for name in names if name in self._processes]
        for process in known:
            process.ask_to_stop()
        for process in known:
            process.wait(patience=0 if at_once else None)

    def kill(self, name: str) -> None:
        """Kill a process as a crash would; the watcher starts it again."""
        with self._lock:
            self._processes[name].kill()

    def hurry(self) -> None:
        """Kill everything that still runs, without waiting; may be called from a signal handler while stopping."""
        for process in self._processes.values():
            process.kill_without_waiting()

    def stop_all(self) -> None:
        """End everything that is left, in reverse order, one after the other, and stop watching."""
        for name in reversed(list(self._processes)):
            self.stop(name)
        self._over.set()
        if self._watcher is not None:
            self._watcher.join()

    def pid(self, name: str) -> int | None:
        """The number of the running process, or None."""
        with self._lock:
            return self._processes[name].pid if name in self._processes else None

    def log(self, name: str) -> Path:
        """Where the process writes."""
        return self._processes[name].log

    def _start(self, name: str) -> None:
        self._due.pop(name, None)
        self._wanted.add(name)
        self._processes[name].start()

    def _watch(self) -> None:
        while not self._over.wait(_POLL):
            with self._lock:
                for name in sorted(self._wanted):
                    if self._processes[name].exit_code is not None:
                        self._revive(name)

    def _revive(self, name: str) -> None:
        now = time.monotonic()
        if name not in self._due:
            self._deaths[name].append(now)
            recent = [at for at in self._deaths[name] if now - at < _WINDOW]
            if len(recent) == _TOO_MANY:
                self._give_up(name)
                return
            self._due[name] = now + _FIRST_PAUSE * 2 ** (len(recent) - 1)
            self._notice(self._died(name, "died and is started again"))
        elif self._due[name] <= now:
            self._start(name)

    def _give_up(self, name: str) -> None:
        self._wanted.discard(name)
        self.trouble = self._died(name, f"died {_TOO_MANY} times within a minute")
        self.failure.set()

    def _died(self, name: str, what: str) -> CannotStart:
        process = self._processes[name]
        code = "" if process.exit_code is None else f" (exit code {process.exit_code})"
        return CannotStart(f"{name} {what}{code}; its log is {process.log}.", process.last_lines())
