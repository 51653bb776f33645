"""Albums of which something shows who their writer is, as far as the database goes."""

from datetime import datetime, timedelta
from functools import partial
from unittest import mock

import pytest
from django.db import IntegrityError, transaction

from chat import albums, holding, kept_albums, taking_back, waiting
from chat.holding import Decision, KeptBack
from chat.models import ChatSession, HeldMedia
from chat.services import NoSession
from chat.taking_back import Place
from chat.waiting import ALBUM_QUESTION, Waiting
from delivery import queue
from delivery.models import OutboxMessage
from delivery.outgoing import Text
from profiles.models import Profile
from tests.base import person
from tests.matching.racing import race
from tests.outbox import rendered, told
from tests.safety.scenes import NOON, conversation, ended

from .media import (
    comes,
    delivered,
    holds,
    on_the_way_to,
    picture,
    quiet,
    refuses,
    shows,
    taken_by_the_sender,
    waiting_ids,
)

pytestmark = pytest.mark.django_db

ALBUM = "1357"
LATER = NOON + timedelta(minutes=5)
ROUNDS = 5


@pytest.fixture
def session(session: ChatSession) -> ChatSession:
    """Their conversation, in which all is shown."""
    ChatSession.objects.update(media_a="shown", media_b="shown")
    session.refresh_from_db()
    return session


def keeps_back(session: ChatSession, by: Profile, message_id: int, *clues: str, **more: str) -> bool:
    """A message of the album shows who wrote it."""
    message = picture(session, by, message_id, **{"album": ALBUM, **more})
    return kept_albums.keep_back(message, clues=clues or ("phone",), now=NOON)


def reads_the_question() -> None:
    """The writer has been asked."""
    OutboxMessage.objects.filter(kind=ALBUM_QUESTION).update(state="sent", closed_at=NOON)


def joins(session: ChatSession, by: Profile, message_id: int) -> bool:
    """One more of the album comes, with nothing in it."""
    return kept_albums.join(picture(session, by, message_id, album=ALBUM), now=NOON)


def sends(session: ChatSession, by: Profile, question_id: int | None = None) -> Decision:
    """The writer taps "send it anyway", under the newest question if no other is given."""
    newest = max(OutboxMessage.objects.filter(kind=ALBUM_QUESTION).values_list("pk", flat=True), default=0)
    asked = question_id or newest
    return kept_albums.send_anyway(ALBUM, session_id=session.pk, sender_id=by.pk, question_id=asked, now=LATER)


def keeps(session: ChatSession, by: Profile) -> Decision:
    """The writer taps "don't send it"."""
    return kept_albums.keep(ALBUM, session_id=session.pk, sender_id=by.pk)


def counted(session: ChatSession, by: Profile) -> int:
    """How many messages of this person were counted."""
    session.refresh_from_db()
    return session.msg_count_a if by.pk == session.a_id else session.msg_count_b


def count(session: ChatSession, by: Profile, messages: int) -> None:
    """So many messages were counted when they were written."""
    ChatSession.objects.filter(pk=session.pk).update(**{f"msg_count_{session.side_of(by.pk)}": messages})


