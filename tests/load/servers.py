"""PostgreSQL and Redis for a benchmark, in which nothing is anybody else's."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg import sql
from redis import Redis

from project.supervisor import EmbeddedServers
from project.supervisor.console import Step
from project.supervisor.placement import discard


@contextmanager
def own_servers(folder: Path, step: Step) -> Iterator[tuple[str, str]]:
    """The addresses of PostgreSQL and Redis: given ones, or our own, which write to the disk as in production."""
    database_url, redis_url = os.environ.get("DATABASE_URL", ""), os.environ.get("REDIS_URL", "")
    own = EmbeddedServers(folder, with_postgres=not database_url, with_redis=not redis_url, step=step)
    try:
        with own:
            yield database_url or own.database_url, redis_url or own.redis_url
    finally:
        discard(folder)


@contextmanager
def own_database(server_url: str, name: str, *, template: str = "template1") -> Iterator[str]:
    """A new database in that server for as long as it is needed, a copy of `template`; gives its address."""
    identifier = sql.Identifier(name)
    with _administering(server_url) as connection:
        command = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(command.format(identifier, sql.Identifier(template)))
    try:
        yield urlsplit(server_url)._replace(path=f"/{name}").geturl()
    finally:
        with _administering(server_url) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(identifier))


def _administering(server_url: str) -> psycopg.Connection[Any]:
    # Not connected to the given database itself: it may be the one that is copied.
    return psycopg.connect(urlsplit(server_url)._replace(path="/postgres").geturl(), autocommit=True)


@contextmanager
def own_keys(redis_url: str, prefix: str) -> Iterator[str]:
    """A namespace of Redis keys that is emptied afterwards; gives its prefix."""
    try:
        yield prefix
    finally:
        with Redis.from_url(redis_url) as connection:
            for key in connection.scan_iter(f"{prefix}:*", count=1000):
                connection.delete(key)
