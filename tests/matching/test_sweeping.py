"""The sweep: everybody who waits is paired together, within what can be told, and nothing is lost when it dies."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import datetime, timedelta
from functools import partial
from threading import Event, Thread
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from delivery.models import OutboxMessage, Priority
from delivery.services import enqueue
from matching import pairing, sweeping
from matching.assignment import assign
from matching.cooldowns import keep_apart
from matching.locks import lock_people, the_only_sweep
from matching.models import Match, PoolEntry, RecentContact, Seat, Sweep
from matching.pool import entry_of
from profiles.models import Profile, Topic
from tests.base import person
from tests.outbox import told

from .racing import race
from .scenes import NOON, is_waiting, live_match, topics

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)

pytestmark = pytest.mark.django_db


def waiting(letters: str = "ab", *, since: datetime = NOON - MINUTE, **about: Any) -> Profile:
    """Somebody who waits, and whom no search has found."""
    profile = person(f"Гость {Profile.objects.count()}", topics=topics(letters), **about)
    entry_of(profile, since=since, now=NOON).save(force_insert=True)
    return profile


def crowd(size: int) -> list[Profile]:
    """People who all fit each other, who came last first."""
    return [waiting(since=NOON - (number + 1) * SECOND) for number in range(size)]


def partner(profile: Profile) -> int:
    """Whom the person is proposed to."""
    return live_match(profile).partner_of(profile.pk)


def test_all_pairs_together_are_as_good_as_they_can_be() -> None:
    """M4: who came first does not take whom somebody else needs more."""
    first, second, third, fourth = (waiting(letters) for letters in ("abc", "abcd", "abcd", "ab"))
    assert sweeping.sweep(now=NOON) == 2
    assert (partner(second), partner(first)) == (third.pk, fourth.pk)


def test_who_rests_from_each_other_is_not_paired() -> None:
    """M2: a cooldown in either direction, until it ends."""
    mira, oleh, ada, taya = (waiting(letters) for letters in ("abc", "abc", "ab", "ab"))
    RecentContact.objects.create(user=oleh, other=mira, until=NOON + SECOND, reason="decline")
    RecentContact.objects.create(user=ada, other=taya, until=NOON, reason="decline")
    # Somebody who does not wait changes nothing.
    RecentContact.objects.create(user=oleh, other=person("Ян"), until=NOON + HOUR, reason="block")
    assert sweeping.sweep(now=NOON) == 2
    assert partner(mira) in (ada.pk, taya.pk)


def test_no_more_than_can_be_told(settings: Settings) -> None:
    """M8: as many as half a minute's messages, less what is on its way already; who has waited longest first."""
    settings.TELEGRAM_MESSAGES_PER_SECOND = 1
    people = crowd(40)
    for number in range(19):
        _enqueue(people[0], number, Priority.SESSION)
    for number in range(19, 39):
        _enqueue(people[0], number, Priority.NOTICE)
    assert sweeping.sweep(now=NOON) == 5
    assert not any(is_waiting(profile) for profile in people[-5:])
    assert Sweep.objects.get().held_back == 15
    assert sweeping.sweep(now=NOON) == 0
    OutboxMessage.objects.all().delete()
    assert sweeping.sweep(now=NOON) == 15


def _enqueue(profile: Profile, number: int, priority: Priority) -> None:
    enqueue(kind="matching.requeued", recipient_id=profile.pk, dedupe_key=str(number), priority=priority, now=NOON)


def test_a_poor_pair_waits_while_many_come(settings: Settings) -> None:
    """M4: the sweep is as patient as a search, and says how many it holds back; later anybody allowed will do."""
    settings.MATCH_PATIENCE_FROM_PER_SECOND = 1 / 60
    mira, _ = waiting("ab", since=NOON), waiting("abcdefgh", since=NOON + SECOND)
    assert sweeping.sweep(now=NOON + SECOND) == 0
    assert Sweep.objects.get().held_back == 1
    assert sweeping.sweep(now=NOON + 30 * SECOND) == 1
    assert not is_waiting(mira)


