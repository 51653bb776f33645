"""The whole product on this machine: simulator, web, poller, sender, worker and clock, against given servers."""

import json
import os
import re
import secrets
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from . import programs
from .console import Step, silent
from .errors import CannotStart
from .keeper import Keeper, Notice, unnoticed
from .ports import free_port
from .process import launching
from .runfolder import Busy, RunFolder

_PATIENCE = 60.0  # seconds until a process must be ready
# One finding of Django's system checks, with its hint.
_MISTAKE = re.compile(r"^\?: \(\S+\) (.+)(?:\n\s+HINT: (.+))?$", re.MULTILINE)
# What a command needs to reach the same servers and the same Telegram.
_SAID = ("DATABASE_URL", "REDIS_URL", "TELEGRAM_BOT_TOKEN", "TELEGRAM_API_URL", "PUBLIC_URL", "PORT", "WEB_URL")
_APPS = ("web", "poll", "deliver", "worker", "beat")


class Stack:
    """Starts the processes on entering, ends them on leaving, starts again whichever dies in between.

        with Stack(Path(".local"), database_url=…, redis_url=…) as stack:
            visit(stack.web_url, stack.simulator_url)

    `env` is added to this process's environment. Ports that are not given are free ones. Without `simulator` the
    environment says which Telegram to talk to. Without PUBLIC_URL updates are fetched by one more process, `poll`; with
    `polling` the simulator's are, too. The names of the processes are simulator, web, poll, deliver, worker, beat.
    """

    def __init__(
        self,
        directory: Path,
        *,
        database_url: str,
        redis_url: str,
        env: Mapping[str, str] | None = None,
        host: str = "127.0.0.1",
        port: int | None = None,
        simulator: bool = True,
        simulator_port: int | None = None,
        polling: bool = False,
        backoff_scale: float = 1.0,
        step: Step = silent,
        notice: Notice = unnoticed,
    ) -> None:
        directory = directory.absolute()
        self._host = host
        self._port = port or free_port(host)
        self._simulator_port = (simulator_port or free_port(host)) if simulator else None
        self._polling = polling
        self._backoff_scale = backoff_scale
        self._step = step
        self._exit = ExitStack()
        self._folder = RunFolder(directory / "run" / "stack")
        self._keeper = Keeper(logs=directory / "logs", records=self._folder.path, notice=notice)
        self.failure = self._keeper.failure
        self.web_url = f"http://{host}:{self._port}"
        self.simulator_url = f"http://{host}:{self._simulator_port}" if simulator else None
        self.environment = {
            **os.environ,
            **self._simulated(),
            **(env or {}),
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "PORT": str(self._port),
            "WEB_URL": self.web_url,
            "PROMETHEUS_MULTIPROC_DIR": str(self._folder.path / "prometheus"),
            "PYTHONUNBUFFERED": "1",
        }

    def __enter__(self) -> Self:
        """Migrate, start everything, and wait until all of it is ready.

        Raises CannotStart when that fails or this stack is already running.
        """
        with ExitStack() as exit_stack:
            try:
                exit_stack.enter_context(self._folder)
            except Busy:
                raise CannotStart(f"The processes of {self._folder.path} are already running.") from None
            (self._folder.path / "prometheus").mkdir()
            self._say_where()
            with self._step("Migrations"):
                self.manage("migrate", "--no-input", "--verbosity", "0")
            exit_stack.callback(self._stop)
            self._start()
            self._keeper.watch()
            self._exit = exit_stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End everything in reverse order; what is in flight is finished."""
        self._exit.close()

    @property
    def trouble(self) -> CannotStart | None:
        """Why `failure` is set."""
        return self._keeper.trouble

    def pid(self, name: str) -> int | None:
        """The number of the process, or None when it does not run."""
        return self._keeper.pid(name)

    def log(self, name: str) -> Path:
        """The file that the process writes to."""
        return self._keeper.log(name)

    def kill(self, name: str) -> None:
        """Kill a process (SIGKILL); it is started again as after any crash."""
        self._keeper.kill(name)

    def stop(self, name: str) -> None:
        """End a process in good order; it stays ended until `start`."""
        self._keeper.stop(name)

    def start(self, name: str) -> None:
        """Start a process that was stopped and wait until it is ready."""
        self._keeper.start_again(name)
        self.wait_ready(name)

    def wait_ready(self, name: str, *, within: float = _PATIENCE) -> None:
        """Wait until a process is ready, for example after `kill`; raises CannotStart when it takes longer."""
        self._keeper.wait_ready(name, within=within)

    def hurry(self) -> None:
        """Kill what has not ended yet, while leaving."""
        self._keeper.hurry()

    def manage(self, *arguments: str) -> str:
        """Run `manage.py` in the environment of the stack; returns what it printed, raises CannotStart if it fails."""
        done = subprocess.run(
            launching((sys.executable, "manage.py", *arguments), user=None, stop_signal=signal.SIGTERM),
            cwd=programs.CHECKOUT, env=self.environment, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise _failed(arguments[0], done.stderr)
        return done.stdout

    def _say_where(self) -> None:
        """Let `manage.py` find what runs here (project/attachment.py); goes with the folder."""
        note = self._folder.path / "environment.json"
        note.touch(mode=0o600)
        note.write_text(json.dumps({name: self.environment[name] for name in _SAID if name in self.environment}))

    def _simulated(self) -> dict[str, str]:
        if self.simulator_url is None:
            return {}
        return {
            "TELEGRAM_BOT_TOKEN": f"{10**9 + secrets.randbelow(10**9)}:{secrets.token_urlsafe(27)[:35]}",
            "TELEGRAM_API_URL": self.simulator_url,
            "PUBLIC_URL": "" if self._polling else self.web_url,
        }

    @property
    def _polls(self) -> bool:
        return not self.environment.get("PUBLIC_URL")

    def _start(self) -> None:
        environment, run = self.environment, self._folder.path
        if self._simulator_port is not None:
            with self._step("Telegram simulator"):
                self._keeper.start(
                    programs.simulator(
                        environment, host=self._host, port=self._simulator_port, backoff_scale=self._backoff_scale
                    )
                )
                self.wait_ready("simulator")
        self._keeper.start(
            programs.web(environment, host=self._host, port=self._port, simulator_url=self.simulator_url)
        )
        if self._polls:
            self._keeper.start(programs.poll(environment, run=run))
        self._keeper.start(programs.deliver(environment))
        self._keeper.start(programs.worker(environment, run=run))
        self._keeper.start(programs.beat(environment, run=run))
        for name in _APPS:
            if name == "poll" and not self._polls:
                continue
            with self._step(name):
                self.wait_ready(name)

    def _stop(self) -> None:
        # All are asked at once, the last started first; the simulator stays until their last calls are through.
        self._keeper.stop(*reversed(_APPS))
        self._keeper.stop_all()


def _failed(command: str, said: str) -> CannotStart:
    """What a command said about the configuration is the message; of anything else it is the reason."""
    mistakes = _MISTAKE.findall(said)
    if mistakes:
        return CannotStart("\n".join(f"{mistake} {hint}" for mistake, hint in mistakes))
    if len(said.strip().splitlines()) == 1:
        return CannotStart(said.strip())
    return CannotStart(f"manage.py {command} failed.", said.strip())
