"""What `make run` is told by the environment and `.env`, judged before anything starts."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg
from redis import Redis
from redis.exceptions import RedisError

from .errors import CannotStart
from .ports import free_port, is_taken, obstacle

_PORT = "8000"
_SIMULATOR_PORT = "8081"


@dataclass(frozen=True, slots=True)
class Configuration:
    """Addresses of the run. Empty server addresses mean servers of our own, a simulator port means a simulator."""

    host: str
    port: int
    simulator_port: int | None
    database_url: str
    redis_url: str
    public_url: str

    @property
    def simulator(self) -> bool:
        """Whether the simulator stands in for Telegram."""
        return self.simulator_port is not None

    @classmethod
    def read(cls, values: Mapping[str, str]) -> "Configuration":
        """Judge the values; raises CannotStart for one that can't work, saying what to do about it."""
        host = _host(values.get("HOST") or "127.0.0.1")
        configuration = cls(
            host=host,
            port=_free(host, "PORT", values.get("PORT") or _PORT),
            simulator_port=_simulator_port(host, values),
            database_url=values.get("DATABASE_URL", ""),
            redis_url=values.get("REDIS_URL", ""),
            public_url=values.get("PUBLIC_URL", ""),
        )
        if configuration.database_url:
            _reach_postgres(configuration.database_url)
        if configuration.redis_url:
            _reach_redis(configuration.redis_url)
        return configuration


def simulator_token(path: Path) -> str:
    """The simulated bot's token, made once and kept in `path`, so that a reloaded page finds its bot again."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(f"{10**9 + secrets.randbelow(10**9)}:{secrets.token_urlsafe(27)[:35]}")
    return path.read_text()


def _simulator_port(host: str, values: Mapping[str, str]) -> int | None:
    if values.get("TELEGRAM_BOT_TOKEN"):
        return None
    if values.get("ENVIRONMENT") == "production":
        raise CannotStart("TELEGRAM_BOT_TOKEN is not set: production runs with a real bot only, never the simulator.")
    if chosen := values.get("SIMULATOR_PORT"):
        return _free(host, "SIMULATOR_PORT", chosen)
    return free_port(host) if is_taken(host, int(_SIMULATOR_PORT)) else int(_SIMULATOR_PORT)


def _host(value: str) -> str:
    if reason := obstacle(value):
        raise CannotStart(
            f"HOST={value} is no address of this machine ({reason}):"
            " use 127.0.0.1, or 0.0.0.0 for all of its addresses."
        )
    return value


def _free(host: str, name: str, value: str) -> int:
    if not (value.isascii() and value.isdigit() and 0 < int(value) < 2**16):
        raise CannotStart(f"{name}={value} is not a port: set it to a number between 1 and 65535.")
    if is_taken(host, int(value)):
        raise CannotStart(
            f"Port {value} of {host} is taken: stop what listens there, or choose another, for example"
            f" make run {name}={free_port('127.0.0.1')}."
        )
    return int(value)


def _reach_postgres(url: str) -> None:
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.Error as error:
        reason = str(error).strip().splitlines()[-1]
        raise CannotStart(f"The database of DATABASE_URL can't be reached ({reason}): correct or remove it.") from None


def _reach_redis(url: str) -> None:
    try:
        with Redis.from_url(url, socket_connect_timeout=5) as connection:
            connection.ping()
    except (RedisError, ValueError) as error:
        raise CannotStart(f"The Redis of REDIS_URL can't be reached ({error}): correct or remove it.") from None
