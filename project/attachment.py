"""Staff's commands reach what `make run` has started, its servers and its Telegram, with nothing to set."""

import json
import os
from pathlib import Path

# Written by the supervisor for as long as the processes run.
_RUNNING = Path(__file__).resolve().parent.parent / ".local" / "run" / "stack" / "environment.json"


def attach() -> None:
    """Take over what the running processes use, where this environment doesn't say otherwise."""
    if os.environ.get("ENVIRONMENT", "local") != "local":
        return
    try:
        running: dict[str, str] = json.loads(_RUNNING.read_text())
    except (OSError, ValueError):
        return
    for name, value in running.items():
        os.environ.setdefault(name, value)
