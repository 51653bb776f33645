"""Pictures and albums, and several processes at once: whoever wins, nothing is lost, doubled or shown unasked."""

from collections.abc import Callable
from functools import partial
from threading import Event
from typing import Any

import pytest
from django.db import transaction

from chat import albums, services
from chat.models import ChatSession, HeldMedia
from chat.showing import Held
from delivery import queue
from delivery.models import OutboxMessage
from matching.models import Match
from profiles.models import Profile
from tests.base import person
from tests.matching.racing import race
from tests.safety.scenes import NOON, conversation

from .media import comes, holds, on_the_way_to, quiet, reads, refuses, shows, taken_by_the_sender, waiting_ids

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 5


@pytest.fixture
def pair() -> tuple[Profile, Profile]:
    """Who sends, and who is asked."""
    return person("Мира"), person("Олег")


def new_conversation(pair: tuple[Profile, Profile]) -> ChatSession:
    """Another one of the two, with nothing left of those before."""
    for session in ChatSession.objects.filter(ended_at=None):
        services.end(session_id=session.pk, profile_id=pair[0].pk, now=NOON)
    Match.objects.all().delete()
    session = conversation(*pair)
    quiet()
    return session


def no_errors(results: list[Any]) -> None:
    """Nobody got into anybody's way."""
    assert not [result for result in results if isinstance(result, Exception)], results


def end(session: ChatSession) -> Callable[[], object]:
    """The other one ends it."""
    return partial(services.end, session_id=session.pk, profile_id=session.b_id, now=NOON)


def test_both_send_their_first_pictures_at_once(pair: tuple[Profile, Profile]) -> None:
    """C1: each is asked once, all wait."""
    for _ in range(ROUNDS):
        session = new_conversation(pair)
        no_errors(race([partial(holds, session, who, number) for who in pair for number in (1, 2, 3)]))
        assert HeldMedia.objects.count() == 6
        for who in pair:
            questions = OutboxMessage.objects.filter(kind="chat.show_question", recipient=who.pk)
            assert questions.count() == 1


def test_a_picture_arrives_while_its_reader_says_yes(pair: tuple[Profile, Profile]) -> None:
    """C1, C4: it goes out with what waited or right behind it, once."""
    mira, oleh = pair
    for _ in range(ROUNDS):
        session = new_conversation(pair)
        holds(session, mira, 11)
        yes = partial(shows, session, oleh)
        no_errors(race([yes, yes, partial(holds, session, mira, 12), partial(holds, session, mira, 12)]))
        assert on_the_way_to(oleh) == [11, 12]
        assert waiting_ids() == []


def test_a_picture_arrives_while_its_reader_says_no(pair: tuple[Profile, Profile]) -> None:
    """C1, C4: it is refused, or dropped with what waited; its writer knows either way."""
    mira, oleh = pair
    for _ in range(ROUNDS):
        session = new_conversation(pair)
        holds(session, mira, 11)
        results = race([partial(refuses, session, oleh), partial(holds, session, mira, 12)])
        no_errors(results)
        assert on_the_way_to(oleh) == waiting_ids() == []
        refused = results[1] == [Held.REFUSED]
        assert ("1 твоё" if refused else "2 твоих") in reads(mira)[0]


def test_yes_and_no_at_once(pair: tuple[Profile, Profile]) -> None:
    """C1: whichever comes last holds; the picture goes out at most once, and never where the last word is no."""
    mira, oleh = pair
    for _ in range(ROUNDS):
        session = new_conversation(pair)
        holds(session, mira, 11)
        no_errors(race([partial(shows, session, oleh), partial(refuses, session, oleh)]))
        session.refresh_from_db()
        sent = taken_by_the_sender(NOON)
        assert waiting_ids() == []
        if session.media_of(oleh.pk) == ChatSession.Media.REFUSED:
            assert not sent
        assert len(sent) + len(reads(mira)) == 1


def test_the_end_comes_with_a_picture_and_a_yes(pair: tuple[Profile, Profile]) -> None:
    """C4: nothing goes out or waits afterwards, and the writer is told of both pictures."""
    mira, oleh = pair
    for _ in range(2 * ROUNDS):
        session = new_conversation(pair)
        holds(session, mira, 11)
        no_errors(race([end(session), partial(shows, session, oleh), partial(holds, session, mira, 12)]))
        assert on_the_way_to(oleh) == waiting_ids() == []
        told = OutboxMessage.objects.filter(recipient=mira.pk, kind="chat.unsent")
        assert sum(row.params["count"] for row in told) == 2


def test_the_messages_of_an_album_at_once(pair: tuple[Profile, Profile]) -> None:
    """C1, C4: also where Telegram brings one of them again before its time."""
    mira, oleh = pair
    for _ in range(ROUNDS):
        session = new_conversation(pair)
        shows(session, oleh)
        no_errors(race([partial(comes, session, mira, number) for number in (14, 11, 12, 12, 13, 11)]))
        assert on_the_way_to(oleh) == [[11, 12, 13, 14]]


def test_an_album_is_taken_while_more_of_it_comes(pair: tuple[Profile, Profile]) -> None:
    """C4: each message goes with it or behind it, and one process sends it."""
    mira, oleh = pair
    later = NOON + 4 * albums.COMPLETE_AFTER
    for _ in range(ROUNDS):
        session = new_conversation(pair)
        shows(session, oleh)
        (row,) = comes(session, mira, 11, reply_to=70)
        assert row is not None
        early = partial(queue.lease_early, outbox_id=row, now=NOON)
        results = race([early, partial(taken_by_the_sender, later), partial(comes, session, mira, 12), early])
        no_errors(results)
        taken = [*results[1], *(result for result in (results[0], results[3]) if result is not None)]
        # While a message gets into it nobody takes it, and everybody looks again.
        taken = taken or taken_by_the_sender(later)
        assert len(taken) == 1
        waiting = on_the_way_to(oleh)
        assert waiting in ([[11, 12]], [[11], 12])


def test_a_message_comes_while_a_sender_holds_its_album(pair: tuple[Profile, Profile]) -> None:
    """C4: it neither waits for that process, which may wait for its writer, nor gets into what that has read."""
    mira, oleh = pair
    session = new_conversation(pair)
    shows(session, oleh)
    comes(session, mira, 11)
    held, come = Event(), Event()

    def take() -> bool:
        with transaction.atomic():
            row = OutboxMessage.objects.select_for_update().get(kind="chat.album")
            held.set()
            in_time = come.wait(5)
            row.attempts, row.lease_until = 1, NOON + queue.LEASE
            row.save(update_fields=["attempts", "lease_until"])
            return in_time

    def bring() -> None:
        held.wait(5)
        comes(session, mira, 12)
        come.set()

    assert race([take, bring]) == [True, None]
    assert on_the_way_to(oleh) == [[11], 12]


def test_the_end_comes_with_an_album(pair: tuple[Profile, Profile]) -> None:
    """C4: whatever was not taken is withdrawn, and its writer told of each message."""
    mira, oleh = pair
    for _ in range(2 * ROUNDS):
        session = new_conversation(pair)
        shows(session, oleh)
        comes(session, mira, 11)
        go_on = partial(albums.complete, telegram_id=mira.recipient.telegram_id, now=NOON)
        no_errors(race([end(session), partial(comes, session, mira, 12), go_on]))
        assert on_the_way_to(oleh) == []
        told = OutboxMessage.objects.filter(recipient=mira.pk, kind="chat.unsent")
        assert sum(row.params["count"] for row in told) == 2
