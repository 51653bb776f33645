"""What staff read when they type `manage.py`."""

import os
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `manage.py` as staff do."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=CHECKOUT, env=os.environ | environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_overview_says_what_our_commands_do() -> None:
    """O4: staff find the product's commands without reading code, each with its line."""
    lines = manage().stdout.splitlines()
    own = dict(line.split(maxsplit=1) for line in lines[1 : lines.index("")])
    assert lines[0] == "This project's own commands:"
    assert own["deliver"] == "Send what waits in the outbox to Telegram, until stopped."
    assert {"create_demo_moderator", "deliver", "update_cities"} <= set(own)
    assert all(text.endswith(".") for text in own.values())


def test_a_broken_number_is_one_line() -> None:
    """O4: a mistake in the environment is said in one line, without a traceback."""
    done = manage("check", PROPOSAL_SECONDS="soon")
    assert done.returncode != 0
    (line,) = done.stderr.splitlines()
    assert line.startswith('Environment variable "PROPOSAL_SECONDS" invalid: Not a valid integer.')
