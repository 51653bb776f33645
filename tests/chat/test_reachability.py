"""A partner who can't be reached any more, at the worst moment."""

from threading import Event, Thread

import pytest
from django.db import connection, transaction

from chat import services
from chat.models import ChatSession
from delivery.models import OutboxMessage
from delivery.services import mark_unreachable
from matching import services as matching
from matching.locks import lock_people
from matching.models import Match
from tests.base import NOW, person

pytestmark = pytest.mark.django_db(transaction=True)


def test_gone_while_the_last_acceptance_commits() -> None:
    """C5: nobody is left in a conversation with someone who has just blocked the bot."""
    mira, andrey = person("Мира"), person("Андрей")
    matching.find(profile_id=mira.pk, now=NOW)
    matching.find(profile_id=andrey.pk, now=NOW)
    match_id = Match.objects.get().pk
    services.accept(match_id=match_id, profile_id=mira.pk, now=NOW)
    started = Event()

    def disappear() -> None:
        with transaction.atomic():
            started.set()
            mark_unreachable(recipient_id=mira.pk, now=NOW)
        connection.close()

    # The acceptance holds both people while the other transaction arrives.
    with transaction.atomic():
        lock_people([mira.pk, andrey.pk])
        gone = Thread(target=disappear)
        gone.start()
        started.wait()
        gone.join(timeout=0.3)
        accept = services.accept.__wrapped__  # type: ignore[attr-defined]
        assert accept(match_id=match_id, profile_id=andrey.pk, now=NOW)
    gone.join()
    session = ChatSession.objects.get()
    assert (session.ending, session.ended_by_id) == ("gone", mira.pk)
    assert OutboxMessage.objects.filter(kind="chat.ended", recipient=andrey.recipient).count() == 1


def test_ending_twice_ends_once() -> None:
    """C7: a double tap on "end" tells the partner once."""
    mira, andrey = person("Мира"), person("Андрей")
    for profile in (mira, andrey):
        matching.find(profile_id=profile.pk, now=NOW)
    match_id = Match.objects.get().pk
    for profile in (mira, andrey):
        services.accept(match_id=match_id, profile_id=profile.pk, now=NOW)
    session_id = ChatSession.objects.get().pk
    ends = [Thread(target=_end, args=(session_id, mira.pk)) for _ in range(4)]
    for end in ends:
        end.start()
    for end in ends:
        end.join()
    assert OutboxMessage.objects.filter(kind="chat.ended").count() == 1
    assert ChatSession.objects.get().ended_by_id == mira.pk


def _end(session_id: int, profile_id: int) -> None:
    services.end(session_id=session_id, profile_id=profile_id, now=NOW)
    connection.close()