def test_who_is_on_call_is_in_no_hurry() -> None:
    """M10: who waits at the phone goes before who asked to be called, however long ago."""
    called, mira, oleh = waiting(since=NOON - 5 * HOUR), waiting(), waiting()
    PoolEntry.objects.filter(pk=called.pk).update(on_call_until=NOON + HOUR)
    assert sweeping.sweep(now=NOON) == 1
    assert partner(mira) == oleh.pk
    ada = waiting()
    assert sweeping.sweep(now=NOON) == 1
    assert partner(ada) == called.pk


def test_a_call_that_has_ended() -> None:
    """M10: they leave the pool and are told, and are not proposed any more."""
    called, mira = waiting(), waiting()
    PoolEntry.objects.filter(pk=called.pk).update(on_call_until=NOON)
    assert sweeping.sweep(now=NOON) == 0
    assert told(called) == ["matching.call_ended"]
    assert (is_waiting(called), is_waiting(mira)) == (False, True)


def test_topics_that_were_deactivated_while_people_wait() -> None:
    """P4, M2: they count for nothing from then on; who has too few left is told, the others wait on with the rest."""
    mira, oleh, ada = waiting("ab"), waiting("abc"), waiting("acd")
    Topic.objects.filter(slug=topics("b")[0]).update(active=False)
    assert sweeping.sweep(now=NOON) == 1
    assert partner(oleh) == ada.pk
    assert not is_waiting(mira)
    assert told(mira) == ["matching.topics_gone"]
    taya = waiting("cdb")
    PoolEntry.objects.filter(pk=taya.pk).update(topic_mask=taya.topic_mask)
    assert sweeping.sweep(now=NOON) == 0
    assert PoolEntry.objects.get(pk=taya.pk).topic_mask.bit_count() == 2


def test_a_listener_for_who_has_nobody_in_the_pool() -> None:
    """M4, P9: only for them; who could be paired but for patience or budget waits for somebody who searches."""
    lonely, mira, oleh, ada = waiting("kl"), waiting("ab"), waiting("ab"), waiting("ab")
    listener = person("Слушает", topics=topics("abkl"))
    Profile.objects.filter(pk=listener.pk).update(listens=True, seen_at=NOON)
    assert sweeping.sweep(now=NOON) == 2
    assert partner(lonely) == listener.pk
    assert [is_waiting(profile) for profile in (mira, oleh, ada)].count(True) == 1


def test_everybody_who_has_nobody_gets_their_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """M4: a sweep asks for a few of them, and not for the same ones each time."""
    people = [waiting(letters) for letters in ("ab", "cd", "ef", "gh")]
    Profile.objects.filter(pk=person("Слушает", topics=topics("kl")).pk).update(listens=True, seen_at=NOON)
    asked: list[int] = []

    def nobody_is_free(profile_id: int, *, now: datetime) -> bool:
        asked.append(profile_id)
        return False

    monkeypatch.setattr(sweeping, "_ASK_LISTENERS_FOR", 2)
    monkeypatch.setattr(pairing, "ask_listener", nobody_is_free)
    for sweeps in range(1, 31):
        assert sweeping.sweep(now=NOON) == 0
        assert len(asked) == 2 * sweeps
    assert set(asked) == {profile.pk for profile in people}


def test_the_clock_was_set_back() -> None:
    """M4: who came in the future has waited for nothing yet, and is paired all the same."""
    people = [waiting(since=NOON + HOUR), waiting(since=NOON + HOUR), waiting()]
    assert sweeping.sweep(now=NOON) == 1
    assert not is_waiting(people[2])


def test_it_is_recorded_when_the_pool_was_looked_at() -> None:
    """O1: once a sweep, also where nobody waits: the lag is counted from it."""
    sweeping.sweep(now=NOON)
    assert list(Sweep.objects.values_list("began_at", "waiting", "proposed", "held_back")) == [(NOON, 0, 0, 0)]
    crowd(3)
    sweeping.sweep(now=NOON + SECOND)
    recorded = Sweep.objects.get()
    assert (recorded.began_at, recorded.waiting, recorded.proposed) == (NOON + SECOND, 3, 1)
    assert recorded.ended_at >= recorded.began_at


