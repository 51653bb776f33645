"""`manage.py rotate_encryption`: every encrypted value under the newest key."""

import time
from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from project.encryption import current_key_id, key_ids
from project.rotation import Column, by_key, columns, rotate


class Command(BaseCommand):
    """Rewrites what is left; may be interrupted at any moment and run again, while everybody goes on."""

    help = "Rewrite every encrypted value under the newest key of FIELD_ENCRYPTION_KEYS."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How gently, or only a look."""
        parser.add_argument("--status", action="store_true", help="only say how many values are under which key")
        parser.add_argument("--batch", type=int, default=500, help="values at a time (%(default)s)")
        parser.add_argument("--pause", type=float, default=0.0, help="seconds to rest after each batch (none)")

    def handle(self, *args: Any, status: bool, batch: int, pause: float, **options: Any) -> None:
        """Rotate column by column, then say what is left."""
        try:
            if not status:
                for column in columns():
                    self._rotate(column, batch=max(1, batch), pause=pause)
            self._conclude()
        except KeyboardInterrupt:
            self.stdout.write("")
            raise CommandError("Interrupted, and nothing is lost: run it again to go on.", returncode=130) from None

    def _rotate(self, column: Column, *, batch: int, pause: float) -> None:
        total, done, began = column.left().count(), 0, time.monotonic()
        if not total:
            return
        for step in rotate(column, batch=batch):
            done += step.rewritten
            rate = done / max(time.monotonic() - began, 0.001)
            share = min(100, 100 * done // total)
            # One line that overwrites itself.
            self.stdout.write(f"\r{column}: {done:,} of {total:,}, {share} %, {rate:,.0f} a second  ", ending="")
            self.stdout.flush()
            time.sleep(pause)
        self.stdout.write("")

    def _conclude(self) -> None:
        counted = sum((by_key(column) for column in columns()), Counter[str]())
        newest, *older = key_ids()
        unknown = sum(count for key, count in counted.items() if key not in (newest, *older))
        left = counted.total() - counted[current_key_id()]
        self.stdout.write(f"{counted[newest]:,} values under the newest key ({newest})")
        for key in older:
            self.stdout.write(f"{counted[key]:,} values under the older key {key}")
        if unknown:
            raise CommandError(
                f"{unknown:,} values are of keys that FIELD_ENCRYPTION_KEYS lacks "
                f"({', '.join(sorted(set(counted) - {newest, *older}))}): put them back at its end, and run this again."
            )
        if left:
            self.stdout.write(f"{left:,} left")
        elif older:
            self.stdout.write(f"0 left; the old key{'s' if len(older) > 1 else ''} {', '.join(older)} can be removed")
        else:
            self.stdout.write("0 left; there is no old key")
