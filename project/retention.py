"""What is not kept for ever (O6): every app deletes its own, see RETENTION."""

from datetime import datetime

from django.conf import settings
from django.utils.module_loading import import_string


def purge(*, now: datetime) -> dict[str, int]:
    """Delete whatever has been kept long enough; returns how many rows that were, by what they were.

    In short transactions: interrupted, the next purge goes on where this one stopped, and two at once do no harm.
    """
    deleted: dict[str, int] = {}
    for path in settings.RETENTION:
        deleted |= import_string(path)(now)
    return deleted
