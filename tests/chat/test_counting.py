"""Messages that come at the same moment are counted and routed with one statement, each as if it had come alone."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chat import routing
from chat.models import ChatSession
from chat.relay import Relay, Written
from chat.routing import Route
from chat.waiting import Waiting
from delivery.models import OutboxMessage, Recipient
from profiles.models import Profile, Prompt
from tests.base import person
from tests.safety.scenes import NOON

from .relaying import LATER, CountingBot, counts, message, pair, with_relay

pytestmark = pytest.mark.django_db(transaction=True)


def together(*messages: Written) -> list[Route | None]:
    """Where messages go that come at the same moment, in their order."""

    async def scenario(relay: Relay) -> list[Route | None]:
        return list(await asyncio.gather(*map(relay.route, messages)))

    routes: list[Route | None] = with_relay(CountingBot(), scenario)
    return routes


def test_everybody_reaches_their_own_partner() -> None:
    """C4: many at once, and each message goes where its writer's partner is; each is counted."""
    pairs = [pair(f"Мира{number} Олег{number}") for number in range(5)]
    routes = together(*(message(one) for one, _, _ in pairs))
    assert [(r.session_id, r.sender_id, r.peer_id, r.peer_telegram_id) for r in routes if r is not None] == [
        (session.pk, one.pk, other.pk, other.recipient.telegram_id) for one, other, session in pairs
    ]
    assert [counts(session) for *_, session in pairs] == [(1, 0)] * 5


def test_both_of_a_conversation_write_at_once() -> None:
    """C3: both messages are counted, and each goes to the other."""
    mira, oleh, session = pair("Мира Олег")
    routes = together(message(mira), message(oleh))
    assert [route and route.peer_id for route in routes] == [oleh.pk, mira.pk]
    assert counts(session) == (1, 1)


def test_a_redelivered_update_among_others() -> None:
    """C3, C4: it is known for what it is and not counted again; the others are not taken for it."""
    mira, _, session = pair("Мира Олег")
    lena, _, others = pair("Лена Артём")
    first = message(mira)
    together(first)
    again, new = together(first, message(lena))
    assert again is not None
    assert new is not None
    assert (again.resent, new.resent) == (True, False)
    assert (counts(session), counts(others)) == ((1, 0), (1, 0))


def test_the_same_update_twice_at_once() -> None:
    """C3: it is counted once, and the second knows of the first."""
    mira, _, session = pair("Мира Олег")
    twice = message(mira)
    routes = together(twice, twice)
    assert sorted(route.resent for route in routes if route is not None) == [False, True]
    assert counts(session) == (1, 0)


def test_who_may_not_talk_among_those_who_do() -> None:
    """C5, G1: nobody there, suspended, asked something, or the answer to a question: each by themselves, not all."""
    mira, oleh, session = pair("Мира Олег")
    idle, suspended, asked, answered = (pair(f"{name} Артём{name}")[0] for name in ("Ира", "Лена", "Кира", "Даша"))
    ChatSession.objects.filter(a=idle).update(ended_at=NOON, ending=ChatSession.Ending.ENDED)
    Profile.objects.filter(pk=suspended.pk).update(suspended_until=datetime.max.replace(tzinfo=NOON.tzinfo))
    Prompt.objects.create(profile=asked, kind="x", expires_at=datetime.max.replace(tzinfo=NOON.tzinfo))
    Profile.objects.filter(pk=answered.pk).update(last_update_id=77)
    alone = person("Соня")
    routes = together(
        *map(message, (idle, suspended, asked)), message(mira), message(answered, update_id=77), message(alone)
    )
    assert [route and route.peer_id for route in routes] == [None, None, None, oleh.pk, None, None]
    assert counts(session) == (1, 0)
    assert set(ChatSession.objects.exclude(pk=session.pk).values_list("msg_count_a", "msg_count_b")) == {(0, 0)}


def test_what_was_written_before_the_conversation_began() -> None:
    """C5: of each message its own time counts."""
    mira, _, session = pair("Мира Олег")
    lena, _, others = pair("Лена Артём")
    early, late = together(message(mira, sent_at=NOON - timedelta(minutes=1)), message(lena))
    assert (early, late is not None) == (None, True)
    assert (counts(session), counts(others)) == ((0, 0), (1, 0))


