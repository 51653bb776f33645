"""PostgreSQL and Redis for a benchmark, in which nothing is anybody else's."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
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
def own_database(server_url: str, name: str) -> Iterator[str]:
    """A new database in that server for as long as it is needed; gives its address."""
    identifier = sql.Identifier(name)
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(identifier))
    try:
        yield urlsplit(server_url)._replace(path=f"/{name}").geturl()
    finally:
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(identifier))


@contextmanager
def own_keys(redis_url: str, prefix: str) -> Iterator[str]:
    """A namespace of Redis keys that is emptied afterwards; gives its prefix."""
    try:
        yield prefix
    finally:
        with Redis.from_url(redis_url) as connection:
            for key in connection.scan_iter(f"{prefix}:*", count=1000):
                connection.delete(key)
