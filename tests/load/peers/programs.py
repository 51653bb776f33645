"""How the peers are started."""

import json
import secrets
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from project.supervisor.ports import free_port
from project.supervisor.process import Program
from project.supervisor.programs import CHECKOUT
from tests.load.servers import own_database
from tests.load.surroundings import Surroundings

from . import environment

_HOST = "127.0.0.1"
_PACKAGE = __package__


@contextmanager
def bare(around: Surroundings, partners: dict[int, int]) -> Iterator[str]:
    """Process "bare", a PTB handler that only makes the call; gives the address of its webhook."""
    port = free_port(_HOST)
    with TemporaryDirectory() as folder:
        known = Path(folder) / "partners.json"
        known.write_text(json.dumps(partners))
        variables = {**around.environment, "PARTNERS": str(known)}
        with around.running(_served("bare", f"{_PACKAGE}.bare:application", port, sys.executable, variables)):
            yield f"http://{_HOST}:{port}/telegram/webhook"


@contextmanager
def original(around: Surroundings, partners: dict[int, int]) -> Iterator[str]:
    """Processes "original-bot" and "original-api" with a database of their own; gives the address of the webhook."""
    python = environment.python()
    bot_url, api_port = f"http://{_HOST}:{free_port(_HOST)}", free_port(_HOST)
    with own_database(around.environment["DATABASE_URL"], f"tno_bench_{secrets.token_hex(4)}") as database_url:
        variables = {
            **around.environment,
            "DATABASE_URL": database_url,
            "API_URL": f"http://{_HOST}:{api_port}",
            "BOT_URL": bot_url,
        }
        pairs = [(one, other) for one, other in partners.items() if one < other]
        seed = f"{_PACKAGE}.original.seed"
        around.execute("-m", seed, given=json.dumps(pairs), environment=variables, python=python)
        api = _served("original-api", f"{_PACKAGE}.original.api:app", api_port, python, variables)
        bot = Program(
            name="original-bot",
            command=(python, "-m", f"{_PACKAGE}.original.bot"),
            environment=variables,
            ready=_answering(f"{bot_url}/health"),
            directory=CHECKOUT,
        )
        with around.running(api, bot):
            yield f"{bot_url}/telegram/webhook"


def _served(name: str, application: str, port: int, python: str, variables: Mapping[str, str]) -> Program:
    """An ASGI application as the product's is served."""
    return Program(
        name=name,
        command=(
            python, "-m", "uvicorn", application, "--host", _HOST, "--port", str(port),
            "--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning",
            # Longer than a client keeps a connection, or both may let go of it at the same moment.
            "--timeout-keep-alive", "75",
        ),
        environment=variables,
        ready=_answering(f"http://{_HOST}:{port}/health"),
        directory=CHECKOUT,
    )  # fmt: skip


def _answering(url: str) -> Callable[[], bool]:
    def answers() -> bool:
        try:
            return httpx.get(url, timeout=2).is_success
        except httpx.HTTPError:
            return False

    return answers
