"""Albums: gathered message by message in one row of the outbox, sent as one."""

from datetime import timedelta

import pytest

from chat import albums, services, taking_back
from chat.models import ChatSession
from chat.taking_back import Place
from delivery import queue
from delivery.models import OutboxMessage
from delivery.outgoing import Album, Copy
from profiles.models import Profile
from tests.safety.scenes import NOON, ended, erased

from .media import comes, delivered, on_the_way_to, picture, quiet, reads, refuses, shows, taken_by_the_sender

pytestmark = pytest.mark.django_db

MOMENT = timedelta(milliseconds=300)
COMPLETE = NOON + albums.COMPLETE_AFTER


@pytest.fixture
def session(session: ChatSession, oleh: Profile) -> ChatSession:
    """Their conversation, in which pictures are shown, with nothing left in the outbox."""
    shows(session, oleh)
    quiet()
    return session


def writes(session: ChatSession, by: Profile, message_id: int) -> None:
    """A text that queues behind what waits."""
    services.queue_relay(
        session_id=session.pk,
        sender_id=by.pk,
        peer_id=session.peer_of(by.pk),
        message_id=message_id,
        kind="text",
        reply_to=None,
        after=timedelta(0),
        possibly_doubled=False,
        now=NOON,
    )


def test_an_album_leaves_as_one_a_moment_after_its_last_message(
    session: ChatSession, mira: Profile, oleh: Profile
) -> None:
    """C1: its messages come one by one, each after the one before was acknowledged."""
    comes(session, mira, 11)
    comes(session, mira, 12, now=NOON + 2 * MOMENT)
    assert taken_by_the_sender(COMPLETE + MOMENT) == []
    (leased,) = taken_by_the_sender(COMPLETE + 2 * MOMENT)
    assert leased.outgoing == Album(mira.recipient.telegram_id, (11, 12))


