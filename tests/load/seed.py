"""A process: registers people for a load run; `python -m tests.load.seed talking PAIRS` or `… idle PEOPLE`.

Prints their Telegram ids as JSON: of those who talk the two of each pair. It may be called again for more.
"""

import json
import os
import sys
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from profiles.models import Profile

FIRST_TELEGRAM_ID = 7_000_000_001  # above what fits into 32 bits, as Telegram's ids of today are


def main(what: str, count: int) -> None:
    """Write the rows as onboarding, matching and accepting would have left them."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    django.setup()
    from django.db import transaction

    with transaction.atomic():
        print(json.dumps(_talking(count) if what == "talking" else _idle(count)))


def _idle(count: int) -> list[int]:
    return [profile.recipient.telegram_id for profile in _registered(count)]


def _registered(count: int) -> "list[Profile]":
    from django.utils import timezone

    from delivery.models import Recipient
    from profiles.models import Profile

    first = Recipient.objects.count()
    numbers = range(first, first + count)
    recipients = Recipient.objects.bulk_create(
        [Recipient(telegram_id=FIRST_TELEGRAM_ID + number) for number in numbers]
    )
    return Profile.objects.bulk_create(
        Profile(
            recipient=recipient,
            state=Profile.State.COMPLETE,
            consented_at=timezone.now(),
            rules_version=1,
            nickname=f"Мира{number}",
            nickname_key=f"мира{number}",
            timezone="Europe/Kyiv",
            topic_mask=0b111,
            speaks_ru=True,
        )
        for number, recipient in zip(numbers, recipients, strict=True)
    )


def _talking(pairs: int) -> list[tuple[int, int]]:
    from django.utils import timezone

    from chat.models import ChatSession
    from matching.models import Match, Seat

    now = timezone.now()
    profiles = _registered(2 * pairs)
    matches = Match.objects.bulk_create(
        Match(
            a=a,
            b=b,
            state=Match.State.ACTIVE,
            score=1.0,
            topic_overlap=1.0,
            time_overlap=1.0,
            helpfulness=0.5,
            since_a=now,
            since_b=now,
            accepted_a_at=now,
            accepted_b_at=now,
            expires_at=now,
        )
        for a, b in zip(profiles[::2], profiles[1::2], strict=True)
    )
    for match in matches:
        Seat.objects.bulk_create(Seat(profile=profile, match=match) for profile in (match.a, match.b))
    ChatSession.objects.bulk_create(ChatSession(match=match, a=match.a, b=match.b, started_at=now) for match in matches)
    return [(match.a.recipient.telegram_id, match.b.recipient.telegram_id) for match in matches]


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
