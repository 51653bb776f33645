"""What staff read when they type `manage.py`."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from project.supervisor import Stack, dotenv

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


def test_commands_find_what_make_run_has_started(stack: Stack, tmp_path: Path) -> None:
    """O4: with nothing set, a command works on the servers of the run; without a run it says so in one line."""
    run = Path(stack.environment["PROMETHEUS_MULTIPROC_DIR"]).parent / "environment.json"
    bare = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME")}
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    for entry in CHECKOUT.iterdir():
        if entry.name not in (".local", ".env", "project", "manage.py"):
            (checkout / entry.name).symlink_to(entry)
    # Their own, not links: the place of the run is found from where the code lies.
    shutil.copytree(CHECKOUT / "project", checkout / "project")
    shutil.copy(CHECKOUT / "manage.py", checkout)
    needed = (*dotenv.SECRETS, "TELEGRAM_BOT_TOKEN")
    (checkout / ".env").write_text("".join(f"{name}={os.environ[name]}\n" for name in needed))

    def purge() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", "purge"], cwd=checkout, env=bare, capture_output=True, text=True, check=False
        )

    alone = purge()
    assert alone.returncode != 0
    assert alone.stderr == "The database does not answer: start `make run`, or set DATABASE_URL.\n"
    place = checkout / ".local" / "run" / "stack"
    place.mkdir(parents=True)
    shutil.copy(run, place)
    assert run.stat().st_mode & 0o777 == 0o600
    assert (attached := purge()).returncode == 0, attached.stderr
