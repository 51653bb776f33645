"""Silent conversations at the same moment as other things, on real connections."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from threading import Event, Thread
from typing import Any

import pytest
from django.db import connection, transaction

from chat import idleness, services
from chat.models import ChatSession
from profiles import erasure
from profiles.models import Profile
from tests.base import person
from tests.chat.scenes import wrote
from tests.matching.racing import race
from tests.outbox import told
from tests.safety.scenes import NOON, conversation

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 5
DAY = timedelta(hours=24)
TIMES = {"remind": timedelta(hours=23), "close": DAY, "offer": timedelta(minutes=10)}


def silent(number: int = 0, *, reminded: bool = True) -> tuple[Profile, Profile, ChatSession]:
    """Two people; the first wrote at noon, and nobody since."""
    mira, oleh = person(f"Мира {number}"), person(f"Олег {number}")
    session = conversation(mira, oleh)
    wrote(mira, session, NOON)
    if reminded:
        ChatSession.objects.filter(pk=session.pk).update(reminded_at=NOON + timedelta(hours=23))
    return mira, oleh, session


@pytest.mark.parametrize("step", ["close", "remind", "offer"])
def test_a_message_that_arrives_in_the_same_moment_wins(step: str) -> None:
    """C8: the decision waits for a message that is being counted, and comes to nothing."""
    mira, oleh, session = silent(reminded=step == "close")
    now, before = NOON + TIMES[step], told(mira)
    decide: Callable[..., bool] = getattr(idleness, step)
    outcome: list[Any] = []
    deciding = Event()

    def decides() -> None:
        deciding.set()
        outcome.append(decide(session_id=session.pk, now=now))
        connection.close()

    with transaction.atomic():
        # The statement of the relay holds the row of the conversation until it commits.
        wrote(oleh, session, now)
        other = Thread(target=decides)
        other.start()
        deciding.wait()
        other.join(timeout=0.3)
        assert other.is_alive(), "it has to wait for the message"
    other.join(timeout=10)
    assert outcome == [False]
    session.refresh_from_db()
    assert session.ended_at is None
    assert told(mira) == before


def test_many_workers_close_it_once() -> None:
    """C8: whoever of them does it, both are told once."""
    for number in range(ROUNDS):
        mira, oleh, session = silent(number)
        closed = race([partial(idleness.close, session_id=session.pk, now=NOON + DAY)] * 4)
        assert sorted(closed) == [False, False, False, True]
        assert [told(each).count("chat.ended") for each in (mira, oleh)] == [1, 1]


def test_many_workers_run_the_task() -> None:
    """C8: each reminder and each offer is given once."""
    people = [silent(number, reminded=False) for number in range(4)]
    for now in (NOON + timedelta(minutes=10), NOON + timedelta(hours=23)):
        race([partial(idleness.look_after, now=now)] * 4)
        idleness.look_after(now=now)
    for mira, oleh, _ in people:
        assert told(mira).count("chat.waiting_long") == 1
        assert told(mira).count("chat.idle_soon") == told(oleh).count("chat.idle_soon") == 1


def test_closed_while_one_of_them_ends_it() -> None:
    """C7, C8: it ends once, in one way, and each reads it once at most."""
    for number in range(ROUNDS):
        mira, oleh, session = silent(number)
        outcomes = race(
            [
                partial(idleness.close, session_id=session.pk, now=NOON + DAY),
                partial(services.end_and_search, session_id=session.pk, profile_id=mira.pk, now=NOON + DAY),
            ]
        )
        assert not [each for each in outcomes if isinstance(each, Exception)]
        session.refresh_from_db()
        assert outcomes == [session.ending == "idle", session.ending == "ended"]
        assert told(oleh).count("chat.ended") == 1
        assert told(mira).count("chat.ended") == (session.ending == "idle")
        for each in (mira, oleh):
            each.recipient.delete()


@pytest.mark.parametrize("step", ["close", "remind", "offer"])
def test_while_one_of_them_disappears(step: str) -> None:
    """P7, C8: nobody waits for the other for ever, and the other reads of the end once."""
    for number in range(ROUNDS):
        mira, oleh, session = silent(number, reminded=step == "close")
        decide = getattr(idleness, step)
        outcomes = race(
            [
                partial(decide, session_id=session.pk, now=NOON + TIMES[step]),
                partial(erasure.erase, profile_id=oleh.pk, now=NOON + TIMES[step]),
            ]
        )
        assert not [each for each in outcomes if isinstance(each, Exception)]
        assert told(mira).count("chat.ended") == 1
        assert not ChatSession.objects.exists()
