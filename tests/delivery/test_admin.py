"""What the lists of the admin can be asked for, nothing that they don't show; and what staff do with dead letters."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.test import Client

from delivery.models import OutboxMessage, Recipient
from safety.roles import MODERATOR
from tests.base import person
from tests.delivery.letters import letter
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


@pytest.fixture
def dead_letters() -> tuple[OutboxMessage, OutboxMessage]:
    """A notice that can be sent after all, and a message whose sender was told that it did not arrive."""
    mira = person("Мира")
    return letter(mira, "matching.left_pool", error="BadRequest"), letter(mira, "chat.relay", error="Forbidden")


def choose(client: Client, *chosen: OutboxMessage) -> Any:
    """Tick them in the list and try them again."""
    ticked = {"action": "try_again", "_selected_action": [message.pk for message in chosen]}
    return client.post("/admin/delivery/outboxmessage/", ticked, follow=True)


def test_staff_try_again_what_was_given_up(
    admin_client: Client, admin_user: User, dead_letters: tuple[OutboxMessage, OutboxMessage]
) -> None:
    """C4: in the list; what makes no sense any more stays where it is, and it is noted who did it."""
    answer = choose(admin_client, *dead_letters)
    for message in dead_letters:
        message.refresh_from_db()
    notice, relayed = dead_letters
    assert (notice.state, relayed.state) == ("pending", "dead")
    assert {"Tried again: 1.", "Not tried again: 1."} <= {
        str(said).partition(" It")[0] for said in answer.context["messages"]
    }
    assert LogEntry.objects.get().user == admin_user
    assert LogEntry.objects.get().object_id == str(notice.pk)


def test_who_only_looks_can_not(client: Client, dead_letters: tuple[OutboxMessage, OutboxMessage]) -> None:
    """D2: it takes a permission of its own."""
    moderator = User.objects.create_user("moderator", is_staff=True)
    moderator.groups.add(Group.objects.get(name=MODERATOR))
    client.force_login(moderator)
    choose(client, *dead_letters)
    assert OutboxMessage.objects.filter(state="dead").count() == 2
    assert "Try again" not in client.get("/admin/delivery/outboxmessage/").content.decode()


def test_dead_letters_are_found_by_their_reason(
    admin_client: Client, dead_letters: tuple[OutboxMessage, OutboxMessage]
) -> None:
    """C4: what has gone wrong is seen at a glance."""
    page = admin_client.get("/admin/delivery/outboxmessage/", {"reason": "BadRequest"})
    assert list(page.context["cl"].queryset) == [dead_letters[0]]
