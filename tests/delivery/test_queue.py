"""The outbox as the sender sees it: order, leases, and what becomes of a message."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from threading import Barrier, Thread
from unittest import mock

import pytest
from django.db import connection, transaction
from django.utils import timezone
from telegram.error import InvalidToken

from delivery import queue
from delivery.kinds import KINDS, Kind
from delivery.limits import SendLimit
from delivery.models import OutboxMessage, Priority, Recipient
from delivery.outgoing import Text
from delivery.sender import Sender
from delivery.services import enqueue
from delivery.telegram import Bot, RetryIn, classify
from tests.base import NOW, person

pytestmark = pytest.mark.django_db


def render_news(row: OutboxMessage) -> Text:
    """What stays true."""
    return Text(row.dedupe_key)


def render_nothing(row: OutboxMessage) -> None:
    """What is not true any more."""


def render_broken(row: OutboxMessage) -> Text:
    """What has a bug."""
    raise ZeroDivisionError


@pytest.fixture(autouse=True)
def kinds() -> Iterator[list[str]]:
    """Four kinds of notification; the list tells what they concluded."""
    happened: list[str] = []

    def sent(row: OutboxMessage, message_ids: Sequence[int], now: datetime) -> None:
        happened.append(f"sent {row.dedupe_key}")

    def unsent(row: OutboxMessage, now: datetime) -> None:
        happened.append(f"unsent {row.dedupe_key}")

    mine = {
        "test.news": Kind(render_news, sent=sent, unsent=unsent),
        "test.once": Kind(render_news, unsent=unsent, doubles=False),
        "test.over": Kind(render_nothing, unsent=unsent),
        "test.broken": Kind(render_broken),
    }
    KINDS.update(mine)
    yield happened
    for name in mine:
        del KINDS[name]


def news(
    recipient: Recipient,
    key: str,
    *,
    kind: str = "test.news",
    priority: Priority = Priority.NOTICE,
    now: datetime = NOW,
) -> OutboxMessage:
    """One message in the outbox."""
    with transaction.atomic():
        enqueue(kind=kind, recipient_id=recipient.pk, dedupe_key=key, priority=priority, now=now)
    return OutboxMessage.objects.get(dedupe_key=key)


def keys(leased: list[queue.Leased]) -> list[str]:
    """The dedupe keys of what was leased, in order."""
    known = dict(OutboxMessage.objects.values_list("pk", "dedupe_key"))
    return [known[message.id] for message in leased]


def test_the_same_news_is_told_once() -> None:
    """T6 and every notice: the dedupe key is unique."""
    mira = person("Мира").recipient
    news(mira, "same")
    news(mira, "same")
    assert OutboxMessage.objects.count() == 1


def test_each_recipient_is_told_in_order_and_the_urgent_first() -> None:
    """C4: one message at a time for each person, in the order of writing; between people the urgent goes first."""
    mira, andrey = person("Мира").recipient, person("Андрей").recipient
    first = news(mira, "mira 1", priority=Priority.NOTICE)
    news(mira, "mira 2", priority=Priority.RELAY)
    news(andrey, "andrey 1", priority=Priority.SESSION)
    assert keys(queue.lease(limit=10, now=NOW)) == ["andrey 1", "mira 1"]
    assert queue.lease(limit=10, now=NOW) == []
    queue.record_sent(outbox_id=first.pk, message_ids=[5], now=NOW)
    assert keys(queue.lease(limit=10, now=NOW)) == ["mira 2"]


def test_a_message_that_waits_holds_up_its_own_reader_only() -> None:
    """C4: a 429 of one chat delays nobody else, and nothing overtakes within the chat."""
    mira, andrey = person("Мира").recipient, person("Андрей").recipient
    slow = news(mira, "mira 1")
    news(mira, "mira 2")
    news(andrey, "andrey 1")
    queue.lease(limit=10, now=NOW)
    queue.retry(outbox_id=slow.pk, after=timedelta(seconds=30), error="RetryAfter", unknown=False, now=NOW)
    later = NOW + queue.LEASE + timedelta(seconds=1)
    (others,) = queue.lease(limit=10, now=later)
    assert keys([others]) == ["andrey 1"]
    queue.record_sent(outbox_id=others.id, message_ids=[1], now=later)
    assert keys(queue.lease(limit=10, now=NOW + timedelta(seconds=31))) == ["mira 1"]


def test_the_lease_of_a_killed_sender_runs_out() -> None:
    """C4: kill -9 of the sender loses nothing."""
    news(person("Мира").recipient, "mira 1")
    assert keys(queue.lease(limit=10, now=NOW)) == ["mira 1"]
    assert queue.lease(limit=10, now=NOW + queue.LEASE - timedelta(seconds=1)) == []
    assert keys(queue.lease(limit=10, now=NOW + queue.LEASE)) == ["mira 1"]
    assert OutboxMessage.objects.get().possibly_doubled


def test_what_must_not_be_doubled_dies_with_its_sender(kinds: list[str]) -> None:
    """C4: nobody knows whether the killed sender had sent it."""
    row = news(person("Мира").recipient, "mira 1", kind="test.once")
    queue.lease(limit=10, now=NOW)
    assert queue.lease(limit=10, now=NOW + queue.LEASE) == []
    row.refresh_from_db()
    assert (row.state, kinds) == ("dead", ["unsent mira 1"])


def test_a_wrong_token_kills_no_message() -> None:
    """C4: 401 and 404 are the operator's mistake, not the message's."""
    assert isinstance(classify(InvalidToken("Unauthorized"), attempts=1), RetryIn)


@pytest.mark.django_db(transaction=True)
def test_who_waited_too_long_for_the_limiter_gives_the_message_back() -> None:
    """C4: past its lease another sender may hold the message; sending it as well would double it."""
    a_while_ago = timezone.now() - timedelta(minutes=1)
    row = news(person("Мира").recipient, "mira 1", now=a_while_ago)
    (leased,) = queue.lease(limit=1, now=a_while_ago)
    limit, bot = mock.AsyncMock(spec=SendLimit), mock.AsyncMock(spec=Bot)
    asyncio.run(Sender(bot=bot, limit=limit).deliver(leased))
    row.refresh_from_db()
    assert (row.state, row.lease_until, bot.mock_calls) == ("pending", None, [])


def test_what_was_delivered_lets_its_kind_draw_conclusions_once(kinds: list[str]) -> None:
    """M5: the five minutes of a proposal hang on its deliveries."""
    row = news(person("Мира").recipient, "mira 1")
    queue.record_sent(outbox_id=row.pk, message_ids=[77], now=NOW)
    queue.record_sent(outbox_id=row.pk, message_ids=[78], now=NOW)
    row.refresh_from_db()
    assert (row.state, row.message_id, kinds) == ("sent", 77, ["sent mira 1"])


def test_what_is_not_true_any_more_is_dropped(kinds: list[str]) -> None:
    """M5: a proposal that has expired is not told."""
    row = news(person("Мира").recipient, "mira 1", kind="test.over")
    assert queue.lease(limit=10, now=NOW) == []
    row.refresh_from_db()
    assert (row.state, kinds) == ("dropped", ["unsent mira 1"])


def test_a_broken_message_does_not_hold_up_the_others_and_dies_in_the_end() -> None:
    """C4: one bug in a text must not silence the product."""
    row = news(person("Мира").recipient, "mira 1", kind="test.broken")
    news(person("Андрей").recipient, "andrey 1")
    now = NOW
    assert keys(queue.lease(limit=10, now=now)) == ["andrey 1"]
    for _ in range(queue.MAX_RENDER_FAILURES):
        now += timedelta(minutes=5)
        queue.lease(limit=10, now=now)
    row.refresh_from_db()
    assert (row.state, row.error) == ("dead", "ZeroDivisionError")


def test_an_unknown_outcome_is_tried_again_only_where_a_double_does_no_harm(kinds: list[str]) -> None:
    """C4: where Telegram's answer was lost a message may arrive twice, and it is marked."""
    mira = person("Мира").recipient
    harmless, harmful = news(mira, "harmless"), news(mira, "harmful", kind="test.once")
    for row in (harmless, harmful):
        queue.retry(outbox_id=row.pk, after=timedelta(seconds=1), error="AnswerLost", unknown=True, now=NOW)
        row.refresh_from_db()
    assert (harmless.state, harmless.possibly_doubled) == ("pending", True)
    assert (harmful.state, kinds) == ("dead", ["unsent harmful"])


def test_who_blocked_the_bot_gets_nothing_more() -> None:
    """C5: all that waits for a person who can't be reached is dead, and they are known to be unreachable."""
    mira = person("Мира").recipient
    first = news(mira, "mira 1")
    news(mira, "mira 2")
    queue.record_gone(outbox_id=first.pk, reason="Forbidden", now=NOW)
    mira.refresh_from_db()
    assert not mira.reachable
    assert set(OutboxMessage.objects.values_list("state", flat=True)) == {"dead"}


@pytest.mark.django_db(transaction=True)
def test_two_senders_never_take_the_same_message() -> None:
    """C4: SKIP LOCKED and leases keep senders apart."""
    for number in range(40):
        news(person(f"Гость{number}").recipient, f"guest {number}")
    taken: list[int] = []
    ready = Barrier(4)

    def sender() -> None:
        ready.wait()
        while leased := queue.lease(limit=3, now=NOW):
            taken.extend(message.id for message in leased)
        connection.close()

    threads = [Thread(target=sender) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(set(taken))
    # Whoever finds everything locked by the others stops early; what they left is taken in the next round.
    assert len(taken) + len(queue.lease(limit=40, now=NOW)) == 40
