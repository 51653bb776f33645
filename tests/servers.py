"""pytest plugin: real PostgreSQL and Redis for the tests, and an environment in which nothing is anybody else's.

Loaded before Django's settings are. Starts embedded servers unless DATABASE_URL and REDIS_URL name others; in those the
tests use a database and a key prefix of their own. Where several workers run the tests, the process that hands the
tests out starts the servers, once, and each worker has a database and a prefix of its own there.
"""

import os
import secrets
import shutil
import time
from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from redis import Redis

from project.supervisor import EmbeddedServers, dotenv, placement
from project.supervisor.runfolder import Busy, RunFolder

ROOT = Path(__file__).resolve().parent.parent
_SETTLED = 60.0  # seconds after which a run surely holds its folder, if it lives
FOLDERS = ROOT / ".local" / "tests"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Start what is needed and set the environment, then let the others load."""
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        # The rest is inherited, and pytest-django names the databases.
        os.environ["REDIS_PREFIX"] += f"-{worker}"
    else:
        _prepare(early_config)
    return (yield)


def _prepare(early_config: pytest.Config) -> None:
    exit_stack = ExitStack()
    early_config.add_cleanup(exit_stack.close)
    run = secrets.token_hex(4)
    _remove_leftovers()
    database_url, redis_url = os.environ.get("DATABASE_URL", ""), os.environ.get("REDIS_URL", "")
    if not (database_url and redis_url):
        folder = FOLDERS / run
        exit_stack.callback(shutil.rmtree, folder, ignore_errors=True)
        servers = exit_stack.enter_context(
            EmbeddedServers(folder, ephemeral=True, with_postgres=not database_url, with_redis=not redis_url)
        )
        database_url, redis_url = database_url or servers.database_url, redis_url or servers.redis_url
    os.environ.update(environment(database_url, redis_url, run))
    exit_stack.callback(_remove_keys, redis_url, os.environ["REDIS_PREFIX"])


def environment(database_url: str, redis_url: str, run: str) -> dict[str, str]:
    """The environment of a test run, complete: a developer's `.env` changes nothing in it."""
    return {
        "ENVIRONMENT": "test",
        # Django adds `test_` to the database's name.
        "DATABASE_URL": urlsplit(database_url)._replace(path=f"/tno_{run}").geturl(),
        "SERVER_DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "REDIS_PREFIX": f"tno-test-{run}",
        **{name: dotenv.new_secret(name) for name in dotenv.SECRETS},
        "TELEGRAM_BOT_TOKEN": f"{secrets.randbelow(10**9) + 10**9}:{secrets.token_urlsafe(26)[:35]}",
        "TELEGRAM_API_URL": "http://127.0.0.1:9",  # the port where nobody listens
        "PUBLIC_URL": "",
    }


def _remove_leftovers() -> None:
    """End and remove what test runs left that were killed; those still running hold their folders."""
    for folder in FOLDERS.glob("*"):
        if time.time() - folder.stat().st_mtime < _SETTLED:
            continue
        try:
            with RunFolder(folder / "run" / "stack"), RunFolder(folder / "run" / "servers"):
                pass
        except Busy:
            continue
        placement.discard(folder)


def _remove_keys(redis_url: str, prefix: str) -> None:
    with Redis.from_url(redis_url) as connection:
        for key in connection.scan_iter(f"{prefix}*", count=1000):
            connection.delete(key)
