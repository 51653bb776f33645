"""Reactions: what is seen of them in the other chat."""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django import Settings

from chat.models import ChatSession
from delivery.models import OutboxMessage
from profiles import prompts
from profiles.models import Profile
from tests.base import person
from tests.chat.changing import Scene, scene

pytestmark = pytest.mark.django_db(transaction=True)

CUSTOM = {"type": "custom_emoji", "custom_emoji_id": "5"}
PAID = {"type": "paid"}


@pytest.fixture
def two(settings: Settings) -> Iterator[Scene]:
    """Mira and Andrey, just connected."""
    with scene(settings) as opened:
        yield opened


def test_a_reaction_to_what_the_partner_wrote(two: Scene) -> None:
    """C2: it is seen under the original, by the one who wrote it."""
    written = two.writes(two.mira)
    assert two.reacts(two.andrey, two.twin_of(written), "❤").status == 200
    assert _under(two, two.mira) == [(written, ["❤"])]


def test_a_reaction_to_what_one_wrote_oneself(two: Scene) -> None:
    """C2: it is seen under the copy."""
    written = two.writes(two.mira)
    assert two.reacts(two.mira, written, "👍").status == 200
    assert _under(two, two.andrey) == [(two.twin_of(written), ["👍"])]


@pytest.mark.parametrize(
    ("old", "new", "seen"),
    [
        ((), ("❤",), [["❤"]]),
        (("❤",), ("👍",), [["👍"]]),
        # Who pays for Telegram may give several; a bot has one.
        (("❤",), ("❤", "👍"), [["👍"]]),
        (("❤",), (), [[]]),
        (("❤",), (CUSTOM,), [[]]),
        (("❤",), ("❤", CUSTOM), []),
        ((), (CUSTOM,), []),
        ((), (PAID,), []),
        ((CUSTOM,), (), []),
    ],
)
def test_of_several_the_last_that_a_bot_can_give(
    two: Scene, old: tuple[Any, ...], new: tuple[Any, ...], seen: list[list[str]]
) -> None:
    """C2: what bots can't give is left out without a word."""
    written = two.writes(two.mira)
    assert two.reacts(two.andrey, two.twin_of(written), *new, old=old).status == 200
    assert [emoji for _, emoji in _under(two, two.mira)] == seen
    assert two.telegram.told(two.andrey) == []


def test_two_in_a_row_end_in_the_last(two: Scene) -> None:
    """C2: also where Telegram stumbles over the first: the second does not come before it."""
    written = two.writes(two.mira)
    two.telegram.refuses("setMessageReaction", 429, "Too Many Requests", retry_after=30)
    first = two.reaction(two.andrey, two.twin_of(written), "❤")
    again = two.brings(first)
    assert (again.status, again.retry_after) == (503, 30)
    assert two.brings(first).status == 200
    assert two.reacts(two.andrey, two.twin_of(written), "👍", old=("❤",)).status == 200
    assert [emoji for _, emoji in _under(two, two.mira)][1:] == [["❤"], ["👍"]]


def test_after_the_end_nothing_is_seen(two: Scene) -> None:
    """C2: neither by the former partner nor by the next one."""
    written = two.writes(two.mira)
    twin = two.twin_of(written)
    two.ends()
    assert two.reacts(two.andrey, twin, "❤").status == 200
    olga = person("Ольга")
    two.connects(two.andrey, olga)
    assert two.reacts(two.andrey, twin, "👍", date=int(time.time()) - 60).status == 200
    assert not two.telegram.to(olga)
    assert not _under(two, two.mira)


def test_the_bots_own_screens(two: Scene) -> None:
    """C2: what stands under them is seen by nobody else, and nobody is told so."""
    assert two.reacts(two.mira, 12, "❤", date=int(time.time()) - 60).status == 200
    assert two.telegram.calls == []


