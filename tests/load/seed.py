"""A process: puts pairs who are in the middle of a conversation into the database; `python -m tests.load.seed PAIRS`.

Prints the two Telegram ids of each pair as JSON.
"""

import json
import os
import sys

import django

FIRST_TELEGRAM_ID = 7_000_000_001  # above what fits into 32 bits, as Telegram's ids of today are


def main(pairs: int) -> None:
    """Write the rows as onboarding, matching and accepting would have left them."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    django.setup()
    from django.db import transaction

    with transaction.atomic():
        print(json.dumps(_talking(pairs)))


def _talking(pairs: int) -> list[tuple[int, int]]:
    from django.utils import timezone

    from chat.models import ChatSession
    from delivery.models import Recipient
    from matching.models import Match, Seat
    from profiles.models import Profile

    now = timezone.now()
    telegram_ids = range(FIRST_TELEGRAM_ID, FIRST_TELEGRAM_ID + 2 * pairs)
    recipients = Recipient.objects.bulk_create([Recipient(telegram_id=telegram_id) for telegram_id in telegram_ids])
    profiles = Profile.objects.bulk_create(
        Profile(
            recipient=recipient,
            state=Profile.State.COMPLETE,
            consented_at=now,
            rules_version=1,
            nickname=f"Мира{number}",
            nickname_key=f"мира{number}",
            timezone="Europe/Kyiv",
            topic_mask=0b111,
            speaks_ru=True,
        )
        for number, recipient in enumerate(recipients)
    )
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
    main(int(sys.argv[1]))
