"""`make run`: everything on this machine until Ctrl-C."""

import os
import signal
import sys
import time
from contextlib import ExitStack
from types import FrameType

from . import dotenv
from .configuration import Configuration, simulator_token
from .console import paint, ticked
from .errors import CannotStart
from .launch import end_with
from .orphans import end_orphans
from .programs import CHECKOUT
from .running import Running
from .servers import EmbeddedServers
from .stack import Stack
from .welcome import welcome

_STATE = CHECKOUT / ".local"
_ENV_FILE = CHECKOUT / ".env"


class Interrupted(BaseException):
    """Ctrl-C or its like: not an error, so nothing that handles errors stops it."""


class Signals:
    """The first Ctrl-C (or SIGTERM, SIGHUP) interrupts; from then on each only makes the ending faster."""

    def __init__(self) -> None:
        self.stack: Stack | None = None
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._handle)
        self._first = True

    def only_hurry(self) -> None:
        """Interrupt no more: everything is being ended already."""
        self._first = False

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self._first:
            self._first = False
            raise Interrupted
        if self.stack is not None:
            self.stack.hurry()


def main() -> int:
    """Run until told to stop; returns the exit code."""
    signals = Signals()
    if "MAKELEVEL" in os.environ:
        # Whoever kills `make` means what it runs.
        end_with(os.getppid(), signal.SIGTERM)
    try:
        with Running(_STATE / "run" / "supervisor") as running, ExitStack() as exit_stack:
            try:
                _run(exit_stack, running, signals)
            except Interrupted:
                print("\nStopping (Ctrl-C again: at once)", flush=True)
                raise
            finally:
                signals.only_hurry()
                running.is_stopping()
    except Interrupted:
        print("Stopped.", flush=True)
        return 0
    except CannotStart as trouble:
        _tell(trouble)
        return 1
    return 0


def _run(exit_stack: ExitStack, running: Running, signals: Signals) -> None:
    added = dotenv.add_missing_secrets(_ENV_FILE)
    configuration = Configuration.read(dotenv.read(_ENV_FILE) | os.environ)
    print("Starting" + (f" (new in .env: {', '.join(added)})" if added else ""), flush=True)
    # The processes before the servers that they use: what a killed run left behind would talk to the new ones.
    end_orphans(_STATE / "run" / "stack")
    servers = exit_stack.enter_context(
        EmbeddedServers(
            _STATE,
            with_postgres=not configuration.database_url,
            with_redis=not configuration.redis_url,
            step=ticked,
            notice=_tell,
        )
    )
    stack = Stack(
        _STATE,
        database_url=configuration.database_url or servers.database_url,
        redis_url=configuration.redis_url or servers.redis_url,
        env=_telegram(configuration),
        host=configuration.host,
        port=configuration.port,
        simulator=configuration.simulator,
        simulator_port=configuration.simulator_port,
        step=ticked,
        notice=_tell,
    )
    signals.stack = stack
    exit_stack.enter_context(stack)
    if configuration.simulator:
        with ticked("Name, descriptions and menus"):
            stack.manage("set_up_bot")
    with ticked("Demo moderator"):
        moderator = stack.manage("create_demo_moderator")
    running.is_at(stack.web_url)
    print(welcome(configuration, stack, moderator), flush=True)
    while not (stack.failure.is_set() or servers.failure.is_set()):
        time.sleep(0.2)
    raise stack.trouble or servers.trouble or CannotStart("A process can't be kept running.")


def _telegram(configuration: Configuration) -> dict[str, str]:
    """What the stack has to know of the bot beyond this process's environment."""
    if configuration.simulator:
        return {"TELEGRAM_BOT_TOKEN": simulator_token(_STATE / "simulator-token")}
    return {"PUBLIC_URL": configuration.public_url}


def _tell(trouble: CannotStart) -> None:
    print(paint(f"{trouble}", 31), file=sys.stderr)
    for line in trouble.details.splitlines():
        print(f"    {line}", file=sys.stderr)
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
