"""The Celery app and its schedule. A task is one service call; what matters lives in rows, so no loss matters."""

import os

from celery import Celery
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")

app = Celery("project")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
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
}
