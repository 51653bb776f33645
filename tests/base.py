"""The cast: people as tests need them, without going through onboarding again and again."""

import itertools
from collections.abc import Iterable
from datetime import UTC, datetime

from delivery.models import Recipient
from profiles.look_alikes import key
from profiles.models import Profile, Topic

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TOPICS = ("anxiety", "loneliness", "loss")

# Above what fits into 32 bits, as Telegram's ids of today are.
_telegram_ids = itertools.count(7_000_000_001)


def mask_of(topics: Iterable[str]) -> int:
    """The mask of topics named by their slugs."""
    return sum(topic.mask for topic in Topic.objects.filter(slug__in=topics))


def person(
    nickname: str,
    *,
    topics: Iterable[str] = TOPICS,
    timezone: str = "Europe/Kyiv",
    speaks: Iterable[str] = ("ru",),
    language: str = "ru",
) -> Profile:
    """Somebody with a complete profile."""
    recipient = Recipient.objects.create(telegram_id=next(_telegram_ids), language=language)
    return Profile.objects.create(
        recipient=recipient,
        state=Profile.State.COMPLETE,
        consented_at=NOW,
        rules_version=1,
        nickname=nickname,
        nickname_key=key(nickname),
        timezone=timezone,
        topic_mask=mask_of(topics),
        **{f"speaks_{spoken}": True for spoken in speaks},
    )
