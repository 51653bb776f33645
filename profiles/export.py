"""Taking one's data out: everything that is stored about a person, as one JSON file (P7)."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils import translation
from django.utils.module_loading import import_string
from django.utils.translation import gettext

from delivery.models import Recipient
from project.errors import DomainError

from .models import Profile

ONE_EVERY = timedelta(minutes=1)


class TooSoon(DomainError):
    """The person was sent the same just now."""

    template = "profiles/export_too_soon.html"
    status = 429


@dataclass(frozen=True, slots=True)
class Export:
    """A file for the person: its name, and its content as indented UTF-8."""

    filename: str
    content: bytes


def export_oneself(*, telegram_id: int, update_id: int, now: datetime) -> Export | None:
    """Entry: everything stored about whoever asks; None where nothing is. Raises TooSoon, once within ONE_EVERY.

    The update that asked may arrive again, and gets the same answer again.
    """
    recipient = Recipient.objects.filter(telegram_id=telegram_id).first()
    if recipient is None:
        return None
    turn = _turn(recipient.pk)
    if not cache.add(turn, update_id, ONE_EVERY.total_seconds()) and cache.get(turn) != update_id:
        raise TooSoon
    return export(profile_id=recipient.pk, now=now)


def export(*, profile_id: int, now: datetime) -> Export | None:
    """Entry: everything stored about a person, for them or for a lawful request; None where they are not there."""
    recipient = Recipient.objects.select_related("profile").filter(pk=profile_id).first()
    if recipient is None:
        return None
    profile = getattr(recipient, "profile", None) or Profile(recipient=recipient)
    stored: dict[str, object] = {"about": _about(recipient.language, now)}
    for path in settings.PERSONAL_DATA:
        stored[path.partition(".")[0]] = import_string(f"{path}.export")(profile)
    content = json.dumps(stored, cls=DjangoJSONEncoder, indent=2, ensure_ascii=False)
    return Export(filename=f"ty-ne-odin-{now:%Y-%m-%d}.json", content=content.encode())


def forget_turn(*, profile_id: int) -> None:
    """Step: once this transaction has ended, nothing shows any more that the person ever took their data out."""
    transaction.on_commit(lambda: cache.delete(_turn(profile_id)), robust=True)


def _turn(profile_id: int) -> str:
    return f"profiles:export:{profile_id}"


def _about(language: str, now: datetime) -> dict[str, object]:
    with translation.override(language):
        return {
            "what": gettext("Everything that “You're not alone” stores about you. Times are in UTC."),
            "made_at": now,
            "not_in_it": [
                gettext("What you wrote to each other: it is never stored, so nobody has it."),
                gettext("Anything about the people you met: it is theirs. You see times and numbers only."),
                gettext("Who reported or blocked you, if anybody did: it could put them in danger."),
                gettext("Whether talking to you helped them: they said so because you don't learn it."),
            ],
        }