def test_a_large_pool_costs_few_statements() -> None:
    """M8: they are read at once, and proposed in batches."""
    with CaptureQueriesContext(connection) as for_few:
        crowd(4)
        for_few_from = len(for_few)
        sweeping.sweep(now=NOON)
    few = len(for_few) - for_few_from
    crowd(60)
    with CaptureQueriesContext(connection) as for_many:
        assert sweeping.sweep(now=NOON) == 30
    assert len(for_many) <= few


@pytest.mark.django_db(transaction=True)
def test_one_sweep_at_a_time() -> None:
    """M4: another process is at it: nothing is done twice, and nothing recorded."""
    crowd(4)
    with _meanwhile(the_only_sweep):
        assert sweeping.sweep(now=NOON) == 0
    assert not Sweep.objects.exists()
    assert sweeping.sweep(now=NOON) == 2


@pytest.mark.django_db(transaction=True)
def test_many_sweeps_at_once() -> None:
    """M1: everybody gets one proposal, however many processes sweep."""
    crowd(20)
    assert sum(race([partial(sweeping.sweep, now=NOON)] * 6)) == 10
    assert (Match.objects.count(), Seat.objects.count(), PoolEntry.objects.count()) == (10, 20, 0)


@pytest.mark.django_db(transaction=True)
def test_who_is_being_dealt_with_elsewhere_is_passed_over() -> None:
    """M8: nobody waits for them, and it is their turn next time."""
    mira, oleh, ada, taya = (waiting(letters) for letters in ("ab", "ab", "cd", "cd"))
    with _meanwhile(partial(_holding, mira.pk)):
        assert sweeping.sweep(now=NOON) == 1
    assert partner(ada) == taya.pk
    assert sweeping.sweep(now=NOON) == 1
    assert partner(mira) == oleh.pk


@pytest.mark.django_db(transaction=True)
def test_killed_between_two_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """M8: what was proposed stays, who was not waits on, and the next sweep goes on."""
    crowd(10)
    real, batches = pairing._propose_batch, iter(range(10))

    def dies(pairs: Any, now: datetime) -> int:
        if next(batches) == 2:
            raise SystemExit
        return real(pairs, now)

    monkeypatch.setattr(pairing, "_BATCH", 1)
    monkeypatch.setattr(pairing, "_propose_batch", dies)
    with pytest.raises(SystemExit):
        sweeping.sweep(now=NOON)
    assert (Match.objects.count(), PoolEntry.objects.count()) == (2, 6)
    assert sweeping.sweep(now=NOON) == 3


@pytest.mark.django_db(transaction=True)
def test_somebody_changes_between_reading_and_proposing(monkeypatch: pytest.MonkeyPatch) -> None:
    """M2: they are judged again under lock."""
    mira, oleh = crowd(2)

    def while_assigning(*args: Any) -> Any:
        with transaction.atomic():
            keep_apart(one=mira.pk, other=oleh.pk, until=NOON + HOUR, reason=RecentContact.Reason.BLOCK)
        return assign(*args)

    monkeypatch.setattr(sweeping, "assign", while_assigning)
    assert sweeping.sweep(now=NOON) == 0
    assert is_waiting(mira)


@contextmanager
def _meanwhile(held: Callable[[], AbstractContextManager[Any]]) -> Iterator[None]:
    """Another process is inside of what `held` opens."""
    begun, enough = Event(), Event()

    def hold() -> None:
        with closing(connection), held():
            begun.set()
            enough.wait(10)

    thread = Thread(target=hold)
    thread.start()
    assert begun.wait(10)
    yield
    enough.set()
    thread.join(10)


@contextmanager
def _holding(profile_id: int) -> Iterator[None]:
    with transaction.atomic():
        lock_people([profile_id])
        yield
