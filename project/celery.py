"""The Celery app and its schedule. A task is one service call; what matters lives in rows, so no loss matters."""

import logging.config
import os
from datetime import timedelta
from typing import Any

import structlog
from celery import Celery
from celery.signals import beat_init, setup_logging, task_postrun, task_prerun, worker_init
from django.conf import settings

from project.misconfiguration import ends_in_one_line, refuse_to_start

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")

app = Celery("project")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
with ends_in_one_line():
    settings.SECRET_KEY_FALLBACKS  # noqa: B018  (the first look reads them all)
app.conf.beat_schedule = {
    "matching: pair whoever is left": {
        "task": "matching.tasks.sweep",
        "schedule": settings.MATCH_SWEEP_EVERY,
        "options": {"expires": settings.MATCH_SWEEP_EVERY.total_seconds()},
    },
    "matching: expire proposals": {
        "task": "matching.tasks.expire_proposals",
        "schedule": settings.MATCH_EXPIRE_EVERY,
        "options": {"expires": settings.MATCH_EXPIRE_EVERY.total_seconds()},
    },
    "matching: keep the tally short": {
        "task": "matching.tasks.fold_tally",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "matching: keep search messages up to date": {
        "task": "matching.tasks.refresh_search_messages",
        "schedule": settings.MATCH_EXPIRE_EVERY,
        "options": {"expires": settings.MATCH_EXPIRE_EVERY.total_seconds()},
    },
    "chat: look after silent conversations": {
        "task": "chat.tasks.look_after_silent_conversations",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "project: delete what was kept long enough": {
        "task": "project.tasks.purge",
        "schedule": settings.PURGE_EVERY,
        "options": {"expires": settings.PURGE_EVERY.total_seconds()},
    },
}


@setup_logging.connect
def log_as_everywhere(**kwargs: Any) -> None:
    """Celery's own way of logging would quote what a failed task stumbled over."""
    logging.config.dictConfig(settings.LOGGING)


@worker_init.connect
@beat_init.connect
def look_for_mistakes(**kwargs: Any) -> None:
    """Celery runs Django's checks, but starts whatever they find."""
    refuse_to_start()


@task_prerun.connect
def bind_task(task_id: str, task: Any, **kwargs: Any) -> None:
    """Every line of a task names it."""
    structlog.contextvars.bind_contextvars(task_id=task_id, task=task.name)


@task_postrun.connect
def unbind_task(**kwargs: Any) -> None:
    """The next task of this process is another."""
    structlog.contextvars.unbind_contextvars("task_id", "task")
