"""The embedded PostgreSQL: a cluster in a folder, reached by a unix socket only."""

import shutil
import signal
import subprocess
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg

from .errors import CannotStart
from .placement import Places
from .process import Program, launching

_MAJOR = "18"
_DATABASE = "ty_ne_odin"
_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "TZ": "UTC"}

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # A statement or a conflicting value in the server's log would be something that a person typed.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
_EPHEMERAL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_wal_size": "2GB"}


def url(places: Places, database: str = _DATABASE) -> str:
    """The address of `database` in this server."""
    return f"postgres://postgres@{quote(str(places.sockets), safe='')}/{database}"


def program(places: Places, *, ephemeral: bool) -> Program:
    """The server as a program; `ephemeral` trades safety of the files for speed."""
    settings = _SETTINGS | {"unix_socket_directories": str(places.sockets)} | (_EPHEMERAL if ephemeral else {})
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return Program(
        name="postgres",
        command=(str(places.postgres_programs / "postgres"), "-D", str(places.postgres), *options),
        environment=_ENVIRONMENT,
        ready=lambda: _answers(places),
        stop_signal=signal.SIGINT,  # "fast": ends sessions instead of waiting for them
        patience=30.0,
        user=places.user,
        directory=Path("/"),
    )


def prepare(places: Places, *, ephemeral: bool) -> None:
    """Make the cluster unless it is there, and clear away a lock whose owner is gone.

    Raises CannotStart when the files were made by another version, or can't be made.
    """
    if not places.postgres.exists():
        _initialise(places, ephemeral=ephemeral)
    version = (places.postgres / "PG_VERSION").read_text().strip()
    if version != _MAJOR:
        raise CannotStart(f"{places.postgres} was made by PostgreSQL {version}, this is {_MAJOR}: move it away.")
    _remove_stale_lock(places.postgres / "postmaster.pid")


def create_database(address: str) -> None:
    """Make the database that `address` names, in the server that it names, unless it exists."""
    name = psycopg.conninfo.conninfo_to_dict(address)["dbname"]
    with psycopg.connect(psycopg.conninfo.make_conninfo(address, dbname="postgres"), autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(str(name))))


def _initialise(places: Places, *, ephemeral: bool) -> None:
    # Made beside and renamed, so that an interrupted first start leaves nothing half made.
    unfinished = places.postgres.with_name("postgres.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    places.make(unfinished)
    command = (
        str(places.postgres_programs / "initdb"), "-D", str(unfinished), "-U", "postgres", "--auth=trust",
        "--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
        "--no-instructions", *(["--no-sync"] if ephemeral else []),
    )  # fmt: skip
    done = subprocess.run(
        launching(command, user=places.user, stop_signal=signal.SIGTERM),
        env=_ENVIRONMENT, cwd="/", capture_output=True, text=True, errors="replace", check=False,
    )  # fmt: skip
    if done.returncode:
        raise CannotStart(f"PostgreSQL can't make its files in {unfinished}.", (done.stdout + done.stderr).strip())
    unfinished.replace(places.postgres)


def _remove_stale_lock(lock: Path) -> None:
    """After a crash the number in the lock may belong to anybody; PostgreSQL would then refuse to start."""
    try:
        owner = psutil.Process(abs(int(lock.read_text().split()[0])))
        if owner.name() == "postgres":
            return
    except FileNotFoundError:
        return
    except (psutil.NoSuchProcess, ValueError, IndexError):
        pass
    lock.unlink(missing_ok=True)


def _answers(places: Places) -> bool:
    try:
        psycopg.connect(url(places, "postgres"), connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True
