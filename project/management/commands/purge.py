"""`manage.py purge`: what beat does every day, now."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from project import retention


class Command(BaseCommand):
    """Deletes what has been kept long enough; may be interrupted and run at any time."""

    help = "Delete what has been kept long enough: old notices, evidence, abandoned profiles and the like."

    def handle(self, *args: Any, **options: Any) -> None:
        """Purge and say what went."""
        for what, count in retention.purge(now=timezone.now()).items():
            self.stdout.write(f"{count:>8} {what.replace('_', ' ')}")
