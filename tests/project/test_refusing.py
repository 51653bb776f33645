"""Every process refuses to start with a mistake in its configuration, in lines that say what to do."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
PROCESSES = {
    "web": ("-m", "uvicorn", "project.asgi:application", "--port", "0", "--lifespan", "on"),
    "worker": ("-m", "celery", "-A", "project", "worker", "-l", "WARNING"),
    "beat": ("-m", "celery", "-A", "project", "beat", "-s", "{folder}/schedule", "-l", "WARNING"),
    "deliver": ("manage.py", "deliver"),
    "poll": ("manage.py", "poll"),
    "manage.py": ("manage.py", "create_demo_moderator"),
}


def starts(folder: Path, **environment: str) -> dict[str, tuple[int, str]]:
    """Exit code and last words of every process, started with these variables."""
    running = {
        name: subprocess.Popen(
            [sys.executable, *(part.format(folder=folder) for part in command)],
            cwd=CHECKOUT, env=os.environ | environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        for name, command in PROCESSES.items()
    }  # fmt: skip
    said = {name: process.communicate(timeout=100)[0] for name, process in running.items()}
    return {name: (process.returncode, said[name]) for name, process in running.items()}


@pytest.mark.parametrize(
    ("environment", "lines"),
    [
        (
            {
                "ENVIRONMENT": "production",
                "PUBLIC_URL": "https://example.org",
                "SECRET_KEY": "",
                "TELEGRAM_WEBHOOK_SECRET": "changeme" * 8,
            },
            ["SECRET_KEY is not set.", "TELEGRAM_WEBHOOK_SECRET is a placeholder or contains one."],
        ),
        ({"PROPOSAL_SECONDS": "soon"}, ['Environment variable "PROPOSAL_SECONDS" invalid: Not a valid integer.']),
    ],
)
def test_no_process_starts_with_a_mistake(tmp_path: Path, environment: dict[str, str], lines: list[str]) -> None:
    """O5: web, worker, beat, sender, poller and commands alike; one clear line a mistake, no traceback."""
    for name, (code, said) in starts(tmp_path, **environment).items():
        assert code, (name, said)
        assert [line for line in lines if line not in said] == [], (name, said)
        assert "Traceback" not in said, (name, said)
