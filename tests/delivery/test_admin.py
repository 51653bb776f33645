"""What the lists of the admin can be asked for: nothing that they don't show."""

import pytest
from django.test import Client

from delivery.models import Recipient
from tests.base import person
from tests.safety.scenes import conversation, report

pytestmark = pytest.mark.django_db


@pytest.fixture
def telegram_id() -> int:
    """Of Мира, who has reported Олег."""
    mira = person("Мира")
    report(mira, conversation(mira, person("Олег")))
    return mira.recipient.telegram_id


@pytest.mark.parametrize("lookup", ["", "__exact", "__gte", "__startswith", "__in"])
def test_nobody_guesses_a_telegram_id(admin_client: Client, telegram_id: int, lookup: str) -> None:
    """D4: a list narrowed down by a column that it hides would tell it, digit by digit."""
    assert Recipient.objects.filter(telegram_id=telegram_id).exists()
    answer = admin_client.get("/admin/delivery/recipient/", {f"telegram_id{lookup}": telegram_id})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "asked",
    [
        "delivery/outboxmessage/?recipient__telegram_id__gte=1",
        "profiles/profile/?recipient__telegram_id__gte=1",
        "profiles/profile/?subject__isnull=False",
        "safety/report/?reporter=1",
        "safety/report/?reporter__id__exact=1",
        "safety/block/?blocker__isnull=False",
        "safety/block/?blocked_hash=",
    ],
)
def test_nobody_asks_for_what_is_hidden(admin_client: Client, telegram_id: int, asked: str) -> None:
    """D4, S1: neither an account, nor who has reported or blocked."""
    assert admin_client.get(f"/admin/{asked}").status_code == 400


@pytest.mark.parametrize(
    "asked",
    [
        "delivery/recipient/?reachable__exact=1&language__exact=ru",
        "delivery/outboxmessage/?state__exact=pending&possibly_doubled__exact=0&created_at__year=2026",
        "profiles/profile/?state__exact=complete&speaks_ru__exact=1",
        "matching/match/?state__exact=proposed",
        "chat/chatsession/?ended_at__isnull=True",
        "safety/report/?looks_under_18__exact=0&created_at__month=6",
        "safety/moderationaction/?action__exact=warn&actor__id__exact=1",
    ],
)
def test_the_filters_and_the_home_pages_links_still_lead_somewhere(
    admin_client: Client, telegram_id: int, asked: str
) -> None:
    """D1: what a list shows or offers as a filter can be asked for."""
    assert admin_client.get(f"/admin/{asked}").status_code == 200
