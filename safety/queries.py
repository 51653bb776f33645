"""Reads of the safety app, as evaluated values."""

from typing import NamedTuple

from delivery.models import Recipient


class Whereabouts(NamedTuple):
    """What the hotlines to show depend on: the interface language and an IANA timezone ("" while unknown)."""

    language: str
    timezone: str


def whereabouts(*, telegram_id: int) -> Whereabouts | None:
    """What is known about this Telegram account; None for someone we have never met."""
    found = Recipient.objects.filter(telegram_id=telegram_id).values_list("language", "profile__timezone").first()
    return found and Whereabouts(language=found[0], timezone=found[1] or "")
