"""`manage.py export`: everything stored about one person, for a lawful request."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import structlog
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from profiles import naming
from profiles.export import export

log = structlog.get_logger(__name__)


class Command(BaseCommand):
    """Writes the same JSON that /export sends."""

    help = "Write everything stored about one person as JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Who, and where to."""
        naming.add_arguments(parser)
        parser.add_argument("--output", type=Path, help="a new file, readable by you alone, instead of the screen")

    def handle(self, *args: Any, output: Path | None, **options: Any) -> None:
        """Export."""
        file = export(profile_id=naming.named(**options).pk, now=timezone.now())
        if file is None:
            raise CommandError("They have just been erased.")
        if output is None:
            self.stdout.write(file.content.decode())
        else:
            _write_privately(output, file.content)
        log.info("personal_data.exported_by_staff")


def _write_privately(path: Path, content: bytes) -> None:
    try:
        path.touch(mode=0o600, exist_ok=False)
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error
    path.write_bytes(content)
