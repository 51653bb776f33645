"""What a benchmark stands on: servers, a database of its own, the stand-in, and the product's processes."""

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from urllib.parse import urlsplit

import httpx

from project.supervisor import CannotStart, dotenv, programs
from project.supervisor.console import Step
from project.supervisor.keeper import Keeper
from project.supervisor.ports import free_port
from project.supervisor.process import Program, launching
from project.supervisor.runfolder import Busy, RunFolder

from .servers import own_database, own_keys, own_servers
from .traffic import Plan, Report

_HOST = "127.0.0.1"
_FOLDER = programs.CHECKOUT / ".local" / "bench"
_PATIENCE = 60.0  # seconds until a process must be ready
_NO_LIMIT = "1000000"  # messages: politeness is not what is measured; its work is done all the same


@dataclass(frozen=True, slots=True)
class Copy:
    """A copyMessage that the stand-in was asked for, and when it came in (monotonic seconds)."""

    chat_id: int
    from_chat_id: int
    message_id: int
    arrived: float


class Surroundings:
    """Everything that a benchmark needs, already running; made by `surroundings`."""

    def __init__(self, *, environment: Mapping[str, str], keeper: Keeper, run: Path, step: Step) -> None:
        self.environment = environment
        self._keeper = keeper
        self._run = run
        self._step = step
        self._next_number = 1

    def copies(self) -> list[Copy]:
        """The copies that the stand-in was asked for since the last time."""
        answer = httpx.get(f"{self.environment['TELEGRAM_API_URL']}/copies", timeout=30).raise_for_status()
        return [Copy(*copy) for copy in answer.json()]

    def mood(self, *, latency: float = 0.0, busy: Mapping[int, float] | None = None) -> None:
        """From now on the stand-in takes `latency` seconds for an answer; `busy` chats get 429 for so many seconds."""
        wanted = {"latency": latency, "busy": dict(busy or {})}
        httpx.post(f"{self.environment['TELEGRAM_API_URL']}/mood", json=wanted, timeout=30).raise_for_status()

    @contextmanager
    def running(self, *wanted: Program) -> Iterator[None]:
        """These processes, ready."""
        try:
            for program in wanted:
                with self._step(program.name):
                    self._keeper.start(program)
                    self._keeper.wait_ready(program.name, within=_PATIENCE)
            yield
        finally:
            self._keeper.stop(*(program.name for program in reversed(wanted)))

    @contextmanager
    def product(self) -> Iterator[str]:
        """One web process and the sender, as in production; gives the address of the webhook."""
        port = free_port(_HOST)
        counters = self._run / f"prometheus-{port}"
        counters.mkdir()
        web_url = f"http://{_HOST}:{port}"
        environment = {
            **self.environment,
            "PORT": str(port),
            "PUBLIC_URL": web_url,
            "PROMETHEUS_MULTIPROC_DIR": str(counters),
        }
        web = programs.web(environment, host=_HOST, port=port, simulator_url=self.environment["TELEGRAM_API_URL"])
        with self.running(web, programs.deliver(environment)):
            yield f"{web_url}/telegram/webhook"

    def pid(self, name: str) -> int | None:
        """The number of a running process: "web", "deliver", "standin", or one of those that `running` started."""
        return self._keeper.pid(name)

    def talking(self, pairs: int) -> dict[int, int]:
        """Put that many pairs into a conversation each; returns everybody's partner by Telegram id."""
        with self._step(f"{pairs} conversations"):
            found = json.loads(self.execute("-m", "tests.load.seed", "talking", str(pairs)))
        return {a: b for one, other in found for a, b in ((one, other), (other, one))}

    def idle(self, count: int) -> list[int]:
        """Register that many people who neither talk nor search; returns their Telegram ids."""
        with self._step(f"{count} people"):
            found: list[int] = json.loads(self.execute("-m", "tests.load.seed", "idle", str(count)))
        return found

    def write(
        self, webhook: str, people: list[int], *, seconds: float, rate: float | None = None, act: str = ""
    ) -> Report:
        """Let these people write (or `act`) from a process of its own, and wait until all of it is taken."""
        plan = Plan(
            webhook=webhook,
            secret=self.environment["TELEGRAM_WEBHOOK_SECRET"],
            people=people,
            first_number=self._next_number,
            seconds=seconds,
            rate=rate,
            seed=self._next_number,
            act=act,
        )
        report = Report.from_json(self.execute("-m", "tests.load.generator", given=plan.to_json()))
        self._next_number += len(report.sent)
        return report

    def migrate(self) -> None:
        """Make the tables."""
        with self._step("Migrations"):
            self.execute("manage.py", "migrate", "--no-input", "--verbosity", "0")

    def start_standin(self) -> None:
        """Start the stand-in that TELEGRAM_API_URL names."""
        url = self.environment["TELEGRAM_API_URL"]
        program = Program(
            name="standin",
            command=(sys.executable, "-m", "tests.load.standin", "--port", str(urlsplit(url).port)),
            environment=self.environment,
            ready=lambda: _answers(f"{url}/bot1:x/getMe"),
            directory=programs.CHECKOUT,
        )
        with self._step("Stand-in of the Bot API"):
            self._keeper.start(program)
            self._keeper.wait_ready(program.name, within=_PATIENCE)

    @contextmanager
    def empty_database(self, **changes: str) -> Iterator[dict[str, str]]:
        """A database of its own with nothing but the tables; gives an environment that names it, with these changes."""
        name = f"tno_bench_{secrets.token_hex(4)}"
        with own_database(self.environment["DATABASE_URL"], name) as database_url:
            environment = {**self.environment, "DATABASE_URL": database_url, **changes}
            self.execute("manage.py", "migrate", "--no-input", "--verbosity", "0", environment=environment)
            yield environment

    def execute(
        self,
        *arguments: str,
        given: str = "",
        environment: Mapping[str, str] | None = None,
        python: str = sys.executable,
        shows: bool = False,
    ) -> str:
        """Run Python to its end; returns what it printed, raises CannotStart if it fails.

        `environment` and `python` instead of our own; `shows`: what it says on stderr is for whoever watches.
        """
        # A file and not a pipe: what does not wait for its reader would be cut at the 65,536 bytes that a pipe holds.
        with TemporaryFile("w+") as printed:
            done = subprocess.run(
                launching((python, *arguments), user=None, stop_signal=signal.SIGTERM),
                cwd=programs.CHECKOUT,
                env=dict(environment or self.environment),
                input=given,
                stdout=printed,
                stderr=None if shows else subprocess.PIPE,
                text=True,
                check=False,
            )
            if done.returncode:
                logs = f"The processes' logs are in {_FOLDER / 'logs'}."
                raise CannotStart(f"{' '.join(arguments)} failed.", f"{(done.stderr or '').strip()}\n{logs}")
            printed.seek(0)
            return printed.read()