def test_quicker_than_the_map(two: Scene) -> None:
    """C2: a reaction to what has just arrived comes again until it is known what that is."""
    reaction = two.reaction(two.andrey, 4321, "❤")
    assert two.brings(reaction).status == 503
    two.writes(two.mira)
    two.maps(two.andrey, 4321, twin=77)
    assert two.brings(reaction).status == 200
    assert _under(two, two.mira) == [(77, ["❤"])]


@pytest.mark.parametrize("clock", [-3600, 3600])
def test_a_clock_that_is_far_off_waits_for_nothing(two: Scene, clock: int) -> None:
    """C4: what can't be carried over does not come back for an hour."""
    assert two.reacts(two.andrey, 12, "❤", date=int(time.time()) + clock).status == 200


@pytest.mark.parametrize("description", ["Bad Request: message to react not found", "Bad Request: REACTION_INVALID"])
def test_what_telegram_does_not_allow(two: Scene, description: str) -> None:
    """C2: a reaction is no message: nobody is bothered with that."""
    written = two.writes(two.mira)
    two.telegram.refuses("setMessageReaction", 400, description)
    assert two.reacts(two.andrey, two.twin_of(written), "❤").status == 200
    assert two.telegram.told(two.andrey) == two.telegram.told(two.mira) == []


def test_the_partner_is_gone(two: Scene) -> None:
    """C5: a 403 ends the conversation, and only the partner's side of it."""
    written = two.writes(two.mira)
    two.telegram.refuses("setMessageReaction", 403, "Forbidden: bot was blocked by the user")
    assert two.reacts(two.andrey, two.twin_of(written), "❤").status == 200
    assert (ChatSession.objects.get().ending, ChatSession.objects.get().ended_by_id) == ("gone", two.mira.pk)
    assert OutboxMessage.objects.filter(kind="chat.ended", recipient=two.andrey.pk).exists()


def test_a_flood_of_reactions(two: Scene) -> None:
    """C6: it ends in nothing, costs nobody's turn, and leaves its author their words."""
    written = two.writes(two.mira)
    for number in range(20):
        emoji = ("❤", "👍") if number % 2 else ("👍", "❤")
        assert two.reacts(two.mira, written, emoji[0], old=(emoji[1],)).status == 200
    assert len(_under(two, two.andrey)) == 15
    assert two.telegram.told(two.mira) == []
    two.writes(two.mira, "Я ещё здесь")
    assert len(two.telegram.to(two.andrey, "copyMessage")) == 2


def test_a_reaction_is_no_answer_to_an_open_question(two: Scene) -> None:
    """C2: it reaches the partner as ever, and the question stays."""
    written = two.writes(two.mira)
    with transaction.atomic():
        prompts.ask(profile_id=two.mira.pk, kind=prompts.Question.NICKNAME, now=timezone.now())
    assert two.reacts(two.mira, written, "❤").status == 200
    assert len(_under(two, two.andrey)) == 1
    assert prompts.current(profile_id=two.mira.pk, now=timezone.now()) is not None


def test_who_is_paused_reacts_to_nothing(two: Scene) -> None:
    """S5: a pause holds for reactions as well."""
    written = two.writes(two.mira)
    Profile.objects.filter(pk=two.mira.pk).update(suspended_until=timezone.now() + timedelta(days=1))
    assert two.reacts(two.mira, written, "❤").status == 200
    assert _under(two, two.andrey) == []


def test_a_group_is_nobodys_conversation(two: Scene) -> None:
    """P8: reactions elsewhere have nothing to do with the partner."""
    written = two.writes(two.mira)
    group = {"id": -100123, "type": "supergroup", "title": "x"}
    assert two.reacts(two.mira, written, "❤", chat=group).status == 200
    assert _under(two, two.andrey) == []


def _under(two: Scene, profile: Profile) -> list[tuple[int, list[str]]]:
    """What the bot put under which messages of a person's chat."""
    calls = [call.parameters for call in two.telegram.to(profile, "setMessageReaction")]
    return [(call["message_id"], [each["emoji"] for each in call.get("reaction", [])]) for call in calls]
