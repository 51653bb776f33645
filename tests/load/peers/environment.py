"""The environment of the original's stack: made when it is needed, and again when its requirements change."""

import hashlib
import os
import shutil
import subprocess
import sys

from project.supervisor import CannotStart
from project.supervisor.programs import CHECKOUT

_VENV = CHECKOUT / ".venv-bench"
_STAMP = _VENV / "installed"
_REQUIREMENTS = CHECKOUT / "requirements-bench.txt"


def python() -> str:
    """The Python that has everything in requirements-bench.txt; raises CannotStart when it can't be installed."""
    wanted = hashlib.sha256(_REQUIREMENTS.read_bytes() + sys.version.encode()).hexdigest()
    executable = _VENV / "bin" / "python"
    if not _STAMP.exists() or _STAMP.read_text() != wanted:
        shutil.rmtree(_VENV, ignore_errors=True)
        _run(sys.executable, "-m", "venv", str(_VENV))
        _run(
            *(str(executable), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--quiet"),
            *("--only-binary", ":all:", "-r", str(_REQUIREMENTS)),
        )
        _STAMP.write_text(wanted)
    return str(executable)


def _run(*command: str) -> None:
    # An environment that is active is not the one that is made.
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    done = subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        raise CannotStart("The stack to compare with could not be installed into .venv-bench.", done.stdout.strip())
