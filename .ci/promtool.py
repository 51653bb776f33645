"""Checks Prometheus' configuration and runs the tests of the alert rules.

With a promtool found on the machine, else the one of Debian's package, unpacked into `.local`: nothing is installed, no
Prometheus is started.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RULES = ROOT / "ops" / "prometheus"
_OWN = ROOT / ".local" / "promtool"
_MISSING = (
    "There is no promtool and none could be fetched: install Prometheus (Debian, Ubuntu: apt install prometheus; "
    "macOS: brew install prometheus) and run it again."
)


def main() -> int:
    """Run promtool; returns the exit code."""
    promtool = shutil.which("promtool") or _own() or _fetched()
    if promtool is None:
        print(_MISSING)
        return 1
    tests = sorted(str(path.relative_to(RULES)) for path in (RULES / "tests").glob("*.yml"))
    commands = (["check", "config", "prometheus.yml"], ["test", "rules", *tests])
    return max(subprocess.run([promtool, *command], cwd=RULES, check=False).returncode for command in commands)


def _own() -> str | None:
    return str(_OWN) if os.access(_OWN, os.X_OK) else None


def _fetched() -> str | None:
    """Debian's promtool, where the machine has apt; None where it can't be had."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        return None
    with tempfile.TemporaryDirectory() as folder:
        if not _downloaded(folder) and not (_runs(folder, "apt-get", "update", "-qq") and _downloaded(folder)):
            return None
        for package in Path(folder).glob("prometheus_*.deb"):
            if _runs(folder, "dpkg-deb", "-x", str(package), folder):
                _OWN.parent.mkdir(exist_ok=True)
                # Moved into place whole: two who fetch it at once do each other no harm.
                new = _OWN.with_name(f"promtool.{os.getpid()}")
                shutil.copy(Path(folder) / "usr" / "bin" / "promtool", new)
                new.rename(_OWN)
    return _own()


def _downloaded(folder: str) -> bool:
    return _runs(folder, "apt-get", "download", "-qq", "prometheus")


def _runs(folder: str, *command: str) -> bool:
    done = subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
