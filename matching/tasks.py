"""What runs on a schedule, see project/celery.py."""

from celery import shared_task
from django.utils import timezone

from . import services, sweeping, tally, waiting


@shared_task
def sweep() -> int:
    """Pair whoever is left in the pool."""
    return sweeping.sweep(now=timezone.now())


@shared_task
def expire_proposals() -> int:
    """Expire the proposals whose time is up."""
    return services.expire_proposals(now=timezone.now())


@shared_task
def fold_tally() -> int:
    """Make few rows of the many that were counted."""
    return tally.fold()


@shared_task
def refresh_search_messages() -> int:
    """Edit the messages that tell people how their search is going."""
    return waiting.refresh(now=timezone.now())
