"""Loaded by the Celery worker (`--include`): touches the file WORKER_READY_FILE once it consumes its queues."""

import os
from pathlib import Path

from celery.signals import worker_ready


@worker_ready.connect
def touch_file(**kwargs: object) -> None:
    """Leave the sign."""
    Path(os.environ["WORKER_READY_FILE"]).touch()
