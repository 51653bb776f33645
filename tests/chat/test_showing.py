"""The first picture, video or file of a conversation waits until its receiver agrees to see it."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from chat import services, showing, showing_messages
from chat.models import ChatSession, HeldMedia
from chat.showing import Held
from delivery import dead_letters
from delivery.kinds import KINDS
from delivery.models import OutboxMessage
from delivery.outgoing import Album, Copy
from profiles.models import Profile
from tests.base import person
from tests.outbox import rendered, told
from tests.safety.scenes import NOON, conversation, ended, erased

from .media import (
    comes,
    delivered,
    holds,
    on_the_way_to,
    quiet,
    reads,
    refuses,
    shows,
    taken_by_the_sender,
    waiting_ids,
)

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(minutes=5)
Media = ChatSession.Media


def test_the_first_picture_waits_and_its_receiver_is_asked_once(
    session: ChatSession, mira: Profile, oleh: Profile
) -> None:
    """C1: whatever follows waits behind it, without another question."""
    assert holds(session, mira, 11, 12, 13) == [Held.FIRST, Held.MORE, Held.MORE]
    assert waiting_ids() == [11, 12, 13]
    assert told(oleh) == ["chat.show_question"]
    assert on_the_way_to(oleh) == []


def test_the_question_says_what_it_is_about(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C1: a file is no picture; 🆘 is there."""
    holds(session, mira, 11, kind="document")
    question = rendered(oleh, "chat.show_question")
    assert question is not None
    assert "файл" in question.html
    assert [row[0][1] for row in question.buttons] == [
        f"chat:show:{session.pk}",
        f"chat:hide:{session.pk}",
        "safety:sos",
    ]