def test_a_redelivered_message_of_an_album_is_there_once(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C4: while the album waits, and after it has left."""
    comes(session, mira, 11, 12, 12, 11)
    assert on_the_way_to(oleh) == [[11, 12]]
    (leased,) = taken_by_the_sender(COMPLETE)
    comes(session, mira, 12)
    delivered(leased, [81, 82], COMPLETE)
    comes(session, mira, 12)
    assert on_the_way_to(oleh) == []


def test_what_comes_after_its_album_has_left_goes_by_itself(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C4: late, but not lost, and behind the album."""
    comes(session, mira, 11, 12)
    (leased,) = taken_by_the_sender(COMPLETE)
    assert comes(session, mira, 13, 13, now=COMPLETE) == [None, None]
    delivered(leased, [81, 82], COMPLETE)
    (late,) = taken_by_the_sender(COMPLETE)
    assert late.outgoing == Copy(mira.recipient.telegram_id, 13)


def test_an_album_that_telegram_put_off_keeps_its_messages(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C4: after a 429 it goes as it was; what came meanwhile follows."""
    comes(session, mira, 11, 12)
    (leased,) = taken_by_the_sender(COMPLETE)
    queue.retry(outbox_id=leased.id, after=timedelta(seconds=30), error="RetryAfter", unknown=False, now=COMPLETE)
    comes(session, mira, 13)
    assert on_the_way_to(oleh) == [[11, 12], 13]


def test_what_is_written_next_lets_the_album_go_and_follows_it(
    session: ChatSession, mira: Profile, oleh: Profile
) -> None:
    """C4: the order within the chat is kept, and nobody waits for messages that can't come any more."""
    comes(session, mira, 11, 12)
    writes(session, mira, 13)
    (album,) = taken_by_the_sender(NOON)
    assert album.outgoing == Album(mira.recipient.telegram_id, (11, 12))
    assert taken_by_the_sender(NOON) == []
    delivered(album, [81, 82], NOON)
    (text,) = taken_by_the_sender(NOON)
    assert text.outgoing == Copy(mira.recipient.telegram_id, 13)


def test_a_command_lets_the_album_go(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C4: before /end or /block withdraws what waits; nobody else's album is touched."""
    comes(session, mira, 11, 12)
    albums.complete(telegram_id=oleh.recipient.telegram_id, now=NOON)
    albums.complete(telegram_id=1, now=NOON)
    assert taken_by_the_sender(NOON) == []
    albums.complete(telegram_id=mira.recipient.telegram_id, now=NOON)
    assert len(taken_by_the_sender(NOON)) == 1


def test_an_album_counts_for_what_it_holds(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C4: at the end its writer is told how many messages did not get through."""
    comes(session, mira, 11, 12, 13)
    writes(session, mira, 14)
    ended(session, oleh)
    (said,) = reads(mira)
    assert "4 твоих сообщения" in said
    assert comes(session, mira, 15) == [None]
    assert len(reads(mira)) == 2


def test_the_writer_learns_how_much_telegram_left_out(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C4: what was deleted meanwhile is skipped without a word, so we say it."""
    comes(session, mira, 11, 12, 13)
    (leased,) = taken_by_the_sender(COMPLETE)
    delivered(leased, [81], COMPLETE)
    (said,) = reads(mira)
    assert "2 сообщения из этого альбома" in said
    assert "удалены" in said


def test_an_album_of_one_is_a_message(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C1: with what it answers."""
    comes(session, mira, 11, reply_to=70)
    (leased,) = taken_by_the_sender(NOON + timedelta(seconds=5))
    assert isinstance(leased.outgoing, Copy)
    assert leased.outgoing.reply is not None
    assert leased.outgoing.reply.message_id == 70


def test_an_album_that_answers_is_first_left_to_who_knows_what_is_in_it(
    session: ChatSession, mira: Profile, oleh: Profile
) -> None:
    """C2: the sender takes it only where that process does not, and then keeps what it answers."""
    (row, *_) = comes(session, mira, 11, 12, reply_to=70)
    assert row is not None
    assert taken_by_the_sender(COMPLETE) == []
    (leased,) = taken_by_the_sender(NOON + timedelta(seconds=5))
    assert leased.outgoing == Album(mira.recipient.telegram_id, (11, 12), reply_to=70)
    assert queue.lease_early(outbox_id=row, now=NOON + timedelta(seconds=5)) is None


def test_what_is_in_somebodys_memory_does_not_wait_to_be_copied(
    session: ChatSession, mira: Profile, oleh: Profile
) -> None:
    """C2: an edit has to come again when the album has left; copies take the form of their moment."""
    comes(session, mira, 11, 12)
    comes(session, mira, 21, 22, album="2468", reply_to=70)
    assert taking_back.follow_edit(picture(session, mira, 11), now=NOON) is Place.WAITING
    assert taking_back.follow_edit(picture(session, mira, 21), now=NOON) is Place.LEAVING


def test_an_album_is_taken_early_only_in_its_turn(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C4: once, and not before what was written earlier."""
    writes(session, mira, 10)
    (row, *_) = comes(session, mira, 11, 12, reply_to=70)
    assert row is not None
    assert queue.lease_early(outbox_id=row, now=COMPLETE) is None
    (earlier,) = taken_by_the_sender(NOON)
    delivered(earlier, [80], NOON)
    taken = queue.lease_early(outbox_id=row, now=COMPLETE)
    assert taken is not None
    assert taken.outgoing == Album(mira.recipient.telegram_id, (11, 12), reply_to=70)
    assert queue.lease_early(outbox_id=row, now=COMPLETE) is None
    assert taken_by_the_sender(NOON + timedelta(seconds=10)) == []
    # Whoever took it has died: it goes as copies, and is counted as perhaps doubled.
    assert len(taken_by_the_sender(NOON + timedelta(minutes=1))) == 1
    assert OutboxMessage.objects.get(pk=row).possibly_doubled


def test_an_album_nobody_wants_to_see_any_more_is_dropped(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C1: and its writer is told kindly; music is no picture."""
    comes(session, mira, 11, 12)
    comes(session, mira, 21, 22, album="2468", kind="audio")
    refuses(session, oleh)
    assert taken_by_the_sender(COMPLETE) == []
    assert "не хочет видеть" in reads(mira)[0]
    (music,) = taken_by_the_sender(COMPLETE)
    assert music.outgoing == Album(mira.recipient.telegram_id, (21, 22))


def test_two_albums_are_two(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C1: also of the two people, with the same ids."""
    shows(session, mira)
    comes(session, mira, 11, 12)
    comes(session, mira, 13, 14, album="2468")
    comes(session, oleh, 11, 12)
    assert on_the_way_to(oleh) == [[11, 12], [13, 14]]
    assert on_the_way_to(mira) == [[11, 12]]


def test_who_erases_themselves_leaves_no_album_behind(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """P7: not even one that a sender had in its hands and did not live to send."""
    comes(session, mira, 11, 12)
    taken_by_the_sender(COMPLETE)
    erased(mira)
    assert taken_by_the_sender(COMPLETE + timedelta(minutes=1)) == []
    assert OutboxMessage.objects.get(kind="chat.album").state == OutboxMessage.State.DROPPED
    assert comes(session, mira, 13) == [None]
    assert not reads(mira)
