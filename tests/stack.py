"""The whole product, running: every process on ports of its own, with a database and Redis keys of its own.

What a test sees of it is what a person sees: the simulator's client, the web address, and processes that may be killed.
"""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo
from redis import Redis

from project.supervisor import Stack
from simulator.client import Simulator
from tests.servers import FOLDERS

_EMPTYING_ATTEMPTS = 5

# What migrations and roles put there once; everything else belongs to a test.
_KEPT_TABLES = frozenset(
    {
        "auth_group",
        "auth_group_permissions",
        "auth_permission",
        "django_content_type",
        "django_migrations",
        "profiles_topic",
    }
)


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The street: simulator, web, sender, worker and clock. Killed processes come back; stopped ones want `start`."""
    with running_stack() as stack:
        yield stack


@contextmanager
def running_stack(*, polling: bool = False) -> Iterator[Stack]:
    """A street of its own; with `polling` the updates are fetched instead of brought."""
    run = secrets.token_hex(4)
    server = os.environ["SERVER_DATABASE_URL"]
    name = f"tno_stack_{run}"
    folder = FOLDERS / f"stack-{run}"
    _administrate(server, "CREATE DATABASE {}", name)
    try:
        with Stack(
            folder,
            database_url=_url_of(server, name),
            redis_url=os.environ["REDIS_URL"],
            env={"REDIS_PREFIX": f"{os.environ['REDIS_PREFIX']}-stack"},
            polling=polling,
            backoff_scale=0.1,
        ) as stack:
            yield stack
    finally:
        _administrate(server, "DROP DATABASE {} WITH (FORCE)", name)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def sim(stack: Stack) -> Iterator[Simulator]:
    """The simulator's client, with nobody there yet, in front of a product that has met nobody."""
    with Simulator(str(stack.simulator_url)) as simulator:
        simulator.reset()
        simulator.heals()
        _empty_database(stack.environment["DATABASE_URL"])
        _empty_redis(stack.environment["REDIS_URL"], stack.environment["REDIS_PREFIX"])
        yield simulator


def _url_of(server: str, name: str) -> str:
    """The address of another database on the server of `server`."""
    head, separator, options = server.partition("?")
    return f"{head.rpartition('/')[0]}/{name}{separator}{options}"


def _administrate(server: str, statement: str, name: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(sql.Identifier(name)))


def _empty_database(url: str) -> None:
    with psycopg.connect(make_conninfo(url, options="-c lock_timeout=2s"), autocommit=True) as connection:
        found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        tables = sorted({name for (name,) in found} - _KEPT_TABLES)
        statement = sql.SQL("TRUNCATE {} RESTART IDENTITY").format(sql.SQL(", ").join(map(sql.Identifier, tables)))
        # The processes go on working meanwhile, and may hold what we want.
        for attempt in range(_EMPTYING_ATTEMPTS):
            try:
                connection.execute(statement)
            except (psycopg.errors.DeadlockDetected, psycopg.errors.LockNotAvailable):
                if attempt == _EMPTYING_ATTEMPTS - 1:
                    raise
            else:
                return


def _empty_redis(url: str, prefix: str) -> None:
    with Redis.from_url(url) as connection:
        for key in connection.scan_iter(f"{prefix}:*", count=1000):
            # Celery keeps its routes there and writes them only when it starts.
            if not key.startswith(f"{prefix}:celery:".encode()):
                connection.delete(key)
