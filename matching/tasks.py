"""What runs on a schedule, see project/celery.py."""

from celery import shared_task
from django.utils import timezone

from . import services


@shared_task
def sweep() -> int:
    """Pair whoever is left in the pool."""
    return services.sweep(now=timezone.now())


@shared_task
def expire_proposals() -> int:
    """Expire the proposals whose time is up."""
    return services.expire_proposals(now=timezone.now())