def test_what_came_before_and_after_waits_with_it(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C9: nothing of the album leaves, and none of it counts; what is no part of it is not touched."""
    comes(session, mira, 11, 12)
    comes(session, mira, 21, album="2468")
    count(session, mira, 3)
    assert keeps_back(session, mira, 13)
    assert joins(session, mira, 14)
    assert not kept_albums.join(picture(session, mira, 22, album="2468"), now=NOON)
    assert on_the_way_to(oleh) == [[21]]
    assert waiting_ids() == [11, 12, 13, 14]
    assert counted(session, mira) == 1


def test_one_question_names_all_that_it_shows(session: ChatSession, mira: Profile) -> None:
    """C9: in answer to the album, once no more of it comes; each clue once."""
    keeps_back(session, mira, 11, "phone")
    keeps_back(session, mira, 12, "email", "phone")
    keeps_back(session, mira, 13, "phone")
    assert [leased.kind for leased in queue.lease(limit=9, now=NOON)] == []
    # A person's notifications leave one after the other; the first ones have nothing to say that the last does not.
    (asked,) = [each for _ in range(3) for each in queue.lease(limit=9, now=NOON + albums.COMPLETE_AFTER)]
    assert OutboxMessage.objects.filter(state="pending").count() == 1
    assert isinstance(asked.outgoing, Text)
    assert asked.outgoing.reply_to == 11
    assert asked.outgoing.html.count("•") == 2
    assert [len(row) for row in asked.outgoing.buttons] == [1, 1, 1]


def test_it_goes_out_once_as_an_album(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C9, C1, C4: with what it answers; a second tap sends nothing more, before and after it has arrived."""
    comes(session, mira, 11, reply_to=70)
    count(session, mira, 1)
    keeps_back(session, mira, 12)
    assert sends(session, mira) is Decision.SENT
    assert sends(session, mira) is Decision.SENT
    assert keeps(session, mira) is Decision.SENT
    assert on_the_way_to(oleh) == [[11, 12]]
    assert OutboxMessage.objects.get(kind="chat.album").params["reply_to"] == 70
    taken_by_the_sender(LATER + timedelta(seconds=5))
    assert sends(session, mira) is Decision.SENT
    assert counted(session, mira) == 2


def test_what_is_kept_is_not_sent(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C9: and nothing of it is left; nor is anything asked any more."""
    keeps_back(session, mira, 11)
    joins(session, mira, 12)
    assert keeps(session, mira) is Decision.UNSENT
    assert keeps(session, mira) is Decision.UNSENT
    assert sends(session, mira) is Decision.UNSENT
    assert told(oleh) == []
    assert waiting_ids() == []
    assert rendered(mira, ALBUM_QUESTION) is None
    assert counted(session, mira) == 0


def test_what_has_left_already_is_asked_about_without_it(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C9: it can't be taken back, and nobody is told that it could."""
    comes(session, mira, 11)
    taken_by_the_sender(LATER)
    assert not keeps_back(session, mira, 12)
    assert not joins(session, mira, 13)
    assert waiting_ids() == []


def test_its_reader_is_asked_after_its_writer(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C1, C9: also what waited for the reader waits for the writer first."""
    ChatSession.objects.update(media_a="", media_b="")
    holds(session, mira, 11, album=ALBUM)
    count(session, mira, 1)
    keeps_back(session, mira, 12)
    shows(session, oleh)
    assert on_the_way_to(oleh) == []
    assert waiting_ids() == [11, 12]
    assert sends(session, mira) is Decision.SENT
    assert on_the_way_to(oleh) == [[11, 12]]


def test_it_waits_for_its_reader_then(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C1, C9: the reader, asked once, decides about all of it."""
    ChatSession.objects.update(media_a="", media_b="")
    keeps_back(session, mira, 11)
    joins(session, mira, 12)
    assert told(oleh) == []
    assert sends(session, mira) is Decision.WAITS
    assert sends(session, mira) is Decision.WAITS
    assert told(oleh) == ["chat.show_question"]
    shows(session, oleh)
    assert on_the_way_to(oleh) == [[11, 12]]
    assert counted(session, mira) == 2


def test_a_reader_who_wants_no_pictures_gets_none(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C1, C9: whatever the writer agrees to."""
    refuses(session, oleh)
    keeps_back(session, mira, 11)
    assert sends(session, mira) is Decision.UNWANTED
    assert on_the_way_to(oleh) == []
    assert counted(session, mira) == 0


def test_what_waits_for_its_writer_takes_no_place(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C1, C9: ten may wait for the reader; an album more stays with its writer until there is room."""
    ChatSession.objects.update(media_a="", media_b="")
    keeps_back(session, mira, 1)
    for message_id in range(11, 21):
        holds(session, mira, message_id)
    assert sends(session, mira) is Decision.FULL
    assert HeldMedia.objects.filter(awaits="writer").count() == 1
    shows(session, oleh)
    assert sends(session, mira) is Decision.SENT


def test_an_edit_takes_one_out(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C9, C2: it is asked about by itself; the rest goes when its writer says so."""
    keeps_back(session, mira, 11)
    joins(session, mira, 12)
    assert taking_back.take_back(picture(session, mira, 12), now=LATER) is Place.WAITING
    assert sends(session, mira) is Decision.SENT
    assert on_the_way_to(oleh) == [[11]]


@pytest.mark.parametrize("asked", [True, False])
def test_nothing_is_left_after_the_end(session: ChatSession, mira: Profile, oleh: Profile, asked: bool) -> None:
    """C9, C4: who was asked knows that it was not sent; who was not yet is told."""
    keeps_back(session, mira, 11)
    if asked:
        reads_the_question()
    ended(session, oleh)
    assert waiting_ids() == []
    assert ("chat.unsent" in told(mira)) == (not asked)
    assert asked or rendered(mira, ALBUM_QUESTION) is None
    assert (sends(session, mira), keeps(session, mira)) == (Decision.OVER, Decision.OVER)
    again = conversation(mira, oleh, LATER)
    assert on_the_way_to(oleh) == []
    assert counted(again, mira) == 0


@pytest.mark.parametrize("reader_agreed", [True, False])
def test_what_was_let_go_is_not_taken_back(
    session: ChatSession, mira: Profile, oleh: Profile, reader_agreed: bool
) -> None:
    """C4, C9: a tap may overtake the rest of the album, and an update may come again: nothing is lost, nor doubled."""
    if not reader_agreed:
        ChatSession.objects.update(media_a="", media_b="")
    keeps_back(session, mira, 11)
    reads_the_question()
    sends(session, mira)
    # Brought again: it is where it belongs. Another one that shows something: by itself.
    assert keeps_back(session, mira, 11)
    assert not keeps_back(session, mira, 12)
    if not reader_agreed:
        shows(session, oleh)
    assert on_the_way_to(oleh) == [[11]]
    for leased in taken_by_the_sender(LATER + timedelta(seconds=5)):
        delivered(leased, [81], LATER)
    assert keeps_back(session, mira, 11)
    assert counted(session, mira) == 1


def test_a_no_holds_for_what_comes_after(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C9: nothing of the album, also where the tap was quicker than the rest of it; after a yes the rest follows."""
    keeps_back(session, mira, 11)
    keeps(session, mira)
    assert joins(session, mira, 12)
    keeps_back(session, oleh, 21)
    sends(session, oleh)
    assert not joins(session, oleh, 22)
    assert waiting_ids() == []


@pytest.mark.django_db(transaction=True)
def test_a_yes_in_the_moment_in_which_one_joins(session: ChatSession, mira: Profile) -> None:
    """C4, C9: whoever was about to join looks again, and is not left behind."""
    keeps_back(session, mira, 11)
    real = waiting.live_session_of

    def after_the_tap(message: Waiting, *, now: datetime) -> ChatSession | None:
        assert race([partial(sends, session, mira)]) == [Decision.SENT]
        return real(message, now=now)

    with mock.patch("chat.kept_albums.waiting.live_session_of", after_the_tap):
        assert not joins(session, mira, 12)
    assert waiting_ids() == []


def test_an_edit_that_shows_something_is_asked_about_with_its_album(
    session: ChatSession, mira: Profile, oleh: Profile
) -> None:
    """C9, C2: an old yes holds no more; the album stays together, and counts when it goes."""
    keeps_back(session, mira, 11, "phone")
    joins(session, mira, 12)
    reads_the_question()
    (first,) = OutboxMessage.objects.filter(kind=ALBUM_QUESTION)
    edited = picture(session, mira, 12, album=ALBUM)
    assert taking_back.take_back(edited, now=LATER, unless_kept=True) is Place.KEPT
    for _ in range(2):
        kept_albums.ask_anew(edited, clues=["email"], edited_at=LATER, now=LATER)
    assert sends(session, mira, first.pk) is Decision.ASKED_ANEW
    anew = rendered(mira, ALBUM_QUESTION)
    assert anew is not None
    assert anew.html.count("•") == 2
    assert sends(session, mira) is Decision.SENT
    assert sends(session, mira, first.pk) is Decision.SENT
    assert on_the_way_to(oleh) == [[11, 12]]
    assert counted(session, mira) == 2


def test_one_that_is_asked_about_by_itself_counts_when_it_goes(
    session: ChatSession, mira: Profile, oleh: Profile
) -> None:
    """C9: taken out by an edit that may not be sent as it is, and let go in another form."""
    keeps_back(session, mira, 11)
    assert taking_back.take_back(picture(session, mira, 11), now=LATER) is Place.WAITING
    kept = KeptBack(session.pk, mira.pk, 11, kind="photo", shown=True)
    assert holding.send_anyway(kept, now=LATER) is Decision.SENT
    assert on_the_way_to(oleh) == [11]
    assert counted(session, mira) == 1


def test_only_in_ones_own_conversation(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C9: a button says no more than where to look, and anybody can send one."""
    keeps_back(session, mira, 11)
    with pytest.raises(NoSession):
        sends(session, person("Ян"))
    assert sends(session, oleh) is Decision.UNSENT
    assert keeps(session, oleh) is Decision.UNSENT
    assert waiting_ids() == [11]


def test_brought_again(session: ChatSession, mira: Profile) -> None:
    """C4, C9: the same update, as after a crash before the answer, changes nothing."""
    for _ in range(2):
        assert keeps_back(session, mira, 11)
        assert joins(session, mira, 12)
    assert waiting_ids() == [11, 12]
    assert OutboxMessage.objects.filter(kind=ALBUM_QUESTION).count() == 1


def test_no_single_message_is_kept(session: ChatSession, mira: Profile) -> None:
    """C9: the database refuses to hold one for its writer: of that nothing is stored, not even its id."""
    with pytest.raises(IntegrityError, match="held_for_whom"), transaction.atomic():
        HeldMedia.objects.create(session=session, sender=mira, message_id=1, awaits="writer", created_at=NOON)


@pytest.mark.django_db(transaction=True)
def test_many_taps_at_once() -> None:
    """C4, C9: yes and no on many screens: all of it or nothing, counted so, and all are told the same."""
    for number in range(ROUNDS):
        mira, oleh = person(f"Мира {number}"), person(f"Олег {number}")
        session = conversation(mira, oleh)
        ChatSession.objects.filter(pk=session.pk).update(media_a="shown", media_b="shown")
        quiet()
        keeps_back(session, mira, 11)
        joins(session, mira, 12)
        decisions = race([partial(sends, session, mira), partial(keeps, session, mira)] * 2)
        assert len(set(decisions)) == 1
        sent = decisions[0] is Decision.SENT
        assert on_the_way_to(oleh) == ([[11, 12]] if sent else [])
        assert counted(session, mira) == (2 if sent else 0)
        ended(session, mira)
