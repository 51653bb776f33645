"""The product with servers that may be killed, and conversations in it that are already going on."""

import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from project.supervisor import CannotStart, EmbeddedServers, Stack, dotenv
from project.supervisor.console import Step, silent
from project.supervisor.placement import discard
from project.supervisor.process import launching
from project.supervisor.programs import CHECKOUT
from simulator.client import Person, Simulator

SERVERS = ("postgres", "redis")
_NO_LIMIT = "1000000"  # messages a second: what Telegram refuses here is what the run lets it refuse


@dataclass(frozen=True, slots=True)
class Street:
    """Everything that runs, and who talks with whom."""

    stack: Stack
    servers: EmbeddedServers
    telegram: Simulator
    pairs: list[tuple[Person, Person]]

    def kill(self, name: str) -> None:
        """Kill a process or a server (SIGKILL); return when it is ready again."""
        owner = self.servers if name in SERVERS else self.stack
        owner.kill(name)
        owner.wait_ready(name)


@contextmanager
def street(folder: Path, *, pairs: int, messages_a_minute: int, step: Step = silent) -> Iterator[Street]:
    """Servers and product of their own, in `folder`, and `pairs` conversations; nothing is left afterwards.

    `messages_a_minute` is how much one person may write before it is too much.
    """
    # On disk, as in production: what a killed server had confirmed is there when it is back.
    servers = EmbeddedServers(folder / "servers", step=step)
    try:
        with (
            servers,
            _stack(folder, servers, messages_a_minute=messages_a_minute, step=step) as stack,
            Simulator(str(stack.simulator_url), patience=20) as telegram,
        ):
            telegram.limits_to(enabled=False)
            with step(f"{pairs} conversations"):
                talking = _talking(stack, telegram, pairs)
            yield Street(stack, servers, telegram, talking)
    finally:
        discard(folder / "servers")
        discard(folder)


def _stack(folder: Path, servers: EmbeddedServers, *, messages_a_minute: int, step: Step) -> Stack:
    environment = {
        "ENVIRONMENT": "test",
        "REDIS_PREFIX": f"tno-faults-{secrets.token_hex(4)}",
        **{name: dotenv.new_secret(name) for name in dotenv.SECRETS},
        "TELEGRAM_MESSAGES_PER_SECOND": _NO_LIMIT,
        "RELAY_MESSAGES_PER_MINUTE": str(messages_a_minute),
    }
    return Stack(
        folder,
        database_url=servers.database_url,
        redis_url=servers.redis_url,
        env=environment,
        backoff_scale=0.1,
        step=step,
    )


def _talking(stack: Stack, telegram: Simulator, pairs: int) -> list[tuple[Person, Person]]:
    found = json.loads(_seeded(stack.environment, pairs))
    with psycopg.connect(stack.environment["DATABASE_URL"]) as connection:
        # Nobody has to tap "show" first.
        connection.execute("UPDATE chat_chatsession SET media_a = 'shown', media_b = 'shown'")
    return [
        (
            telegram.person(f"Мира {number}", id=one, started=True),
            telegram.person(f"Андрей {number}", id=other, started=True),
        )
        for number, (one, other) in enumerate(found)
    ]


def _seeded(environment: Mapping[str, str], pairs: int) -> str:
    command = (sys.executable, "-m", "tests.load.seed", "talking", str(pairs))
    done = subprocess.run(
        launching(command, user=None, stop_signal=signal.SIGTERM),
        cwd=CHECKOUT, env={**os.environ, **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise CannotStart("There is nobody to talk.", done.stderr.strip())
    return done.stdout