def test_each_knows_what_waits_for_its_own_reader() -> None:
    """C4: what is behind something in the outbox, what is there itself, and neither."""
    (mira, oleh, _), (lena, artem, others), (kira, *_) = pair("Мира Олег"), pair("Лена Артём"), pair("Кира Иван")
    hers, waiting = message(mira), message(lena)
    key = Waiting(others.pk, lena.pk, artem.pk, waiting.message_id, "text").key
    for to, dedupe_key, state in ((oleh, "else", "pending"), (artem, key, "sent")):
        OutboxMessage.objects.create(
            kind="chat.relay", recipient=to.recipient, dedupe_key=dedupe_key, priority=0, state=state, due_at=NOON,
            closed_at=None if state == "pending" else NOON,
        )  # fmt: skip
    routes = together(hers, waiting, message(kira))
    assert [(r.queued, r.left_to_the_outbox) for r in routes if r] == [(True, False), (False, True), (False, False)]


def test_what_only_one_message_brings_about_is_not_the_others_trouble() -> None:
    """C4: a number that the database has no place for."""
    mira, oleh, session = pair("Мира Олег")
    lena, *_ = pair("Лена Артём")
    strange = Written(lena.recipient.telegram_id, 2**70, 1, LATER, "text")

    async def scenario(relay: Relay) -> list[Any]:
        both = (relay.route(strange), relay.route(message(mira)))
        return list(await asyncio.gather(*both, return_exceptions=True))

    error, route = with_relay(CountingBot(), scenario)
    assert isinstance(error, psycopg.DataError)
    assert route.peer_id == oleh.pk
    assert counts(session) == (1, 0)


class Town:
    """People of every kind, of whom each may write once at a moment."""

    def __init__(self) -> None:
        conversations = [pair(f"Мира{number} Олег{number}") for number in range(3)]
        self.people = [each for one, other, _ in conversations for each in (one, other)]
        Prompt.objects.create(profile=self.people[5], kind="x", expires_at=datetime.max.replace(tzinfo=NOON.tzinfo))
        self.people += [person("Соня"), Profile(recipient=Recipient(telegram_id=1))]

    def outcome(self, messages: list[dict[str, Any]], *, at_once: bool) -> tuple[list[Any], list[Any]]:
        """The routes, and what the conversations are like afterwards; nothing of it stays."""
        with transaction.atomic(), connection.cursor() as cursor:
            routes = self._at_once(cursor, messages) if at_once else {}
            alone = [routes.get(place) or _alone(cursor, each) for place, each in enumerate(messages, 1)]
            columns = ("pk", "msg_count_a", "msg_count_b", "last_update_a", "last_update_b", "last_message_at")
            left = list(ChatSession.objects.order_by("pk").values_list(*columns))
            transaction.set_rollback(True)
        return alone, left

    def _at_once(self, cursor: Any, messages: list[dict[str, Any]]) -> dict[int, tuple[Any, ...]]:
        about = {f"{name}s": [each[name] for each in messages] for name in ("telegram_id", "message_id", "update_id")}
        about["sent_by"] = [each["sent_at"] for each in messages]
        cursor.execute(routing.COUNTED_TOGETHER, {**about, "now": LATER})
        return {place: tuple(route) for place, *route in cursor.fetchall()}


def _alone(cursor: Any, about: dict[str, Any]) -> tuple[Any, ...] | None:
    cursor.execute(routing.COUNTED, about)
    row: tuple[Any, ...] | None = cursor.fetchone()
    return row


@pytest.fixture
def town() -> Town:
    """The same for all examples."""
    return Town()


# Who writes, whether for the second time the same, and whether before the conversation began.
WRITING = st.lists(
    st.tuples(st.integers(0, 7), st.sampled_from([1, 2]), st.booleans()),
    min_size=1,
    max_size=8,
    unique_by=lambda written: written[0],
)


@given(before=WRITING, now=WRITING)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_together_is_the_same_as_one_by_one(town: Town, before: list[Any], now: list[Any]) -> None:
    """C3, C4: whoever writes with whomever, routes and counts are those of messages that come one after the other."""

    def messages(written: list[Any]) -> list[dict[str, Any]]:
        return [
            routing.parameters(
                telegram_id=town.people[who].recipient.telegram_id,
                message_id=number,
                update_id=10 * who + update,
                sent_at=NOON - timedelta(days=1) if early else LATER,
                now=LATER,
            )
            for number, (who, update, early) in enumerate(written)
        ]

    with transaction.atomic(), connection.cursor() as cursor:
        for each in messages(before):
            _alone(cursor, each)
        assert town.outcome(messages(now), at_once=True) == town.outcome(messages(now), at_once=False)
        transaction.set_rollback(True)