def test_a_redelivered_picture_waits_once(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C4: whoever was killed before saying so to the writer is followed by one who says the same."""
    assert holds(session, mira, 11, 11) == [Held.FIRST, Held.FIRST]
    assert holds(session, mira, 12, 12) == [Held.MORE, Held.MORE]
    assert waiting_ids() == [11, 12]
    assert told(oleh) == ["chat.show_question"]


def test_shown_pictures_go_out_in_their_order(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C1: with what they answer; a second tap sends nothing twice."""
    holds(session, mira, 11)
    holds(session, mira, 12, reply_to=70)
    assert shows(session, oleh)
    assert shows(session, oleh)
    assert on_the_way_to(oleh) == [11, 12]
    assert waiting_ids() == []
    (first,) = taken_by_the_sender(NOON)
    delivered(first, [81], NOON)
    (second,) = taken_by_the_sender(NOON)
    assert isinstance(second.outgoing, Copy)
    assert second.outgoing.reply is not None
    assert second.outgoing.reply.message_id == 70


def test_a_picture_that_comes_while_they_agree_goes_behind_what_waited(
    session: ChatSession, mira: Profile, oleh: Profile
) -> None:
    """C4: its writer's process has not heard of the answer yet."""
    holds(session, mira, 11)
    shows(session, oleh)
    assert holds(session, mira, 12, 12) == [Held.SENT, Held.SENT]
    assert on_the_way_to(oleh) == [11, 12]


def test_a_shown_picture_that_telegram_brings_again_is_not_sent_twice(
    session: ChatSession, mira: Profile, oleh: Profile
) -> None:
    """C4: it waited, was shown and sent; then the update comes again."""
    holds(session, mira, 11)
    shows(session, oleh)
    delivered(taken_by_the_sender(NOON)[0], [81], NOON)
    assert holds(session, mira, 11) == [Held.SENT]
    assert on_the_way_to(oleh) == []


def test_who_says_no_sees_nothing_and_the_writer_is_told_kindly(
    session: ChatSession, mira: Profile, oleh: Profile
) -> None:
    """C1: what waited is gone, once; what follows is refused at once."""
    holds(session, mira, 11, 12)
    assert refuses(session, oleh)
    assert refuses(session, oleh)
    assert waiting_ids() == on_the_way_to(oleh) == []
    (kindly,) = reads(mira)
    assert "2 твоих сообщения" in kindly
    assert "не хочет видеть" in kindly
    assert holds(session, mira, 13) == [Held.REFUSED]
    assert waiting_ids() == []


def test_a_late_question_is_not_asked(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C1: nothing that is answered, or over, is asked."""
    holds(session, mira, 11)
    refuses(session, oleh)
    assert rendered(oleh, "chat.show_question") is None
    ended(session, oleh)
    assert rendered(oleh, "chat.show_question") is None


def test_a_no_can_be_taken_back_but_brings_nothing_back(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C1: what was dropped stays dropped; what follows is shown."""
    holds(session, mira, 11)
    refuses(session, oleh)
    shows(session, oleh)
    assert on_the_way_to(oleh) == []
    assert holds(session, mira, 12) == [Held.SENT]
    assert on_the_way_to(oleh) == [12]


def answered_to(reader: Profile, session: ChatSession) -> Callable[[], showing.Shown]:
    """The reader taps "show"; what the bot makes of it."""
    return partial(showing.show, session_id=session.pk, profile_id=reader.pk, now=NOON)


def test_a_no_that_is_taken_back_is_told_to_both(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C1: the writer that pictures are welcome now, the reader that the earlier ones are gone, however often."""
    shows_them = answered_to(oleh, session)
    holds(session, mira, 11)
    refuses(session, oleh)
    assert "chat.pictures_welcome" not in told(mira)
    assert [shows_them(), shows_them()] == [showing.Shown.AFTER_ALL] * 2
    refuses(session, oleh)
    shows_them()
    assert told(mira).count("chat.pictures_welcome") == 1
    assert "chat.pictures_welcome" not in told(oleh)
    kindly = rendered(mira, "chat.pictures_welcome")
    assert kindly is not None
    assert "ещё раз" in kindly.html
    seen, seen_after_all = (
        showing_messages.answered(session_id=session.pk, answer=Media.SHOWN, after_all=after_all, language="ru")
        for after_all in (False, True)
    )
    assert seen_after_all.html.startswith(seen.html)
    assert "не сохранилось" in seen_after_all.html
    assert seen_after_all.buttons == seen.buttons


def test_a_first_yes_is_told_to_nobody(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C1: the pictures themselves come."""
    holds(session, mira, 11)
    assert answered_to(oleh, session)() is showing.Shown.SHOWN
    assert "chat.pictures_welcome" not in told(mira)


def test_a_welcome_that_comes_too_late_is_not_sent(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C1: they have changed their mind once more, or it is over; also where it had to wait for Telegram's budget."""
    holds(session, mira, 11)
    refuses(session, oleh)
    shows(session, oleh)
    welcome = OutboxMessage.objects.get(kind="chat.pictures_welcome")
    still = KINDS[welcome.kind].still
    assert still is not None
    assert still(welcome)
    refuses(session, oleh)
    assert rendered(mira, "chat.pictures_welcome") is None
    assert not still(welcome)
    OutboxMessage.objects.exclude(pk=welcome.pk).update(state=OutboxMessage.State.SENT, closed_at=NOON)
    taken_by_the_sender(NOON)
    welcome.refresh_from_db()
    assert welcome.state == OutboxMessage.State.DROPPED
    # And now it is true after all.
    shows(session, oleh)
    assert OutboxMessage.objects.get(kind="chat.pictures_welcome").state == OutboxMessage.State.PENDING
    assert rendered(mira, "chat.pictures_welcome") is not None
    ended(session, oleh)
    assert rendered(mira, "chat.pictures_welcome") is None
    assert not still(welcome)


def test_a_yes_can_be_taken_back(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C1: also for what is in the outbox by then; texts go on."""
    holds(session, mira, 11)
    shows(session, oleh)
    services.queue_relay(
        session_id=session.pk, sender_id=mira.pk, peer_id=oleh.pk, message_id=12, kind="text", reply_to=None,
        after=timedelta(0), possibly_doubled=False, now=NOON,
    )  # fmt: skip
    refuses(session, oleh)
    assert taken_by_the_sender(NOON) == []
    (text,) = taken_by_the_sender(NOON)
    assert isinstance(text.outgoing, Copy)
    assert text.outgoing.message_id == 12
    (kindly,) = reads(mira)
    assert "не хочет видеть" in kindly


def test_each_is_asked_for_themselves(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C1: both send pictures to each other at once; one says yes, the other no."""
    holds(session, mira, 11)
    holds(session, oleh, 21)
    assert (told(mira), told(oleh)) == (["chat.show_question"], ["chat.show_question"])
    shows(session, oleh)
    refuses(session, mira)
    assert (on_the_way_to(oleh), on_the_way_to(mira)) == ([11], [])
    session.refresh_from_db()
    assert (session.media_of(oleh.pk), session.media_of(mira.pk)) == ("shown", "refused")


def test_the_next_conversation_asks_anew(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C1: an answer holds for one conversation."""
    holds(session, mira, 11)
    shows(session, oleh)
    ended(session, oleh)
    again = conversation(mira, oleh)
    assert holds(again, mira, 31) == [Held.FIRST]


def test_an_album_waits_as_a_whole_and_goes_as_one(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C1: one question, one notice, one album, in its place among the others."""
    holds(session, mira, 10)
    first, *others = holds(session, mira, 11, 12, 13, album="1357")
    assert (first, set(others)) == (Held.MORE, {Held.SAME_ALBUM})
    holds(session, mira, 14)
    shows(session, oleh, LATER)
    assert on_the_way_to(oleh) == [10, [11, 12, 13], 14]
    delivered(taken_by_the_sender(LATER)[0], [80], LATER)
    (album,) = taken_by_the_sender(LATER)
    assert album.outgoing == Album(mira.recipient.telegram_id, (11, 12, 13))


def test_the_rest_of_an_album_joins_it_when_they_agree_in_between(
    session: ChatSession, mira: Profile, oleh: Profile
) -> None:
    """C1: the album is not torn apart."""
    holds(session, mira, 11, 12, album="1357")
    shows(session, oleh)
    assert holds(session, mira, 13, album="1357") == [Held.SENT]
    comes(session, mira, 14)
    assert on_the_way_to(oleh) == [[11, 12, 13, 14]]
    assert taken_by_the_sender(NOON) == []


def test_what_waits_is_dropped_with_the_conversation(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C4: its writer is told, together with what waited in the outbox; the buttons do nothing more."""
    holds(session, mira, 11, 12)
    services.queue_relay(
        session_id=session.pk, sender_id=mira.pk, peer_id=oleh.pk, message_id=13, kind="text", reply_to=None,
        after=timedelta(0), possibly_doubled=False, now=NOON,
    )  # fmt: skip
    ended(session, oleh)
    assert "3 твоих сообщения" in reads(mira)[0]
    assert not HeldMedia.objects.exists()
    assert not shows(session, oleh)
    assert not refuses(session, oleh)
    assert on_the_way_to(oleh) == []
    assert holds(session, mira, 14) == [Held.OVER]
    assert len(reads(mira)) == 2
    assert not HeldMedia.objects.exists()


def test_a_stranger_answers_for_nobody(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """P8: a button of a conversation that is not one's own."""
    holds(session, mira, 11)
    stranger = person("Остап")
    for answer in (shows, refuses):
        with pytest.raises(services.NoSession):
            answer(session, stranger)
    assert waiting_ids() == [11]


def test_who_erases_themselves_leaves_no_pictures_behind(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """P7: what they had sent is gone; the receiver's "show" finds the conversation gone too."""
    holds(session, mira, 11)
    erased(mira)
    assert not HeldMedia.objects.exists()
    with pytest.raises(services.NoSession):
        shows(session, oleh)
    assert holds(session, mira, 12) == [Held.OVER]


def test_a_row_without_consent_is_never_sent(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C1: whichever way a picture got into the outbox."""
    holds(session, mira, 11)
    quiet()
    services.queue_relay(
        session_id=session.pk, sender_id=mira.pk, peer_id=oleh.pk, message_id=11, kind="photo", reply_to=None,
        after=timedelta(0), possibly_doubled=False, now=NOON,
    )  # fmt: skip
    assert taken_by_the_sender(NOON) == []
    assert OutboxMessage.objects.get(kind="chat.relay").state == OutboxMessage.State.DROPPED


@pytest.mark.parametrize("answer", [refuses, None])
def test_words_that_are_dropped_by_hand_are_no_unwanted_pictures(
    session: ChatSession, mira: Profile, oleh: Profile, answer: Callable[[ChatSession, Profile], bool] | None
) -> None:
    """C4: staff withdraw what waits, in a conversation that goes on; nobody reads what the partner never said."""
    if answer is not None:
        answer(session, oleh)
    services.queue_relay(
        session_id=session.pk, sender_id=mira.pk, peer_id=oleh.pk, message_id=12, kind="text", reply_to=None,
        after=timedelta(0), possibly_doubled=False, now=NOON,
    )  # fmt: skip
    assert dead_letters.withdraw(OutboxMessage.objects.filter(kind="chat.relay"), now=NOON) == 1
    (said,) = reads(mira)
    assert "не хочет видеть" not in said
    assert "Telegram" in said


def test_a_picture_that_is_dropped_by_hand_was_not_unwanted(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C4: its reader would have seen it."""
    shows(session, oleh)
    holds(session, mira, 11)
    assert dead_letters.withdraw(OutboxMessage.objects.filter(kind="chat.relay"), now=NOON) == 1
    assert "не хочет видеть" not in reads(mira)[0]
