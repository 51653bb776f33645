"""What runs on a schedule for all apps, see project/celery.py."""

from celery import shared_task
from django.utils import timezone

from . import retention


@shared_task
def purge() -> dict[str, int]:
    """Delete what has been kept long enough."""
    return retention.purge(now=timezone.now())
