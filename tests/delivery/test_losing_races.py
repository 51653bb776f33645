"""A sender learns that somebody is gone while others act on the same rows: all take turns, none is undone."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from threading import Event
from typing import Any
from unittest import mock

import pytest
from django.db import transaction
from django.utils import timezone

from chat import services as chat
from chat.models import ChatSession
from delivery import queue
from delivery.models import OutboxMessage, Recipient
from delivery.services import mark_unreachable
from profiles import erasure
from profiles.models import Profile
from tests.base import person
from tests.delivery.letters import letter
from tests.matching.racing import race
from tests.safety.scenes import conversation

pytestmark = pytest.mark.django_db(transaction=True)

MOMENT = 0.5


def gone(row: OutboxMessage) -> Callable[[], None]:
    """Telegram says that the person who was to read this has blocked the bot."""
    return partial(queue.record_gone, outbox_id=row.pk, reason="Forbidden", now=timezone.now())


def given_up(row: OutboxMessage) -> Callable[[], None]:
    """Telegram does not take this message."""
    dead = OutboxMessage.State.DEAD
    return partial(queue.close, outbox_id=row.pk, state=dead, error="BadRequest", now=timezone.now())


def in_hand(row: OutboxMessage) -> OutboxMessage:
    """The same row, which a sender has leased."""
    OutboxMessage.objects.filter(pk=row.pk).update(lease_until=timezone.now() + timedelta(minutes=1), attempts=1)
    return row


def written(session: ChatSession, by: Profile) -> OutboxMessage:
    """A message of the conversation that is on its way to the other one."""
    now = timezone.now()
    chat.queue_relay(
        session_id=session.pk, sender_id=by.pk, peer_id=session.peer_of(by.pk), message_id=5, kind="text",
        reply_to=None, after=timedelta(0), possibly_doubled=False, now=now,
    )  # fmt: skip
    return in_hand(OutboxMessage.objects.get(kind="chat.relay", recipient=session.peer_of(by.pk)))


def test_whoever_erases_themselves_has_just_blocked_the_bot() -> None:
    """P7: the erasure is never undone for the sender's sake."""
    mira = person("Мира")
    row = in_hand(letter(mira, "matching.left_pool", state="pending"))
    losing = Event()

    def slowly(**about: Any) -> None:
        losing.set()
        # Long enough for the erasure to get as far as it gets.
        Event().wait(MOMENT)
        mark_unreachable(**about)

    def erase() -> bool:
        losing.wait(5)
        return erasure.erase(profile_id=mira.pk, now=timezone.now())

    with mock.patch.object(queue, "mark_unreachable", slowly):
        assert race([gone(row), erase]) == [None, True]
    assert not Recipient.objects.filter(pk=mira.pk).exists()


def test_all_of_it_at_once() -> None:
    """C4, P7: both have blocked the bot, messages of both are given up, and one of them disappears."""
    for number in range(6):
        mira, oleh = person(f"Мира {number}"), person(f"Олег {number}")
        session = conversation(mira, oleh)
        rows = [written(session, mira), written(session, oleh)]
        others = [in_hand(letter(who, "matching.left_pool", state="pending")) for who in (mira, oleh)]
        erase = partial(erasure.erase, profile_id=mira.pk, now=timezone.now())
        results = race([*map(gone, others), *map(given_up, rows), *([erase] if number % 2 else [])])
        assert not [result for result in results if isinstance(result, Exception)], results


def test_telling_a_writer_waits_for_nobody_who_loses_them() -> None:
    """C4: whoever loses the writer waits for rows like this one, and must not be waited for."""
    mira, oleh = person("Мира"), person("Олег")
    row = written(conversation(mira, oleh), mira)
    held, told = Event(), Event()

    def lose() -> bool:
        with transaction.atomic():
            Recipient.objects.select_for_update(no_key=True).get(pk=mira.pk)
            held.set()
            return told.wait(5)

    def tell() -> None:
        held.wait(5)
        given_up(row)()
        told.set()

    assert race([lose, tell]) == [True, None]
    assert OutboxMessage.objects.filter(recipient=mira.pk, kind="chat.unsent").count() == 1
