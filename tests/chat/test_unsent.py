"""What its writer reads of a message that never reached the partner: of which one, and why."""

from datetime import timedelta

import pytest
from telegram.error import BadRequest

from chat import copies, services
from chat.models import ChatSession
from delivery import queue
from delivery.models import OutboxMessage
from delivery.outgoing import Text
from delivery.telegram import Permanent, classify
from profiles.models import Profile
from tests.outbox import rendered, told
from tests.safety.scenes import NOON, ended

from .media import comes, holds, refuses, shows, taken_by_the_sender

pytestmark = pytest.mark.django_db

VOICE = "Bad Request: VOICE_MESSAGES_FORBIDDEN"
DELETED = "Bad Request: message to copy not found"
LATER = NOON + timedelta(seconds=5)


def waits(session: ChatSession, by: Profile, message_id: int, kind: str = "text") -> None:
    """A message of theirs can't go out at once."""
    services.queue_relay(
        session_id=session.pk, sender_id=by.pk, peer_id=session.peer_of(by.pk), message_id=message_id, kind=kind,
        reply_to=None, after=timedelta(0), possibly_doubled=False, now=NOON,
    )  # fmt: skip


def telegram_says(description: str) -> None:
    """The sender takes what is due, and Telegram does not copy it."""
    (leased,) = taken_by_the_sender(LATER)
    verdict = classify(BadRequest(description.removeprefix("Bad Request: ")), attempts=1)
    assert isinstance(verdict, Permanent)
    queue.close(outbox_id=leased.id, state=OutboxMessage.State.DEAD, error=verdict.reason, now=LATER)


def reads(profile: Profile) -> Text:
    """What the person reads about it."""
    assert told(profile).count("chat.unsent") == 1
    text = rendered(profile, "chat.unsent")
    assert text is not None
    return text


@pytest.mark.parametrize(
    ("kind", "description", "why"),
    [
        ("voice", VOICE, "голосовые и видеосообщения"),
        ("video_note", VOICE, "голосовые и видеосообщения"),
        ("text", DELETED, "удалили"),
        ("text", "Bad Request: the message can't be copied", "Telegram не смог"),
    ],
)
def test_the_true_reason_in_answer_to_the_message(
    session: ChatSession, mira: Profile, oleh: Profile, kind: str, description: str, why: str
) -> None:
    """C4: a message that waited for its turn is refused as one that goes out at once would be, and only for that."""
    shows(session, oleh)
    waits(session, mira, 41, kind)
    telegram_says(description)
    said = reads(mira)
    assert said.reply_to == 41
    assert [each for each in ("голосовые", "удалили", "Telegram не смог", "закончился") if each in said.html] == [
        "голосовые" if kind != "text" else why
    ]
    assert why in said.html


def test_nothing_of_telegrams_words_is_kept(session: ChatSession, mira: Profile) -> None:
    """C3: the outbox knows which of a few reasons it was."""
    waits(session, mira, 41)
    telegram_says("Bad Request: can't parse «my secret»")
    assert OutboxMessage.objects.get(kind="chat.relay").error == "BadRequest"


def test_of_an_album_the_first_is_answered(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C4: nobody knows what was wrong with which of them."""
    shows(session, oleh)
    comes(session, mira, 52, 51, 53)
    telegram_says("Bad Request: Nothing of the album could be copied")
    said = reads(mira)
    assert (said.reply_to, "3 твоих сообщения" in said.html) == (51, True)


def test_what_is_left_out_of_an_album_is_some_of_it(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C4: the rest has arrived, and the words do not say of the first one that it has not."""
    shows(session, oleh)
    comes(session, mira, 51, 52, 53)
    (leased,) = taken_by_the_sender(LATER)
    queue.record_sent(outbox_id=leased.id, message_ids=[81, 82], now=LATER)
    said = reads(mira)
    assert (said.reply_to, "1 сообщение из этого альбома" in said.html) == (51, True)


def test_the_end_answers_the_one_that_did_not_arrive(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C4: the conversation is over before it could."""
    waits(session, mira, 41)
    ended(session, oleh)
    said = reads(mira)
    assert (said.reply_to, "закончился раньше" in said.html) == (41, True)


def test_the_end_answers_the_first_of_all_that_waited(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C4: for their turn or for the partner's consent."""
    holds(session, mira, 40, 42)
    waits(session, mira, 41)
    ended(session, oleh)
    said = reads(mira)
    assert (said.reply_to, "3 твоих сообщения" in said.html) == (40, True)


def test_what_comes_after_the_end_is_answered(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C4: it was on its way to the outbox when the partner ended the conversation."""
    ended(session, oleh)
    waits(session, mira, 41)
    assert reads(mira).reply_to == 41


def test_a_no_answers_the_first_that_waited_for_a_yes(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C1: whoever sent a picture is told which one stayed unseen."""
    holds(session, mira, 11, 12)
    refuses(session, oleh)
    assert reads(mira).reply_to == 11


def test_an_album_of_which_nothing_is_left_is_no_news(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C4: its writer has taken all of it back, while a sender had it in hand."""
    shows(session, oleh)
    comes(session, mira, 51)
    row = OutboxMessage.objects.get(kind="chat.album")
    row.params["messages"] = []
    row.save(update_fields=["params"])
    assert copies.album(row) is None
    queue.close(outbox_id=row.pk, state=OutboxMessage.State.DROPPED, error="", now=LATER)
    assert "chat.unsent" not in told(mira)
