"""What runs on a schedule, see project/celery.py."""

from celery import shared_task
from django.utils import timezone

from . import idleness


@shared_task
def look_after_silent_conversations() -> int:
    """Close conversations that have fallen silent, and before that remind both, or offer another way."""
    return idleness.look_after(now=timezone.now())
