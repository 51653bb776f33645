"""The preset topics and how many of them a person may tick (P4)."""

from collections.abc import Collection
from typing import Any

from django.db.models import Max

from project.errors import DomainError

from .models import MAX_TOPIC_BIT, MAX_TOPICS, MIN_TOPICS, Topic

# (slug, Russian, Ukrainian, English); the place in this list is the bit where it is free, so it only grows at the end.
PRESETS = (
    ("burnout", "Выгорание", "Вигорання", "Burnout"),
    ("relocation", "Переезд", "Переїзд", "Relocation"),
    ("anxiety", "Тревога", "Тривога", "Anxiety"),
    ("loneliness", "Одиночество", "Самотність", "Loneliness"),
    ("relationships", "Отношения", "Стосунки", "Relationships"),
    ("loss", "Утрата", "Втрата", "Loss"),
    ("depression", "Депрессия", "Депресія", "Depression"),
    ("self-esteem", "Самооценка", "Самооцінка", "Self-esteem"),
    ("family", "Семья", "Родина", "Family"),
    ("parenting", "Родительство", "Батьківство", "Parenting"),
    ("career", "Работа", "Робота", "Career"),
    ("health", "Здоровье", "Здоров'я", "Health"),
)


class TooManyTopics(DomainError):
    """More than `maximum` topics."""

    template = "profiles/too_many_topics.html"
    status = 422


class TooFewTopics(DomainError):
    """Fewer than `minimum` topics."""

    template = "profiles/too_few_topics.html"
    status = 422


class NoBitLeft(Exception):
    """A mask has no room for one more topic."""


def sync_presets(**kwargs: Any) -> None:
    """Create the presets that are missing; what is there belongs to whoever edits it. Runs after every migrate."""
    for place, (slug, russian, ukrainian, english) in enumerate(PRESETS):
        if Topic.objects.filter(slug=slug).exists():
            continue
        # Staff may have added a topic of their own meanwhile.
        bit = next_bit() if Topic.objects.filter(bit=place).exists() else place
        titles = {"title_ru": russian, "title_uk": ukrainian, "title_en": english}
        Topic.objects.get_or_create(slug=slug, defaults={"bit": bit, "position": place, **titles})


def inactive_mask() -> int:
    """The mask of the topics that are not active: people may still have them, but they count for nothing."""
    return sum(1 << bit for bit in Topic.objects.filter(active=False).values_list("bit", flat=True))


def next_bit() -> int:
    """The bit of the next new topic. Raises NoBitLeft."""
    highest = Topic.objects.aggregate(highest=Max("bit"))["highest"]
    bit = 0 if highest is None else highest + 1
    if bit > MAX_TOPIC_BIT:
        raise NoBitLeft
    return bit


def with_topic(mask: int, topic: Topic, *, chosen: bool, at_least: int) -> int:
    """The mask with the topic added or removed; the same mask where that is so already.

    Raises TooManyTopics above 8, TooFewTopics where removing leaves fewer than `at_least`.
    """
    changed = mask | topic.mask if chosen else mask & ~topic.mask
    if chosen and changed.bit_count() > MAX_TOPICS:
        raise TooManyTopics(maximum=MAX_TOPICS)
    if not chosen and changed != mask and changed.bit_count() < at_least:
        raise TooFewTopics(minimum=MIN_TOPICS)
    return changed


def offered(*, mask: int, topics: Collection[Topic]) -> list[Topic]:
    """The topics to show to somebody who has ticked those in `mask`: the active ones, and their own."""
    return [topic for topic in topics if topic.active or topic.mask & mask]
