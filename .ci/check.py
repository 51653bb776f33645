"""What `make check` runs: every check, one line each; all of them, even when one fails."""

import base64
import os
import secrets
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent

# Strong but meaningless: the settings of production are judged, nothing is reached.
_PRODUCTION = {
    "ENVIRONMENT": "production",
    "SECRET_KEY": secrets.token_urlsafe(64),
    "FIELD_ENCRYPTION_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    "TELEGRAM_ID_HASH_KEY": secrets.token_urlsafe(48),
    "TELEGRAM_WEBHOOK_SECRET": secrets.token_urlsafe(48),
    "TELEGRAM_BOT_TOKEN": f"1234567890:{secrets.token_urlsafe(26)}",
    "INTERNAL_BOT_SECRET": secrets.token_urlsafe(48),
    "PUBLIC_URL": "https://example.org",
    "ALLOWED_HOSTS": "example.org",
    "SUPPORT_CONTACT": "help@example.org",
}
_LOCAL = {
    "ENVIRONMENT": "test",
    "SECRET_KEY": secrets.token_urlsafe(64),
    "FIELD_ENCRYPTION_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    "TELEGRAM_ID_HASH_KEY": secrets.token_urlsafe(48),
    "TELEGRAM_WEBHOOK_SECRET": secrets.token_urlsafe(48),
    "TELEGRAM_BOT_TOKEN": f"1234567890:{secrets.token_urlsafe(26)}",
    "INTERNAL_BOT_SECRET": secrets.token_urlsafe(48),
}

CHECKS: tuple[tuple[str, tuple[str, ...], dict[str, str]], ...] = (
    ("Style (ruff)", ("ruff", "check", "--output-format", "concise", "."), {}),
    ("Format (ruff)", ("ruff", "format", "--check", "--output-format", "concise", "."), {}),
    ("Types (mypy --strict)", ("mypy", ".", ".ci/check.py", ".ci/promtool.py"), _LOCAL),
    ("Layers (import-linter)", ("lint-imports", "--no-logo"), _LOCAL),
    ("Settings (manage.py check)", ("python", "manage.py", "check", "--fail-level", "WARNING"), _LOCAL),
    (
        "Settings of production (check --deploy)",
        ("python", "manage.py", "check", "--deploy", "--fail-level", "WARNING"),
        _PRODUCTION,
    ),
    ("Migrations are complete", ("python", "manage.py", "makemigrations", "--check", "--dry-run"), _LOCAL),
    ("Translations are complete", ("python", "-m", "project.texts", "check"), _LOCAL),
    ("Alert rules (promtool)", ("python", ".ci/promtool.py"), {}),
)


def main() -> int:
    """Run the checks; returns the exit code."""
    failed = [name for name, command, environment in CHECKS if not _passes(name, command, environment)]
    print(f"\n{len(CHECKS) - len(failed)} of {len(CHECKS)} checks passed" + "".join(f"\n  ✗ {name}" for name in failed))
    return 1 if failed else 0


def _passes(name: str, command: tuple[str, ...], environment: dict[str, str]) -> bool:
    began = time.monotonic()
    done = subprocess.run(
        [str(BIN / command[0]), *command[1:]],
        cwd=ROOT,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    passed = done.returncode == 0
    print(f"  {'✓' if passed else '✗'} {name:<44}{time.monotonic() - began:6.1f} s", flush=True)
    if not passed:
        print("\n".join(f"      {line}" for line in done.stdout.strip().splitlines()))
    return passed


if __name__ == "__main__":
    sys.exit(main())
