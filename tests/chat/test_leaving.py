"""Leaving a conversation on somebody's behalf, and what is still on its way when the conversation itself is erased."""

from datetime import datetime, timedelta

import pytest
from django.db import transaction

from chat import services
from chat.models import ChatSession
from delivery import queue
from delivery.models import OutboxMessage
from delivery.outgoing import Text
from matching.models import Seat
from profiles.models import Profile
from tests.base import person
from tests.outbox import told
from tests.safety.scenes import NOON, conversation, ended, erased

pytestmark = pytest.mark.django_db


@pytest.fixture
def mira() -> Profile:
    """Who stays behind."""
    return person("Мира")


@pytest.fixture
def oleh() -> Profile:
    """Who leaves."""
    return person("Олег")


def sent_by_the_sender(now: datetime) -> list[str]:
    """What one round of the sender would send, as HTML, and closes as no longer true."""
    OutboxMessage.objects.update(due_at=now)
    outgoing = [leased.outgoing for leased in queue.lease(limit=30, now=now)]
    return [each.html for each in outgoing if isinstance(each, Text)]


def waits(mira: Profile, oleh: Profile, session: ChatSession, *, by: Profile) -> None:
    """A message of one for the other can't go out at once."""
    services.queue_relay(
        session_id=session.pk,
        sender_id=by.pk,
        peer_id=(oleh if by == mira else mira).pk,
        message_id=7,
        kind="text",
        reply_to=None,
        after=timedelta(0),
        possibly_doubled=False,
        now=NOON,
    )


def test_leaving_is_an_ordinary_end(mira: Profile, oleh: Profile) -> None:
    """C7, S2: the other is told once; who is in no conversation leaves nothing."""
    session = conversation(mira, oleh)
    for _ in range(2):
        with transaction.atomic():
            services.leave(profile_id=oleh.pk, now=NOON)
    session.refresh_from_db()
    assert (session.ending, session.ended_by) == ("ended", oleh)
    assert not Seat.objects.exists()
    assert (told(mira).count("chat.ended"), told(oleh).count("chat.ended")) == (1, 0)


def test_the_goodbye_needs_no_session(mira: Profile, oleh: Profile) -> None:
    """P7, C7: who erases themselves ends the conversation, and the other reads the text of /end."""
    conversation(mira, oleh)
    OutboxMessage.objects.all().delete()
    erased(oleh)
    assert not ChatSession.objects.exists()
    [goodbye] = sent_by_the_sender(NOON)
    assert "Разговор закончился" in goodbye


def test_what_waited_is_said_to_be_unsent_without_a_session(mira: Profile, oleh: Profile) -> None:
    """P7, C4: a message that the erased person never got is said to its sender."""
    session = conversation(mira, oleh)
    waits(mira, oleh, session, by=mira)
    OutboxMessage.objects.exclude(kind="chat.relay").delete()
    erased(oleh)
    assert told(mira) == ["chat.ended", "chat.unsent"]
    assert sent_by_the_sender(NOON)


def test_what_the_erased_person_had_sent_is_dropped(mira: Profile, oleh: Profile) -> None:
    """P7: a message being sent while its writer disappears harms no sender process."""
    session = conversation(mira, oleh)
    OutboxMessage.objects.all().delete()
    waits(mira, oleh, session, by=oleh)
    queue.lease(limit=30, now=NOON)
    erased(oleh)
    later = NOON + timedelta(minutes=1)
    sent_by_the_sender(later)
    assert OutboxMessage.objects.get(kind="chat.relay").state == OutboxMessage.State.DROPPED
    assert not OutboxMessage.objects.filter(kind="chat.unsent").exists()


def test_connected_is_no_news_without_a_session(mira: Profile, oleh: Profile) -> None:
    """P7: who is told "you are connected" too late is not told at all."""
    conversation(mira, oleh)
    OutboxMessage.objects.exclude(kind="chat.connected").delete()
    erased(oleh)
    sent_by_the_sender(NOON)
    assert OutboxMessage.objects.get(kind="chat.connected").state == OutboxMessage.State.DROPPED


def test_a_message_that_arrives_after_the_session_is_gone(mira: Profile, oleh: Profile) -> None:
    """P7, C4: its sender is told, if they are there."""
    session = conversation(mira, oleh)
    erased(oleh)
    waits(mira, oleh, session, by=mira)
    assert told(mira)[-1] == "chat.unsent"
    waits(mira, oleh, session, by=oleh)


def test_a_session_that_ended_refuses_what_comes_late(mira: Profile, oleh: Profile) -> None:
    """C4: as before, the sender is told."""
    session = conversation(mira, oleh)
    ended(session, oleh)
    waits(mira, oleh, session, by=mira)
    assert told(mira)[-1] == "chat.unsent"