@contextmanager
def surroundings(step: Step) -> Iterator[Surroundings]:
    """Start the servers (unless DATABASE_URL and REDIS_URL name others) and the stand-in; leave nothing behind.

    Raises CannotStart when that fails or another benchmark is running in this checkout.
    """
    with ExitStack() as exit_stack:
        try:
            run = exit_stack.enter_context(RunFolder(_FOLDER / "run" / "bench")).path
        except Busy:
            raise CannotStart("A benchmark is already running in this checkout.") from None
        shutil.rmtree(_FOLDER / "logs", ignore_errors=True)
        database_url, redis_url = exit_stack.enter_context(own_servers(_FOLDER / "servers", step))
        mark = secrets.token_hex(4)
        environment = _environment(
            database_url=exit_stack.enter_context(own_database(database_url, f"tno_bench_{mark}")),
            redis_url=redis_url,
            prefix=exit_stack.enter_context(own_keys(redis_url, f"tno-bench-{mark}")),
        )
        keeper = Keeper(logs=_FOLDER / "logs", records=run)
        exit_stack.callback(keeper.stop_all)
        around = Surroundings(environment=environment, keeper=keeper, run=run, step=step)
        around.migrate()
        around.start_standin()
        yield around


def _environment(*, database_url: str, redis_url: str, prefix: str) -> dict[str, str]:
    """The environment of a measured product; a developer's `.env` changes nothing that matters here."""
    return {
        **os.environ,
        "ENVIRONMENT": "test",
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "REDIS_PREFIX": prefix,
        **{name: dotenv.new_secret(name) for name in dotenv.SECRETS},
        "TELEGRAM_BOT_TOKEN": f"{10**9 + secrets.randbelow(10**9)}:{secrets.token_urlsafe(26)[:35]}",
        "TELEGRAM_API_URL": f"http://{_HOST}:{free_port(_HOST)}",
        "TELEGRAM_MESSAGES_PER_SECOND": _NO_LIMIT,
        "RELAY_MESSAGES_PER_MINUTE": _NO_LIMIT,
    }


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).is_success
    except httpx.HTTPError:
        return False


def settled(around: Surroundings, expected: Iterable[int], *, within: float) -> list[Copy]:
    """The copies since the last time, waiting until those of the messages `expected` have come.

    Waits no longer when for `within` seconds nothing new has come.
    """
    found: list[Copy] = []
    missing = set(expected)
    quiet_since = time.monotonic()
    while missing and time.monotonic() - quiet_since < within:
        if news := around.copies():
            found += news
            missing.difference_update(copy.message_id for copy in news)
            quiet_since = time.monotonic()
        else:
            time.sleep(0.1)
    # A double would come after the first.
    time.sleep(0.2)
    return found + around.copies()
