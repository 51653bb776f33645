"""The embedded Redis: reached by a unix socket only, keeps what it was told (append-only file), never evicts."""

from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from .placement import Places
from .process import Program

_SOCKET = "redis.sock"


def url(places: Places) -> str:
    """The address of this server."""
    return f"unix://{places.sockets / _SOCKET}"


def program(places: Places, *, ephemeral: bool) -> Program:
    """The server as a program; `ephemeral` keeps nothing on disk."""
    options = {
        "port": "0",
        "unixsocket": str(places.sockets / _SOCKET),
        "unixsocketperm": "700",
        "dir": str(places.redis),
        "appendonly": "no" if ephemeral else "yes",
        "save": "",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
    }
    return Program(
        name="redis",
        command=(
            str(places.redis_programs / "redis-server"),
            *(part for name, value in options.items() for part in (f"--{name}", value)),
        ),
        environment={"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"},
        ready=lambda: _answers(places),
        patience=15.0,
        user=places.user,
        directory=Path("/"),
    )


def _answers(places: Places) -> bool:
    try:
        with Redis.from_url(url(places), socket_timeout=2) as connection:
            return bool(connection.ping())
    except RedisError:
        return False
