"""Taking back what has not gone out, in the same moment in which it goes out, is shown, or everything ends."""

from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from chat import albums, services, showing, taking_back
from chat.models import ChatSession, HeldMedia
from chat.taking_back import Place
from chat.waiting import Waiting
from delivery import queue
from delivery.models import OutboxMessage
from tests.base import person
from tests.matching.racing import race
from tests.safety.scenes import conversation

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 8


@pytest.fixture
def session() -> ChatSession:
    """Two people talk, and have nothing left to read."""
    started = conversation(person("Мира"), person("Андрей"), timezone.now())
    OutboxMessage.objects.all().delete()
    return started


def picture(session: ChatSession, message_id: int, album: str = "") -> Waiting:
    """A picture of a's on its way to b."""
    return Waiting(session.pk, session.a_id, session.b_id, message_id, "photo", album=album)


def queued(session: ChatSession, message_id: int) -> Waiting:
    """A message that waits for its turn."""
    message = picture(session, message_id)
    line_up(message)
    return message


def line_up(message: Waiting) -> None:
    """The web process leaves a message to the outbox."""
    services.queue_relay(
        session_id=message.session_id,
        sender_id=message.sender_id,
        peer_id=message.peer_id,
        message_id=message.message_id,
        kind=message.kind,
        reply_to=None,
        after=timedelta(0),
        possibly_doubled=False,
        now=timezone.now(),
    )


def test_the_sender_takes_it_in_the_same_moment(session: ChatSession) -> None:
    """C2, C4: either it is sent or it is taken back, never both."""
    ChatSession.objects.update(media_b="shown")
    for number in range(ROUNDS):
        message = queued(session, number)
        leased, place = race(
            [
                lambda: queue.lease(limit=1, now=timezone.now()),
                partial(taking_back.take_back, message, now=timezone.now()),
            ]
        )
        state = OutboxMessage.objects.get(dedupe_key=message.key).state
        assert (len(leased), place, state) in [(1, Place.LEAVING, "pending"), (0, Place.WAITING, "dropped")]
        OutboxMessage.objects.all().delete()


def test_it_is_shown_in_the_same_moment(session: ChatSession) -> None:
    """C1, C2: whatever comes first, it is taken back, and what was sent with it goes out."""
    for number in range(0, ROUNDS * 2, 2):
        message, other = picture(session, number), picture(session, number + 1)
        for each in (message, other):
            showing.hold(each, now=timezone.now())
        shown, place = race(
            [
                lambda: showing.show(session_id=session.pk, profile_id=session.b_id, now=timezone.now()),
                partial(taking_back.take_back, message, now=timezone.now()),
            ]
        )
        assert (shown, place) == (showing.Shown.SHOWN, Place.WAITING)
        waiting = OutboxMessage.objects.filter(kind="chat.relay", state="pending")
        assert [row.params["message"] for row in waiting] == [other.message_id]
        assert not HeldMedia.objects.exists()
        OutboxMessage.objects.all().delete()
        ChatSession.objects.update(media_b="asked")


def test_another_joins_the_album_in_the_same_moment(session: ChatSession) -> None:
    """C2: of an album nothing else is lost, and nothing that was taken back comes with it."""
    for number in range(0, ROUNDS * 10, 10):
        first, second, third = (picture(session, number + n, album=f"{number}") for n in range(3))
        for each in (first, second):
            albums.collect(each, now=timezone.now())
        _, place = race(
            [
                partial(albums.collect, third, now=timezone.now()),
                partial(taking_back.take_back, first, now=timezone.now()),
            ]
        )
        assert place is Place.WAITING
        (row,) = OutboxMessage.objects.filter(kind="chat.album", state="pending")
        assert row.params["messages"] == [second.message_id, third.message_id]
        OutboxMessage.objects.all().delete()


def test_the_conversation_ends_in_the_same_moment(session: ChatSession) -> None:
    """C4: its writer is told that it did not arrive, or has taken it back themselves; it never goes out."""
    message = queued(session, 1)
    _, place = race(
        [
            lambda: services.end(session_id=session.pk, profile_id=session.b_id, now=timezone.now()),
            lambda: taking_back.take_back(message, now=timezone.now()),
        ]
    )
    assert OutboxMessage.objects.get(dedupe_key=message.key).state == "dropped"
    told = OutboxMessage.objects.filter(kind="chat.unsent").exists()
    assert (place, told) in [(Place.WAITING, False), (Place.NOWHERE, True)]


def test_what_was_taken_back_does_not_come_again(session: ChatSession) -> None:
    """C2, C4: not by whoever was about to put it into the outbox."""
    message = picture(session, 1)
    showing.hold(message, now=timezone.now())
    assert taking_back.take_back(message, now=timezone.now()) is Place.WAITING
    line_up(message)
    assert not OutboxMessage.objects.filter(kind="chat.relay", state="pending").exists()
