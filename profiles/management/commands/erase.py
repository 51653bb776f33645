"""`manage.py erase`: everything about one person goes, as by /delete."""

from argparse import ArgumentParser
from typing import Any

import structlog
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from profiles import naming
from profiles.erasure import erase

_WORD = "erase"

log = structlog.get_logger(__name__)


class Command(BaseCommand):
    """Erases one person, after asking."""

    help = "Erase one person for good, as /delete does."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Who, and whether to ask."""
        naming.add_arguments(parser)
        parser.add_argument("--yes", action="store_true", help="don't ask")

    def handle(self, *args: Any, yes: bool, **options: Any) -> None:
        """Erase, once the word is typed."""
        person = naming.named(**options)
        if not yes:
            profile = getattr(person, "profile", None)
            self.stdout.write(f"This erases {profile or person} for good. There is no way back.")
            if input(f'Type "{_WORD}" to go on: ').strip() != _WORD:
                raise CommandError("Nothing was erased.")
        if not erase(profile_id=person.pk, now=timezone.now()):
            raise CommandError("They have just been erased by somebody else.")
        log.info("personal_data.erased_by_staff")
        self.stdout.write("Erased.")
