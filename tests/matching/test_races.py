"""Several people and workers at once, on real connections: whoever wins, everybody ends up in one valid place."""

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from threading import Event
from typing import Any

import pytest
from django.db import connection, transaction

from matching import services, sweeping
from matching.locks import the_only_sweep
from matching.models import Match, PoolEntry, RecentContact, Seat
from matching.proposals import TooLate
from profiles.models import Profile
from project.errors import DomainError
from tests.base import person
from tests.outbox import told

from .racing import race
from .scenes import NOON, accept, delivered, find, is_waiting, live_match, proposal_of, skip, state_of, unreachable

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 5
LATER = NOON + timedelta(minutes=5)


def crowd(size: int) -> list[Profile]:
    """People who all fit each other."""
    return [person(f"Гость {number}") for number in range(size)]


def assert_everybody_is_in_one_place() -> None:
    """What must hold at any time (M1, M5)."""
    seated = set(Seat.objects.values_list("profile", flat=True))
    assert not seated & set(PoolEntry.objects.values_list("profile", flat=True))
    for match in Match.objects.all():
        seats = set(match.seats.values_list("profile", flat=True))
        live = match.state in (Match.State.PROPOSED, Match.State.ACTIVE)
        assert seats == ({match.a_id, match.b_id} if live else set())


def forget_matches() -> None:
    """Everybody is free again, cooldowns included."""
    for model in (Match, PoolEntry, RecentContact):
        model.objects.all().delete()


@pytest.mark.parametrize("size", [8, 7])
def test_everybody_searches_at_once(size: int) -> None:
    """M1: no double seat, nobody in the pool and in a seat; the sweep pairs whoever did not see the other."""
    people = crowd(size)
    for _ in range(ROUNDS):
        results = race([partial(find, profile) for profile in people])
        assert all(isinstance(result, services.Found) for result in results), results
        assert_everybody_is_in_one_place()
        sweeping.sweep(now=NOON)
        assert_everybody_is_in_one_place()
        assert PoolEntry.objects.count() == size % 2
        assert Match.objects.count() == size // 2
        forget_matches()


def test_many_searchers_and_one_who_waits() -> None:
    """M1: two seekers never take the same partner."""
    mira, *others = crowd(8)
    for _ in range(ROUNDS):
        find(mira)
        race([partial(find, profile) for profile in others])
        assert Match.objects.filter(a=mira).count() == 1
        assert_everybody_is_in_one_place()
        forget_matches()


def test_one_person_searches_many_times_at_once() -> None:
    """M1: one person is in the pool once, whatever arrives twice."""
    [mira] = crowd(1)
    results = race([partial(find, mira)] * 8)
    assert {(found.since, found.proposed) for found in results} == {(NOON, False)}
    assert [found.already for found in results].count(False) == 1
    assert PoolEntry.objects.count() == 1


def test_searching_and_cancelling_while_being_found() -> None:
    """M1: whoever cancels while somebody finds them is either out of the pool or has a proposal, never both."""
    mira, oleh = crowd(2)
    for _ in range(ROUNDS):
        find(mira)
        race([partial(find, oleh), partial(services.cancel, profile_id=mira.pk, now=NOON), partial(find, mira)])
        assert_everybody_is_in_one_place()
        forget_matches()


def test_both_accept_in_the_same_moment() -> None:
    """M5: both taps are answered, the match is active, and at least the later of them knows it."""
    mira, oleh = crowd(2)
    for _ in range(ROUNDS):
        match = proposal_of(mira, oleh)
        results = race([partial(accept, match, mira), partial(accept, match, oleh)] * 2)
        assert all(isinstance(result, services.Accepted) for result in results), results
        assert any(result.both for result in results)
        assert state_of(match) == "active"
        assert_everybody_is_in_one_place()
        forget_matches()


def test_one_accepts_while_the_other_skips() -> None:
    """M5: the conversation begins and the skip is too late, or the skip counts and the acceptance is too late."""
    _either_or(lambda match: partial(skip, match, match.a), "declined")


def test_one_accepts_while_the_time_runs_out() -> None:
    """M5: the conversation begins, or the proposal expires and the acceptance is too late."""
    _either_or(lambda _: partial(services.expire_proposals, now=LATER), "expired")


def test_one_accepts_while_the_other_becomes_unreachable() -> None:
    """M5: the conversation begins (its end is the chat's business), or the proposal expires."""
    _either_or(lambda match: partial(unreachable, match.a), "expired")


def _either_or(rival: Callable[[Match], Callable[[], Any]], lost: str) -> None:
    """Mira has accepted; Oleh accepts while `rival` happens, which leaves the state `lost` if it wins."""
    mira, oleh = crowd(2)
    for _ in range(2 * ROUNDS):
        match = proposal_of(mira, oleh)
        delivered(match, mira)
        delivered(match, oleh)
        accept(match, mira)
        accepted, other = race([partial(accept, match, oleh, LATER), rival(match)])
        if state_of(match) == "active":
            assert accepted.both
            assert other is None or other == 0 or isinstance(other, TooLate)
        else:
            assert state_of(match) == lost
            assert isinstance(accepted, TooLate), accepted
            assert not isinstance(other, Exception), other
        assert_everybody_is_in_one_place()
        forget_matches()


def test_both_skip_in_the_same_moment() -> None:
    """M5: one of the two skips counts; the other is too late and waits again."""
    mira, oleh = crowd(2)
    for _ in range(ROUNDS):
        match = proposal_of(mira, oleh)
        results = race([partial(skip, match, mira), partial(skip, match, oleh)])
        assert [type(result) for result in results if result is not None] == [TooLate]
        match.refresh_from_db()
        assert match.declined_by_id is not None
        assert PoolEntry.objects.get().pk == match.partner_of(match.declined_by_id)
        forget_matches()


def test_both_become_unreachable_in_the_same_moment() -> None:
    """M5: the two lock each other in one order: nobody waits for ever, nobody is left in the pool."""
    mira, oleh = crowd(2)
    for _ in range(ROUNDS):
        match = proposal_of(mira, oleh)
        results = race([partial(unreachable, mira), partial(unreachable, oleh)])
        assert results == [None, None]
        assert state_of(match) == "expired"
        assert_everybody_is_in_one_place()
        assert not is_waiting(mira)
        assert not is_waiting(oleh)
        forget_matches()


def test_expiring_twice_at_once() -> None:
    """M6: two workers expire the same proposals: each proposal once, each person requeued and told once."""
    people = crowd(6)
    matches = [proposal_of(people[number], people[number + 1]) for number in (0, 2, 4)]
    for match in matches:
        for profile in (match.a, match.b):
            delivered(match, profile)
    results = race([partial(services.expire_proposals, now=LATER)] * 4)
    assert sum(results) == 3
    assert {state_of(match) for match in matches} == {"expired"}
    assert all(told(profile).count("matching.missed") == 1 for profile in people)
    assert_everybody_is_in_one_place()


def test_one_sweep_at_a_time() -> None:
    """M1: a sweep that finds another running leaves at once."""
    mira, oleh = crowd(2)
    find(mira)
    PoolEntry.objects.create(
        profile=oleh, since=NOON, topic_mask=oleh.topic_mask, language_mask=1, utc_offset=180, helpfulness=0.5
    )
    with the_only_sweep() as alone:
        assert alone
        assert race([partial(sweeping.sweep, now=NOON)]) == [0]
    assert race([partial(sweeping.sweep, now=NOON)]) == [1]


def test_who_is_being_dealt_with_is_passed_over() -> None:
    """M1: a search never waits for a partner that somebody else holds; it takes the next."""
    mira, oleh, ada = crowd(3)
    for profile in (mira, oleh):
        PoolEntry.objects.create(
            profile=profile,
            since=NOON,
            topic_mask=profile.topic_mask,
            language_mask=1,
            utc_offset=180,
            helpfulness=0.9 if profile == mira else 0.5,
        )
    with transaction.atomic():
        Profile.objects.select_for_update().get(pk=mira.pk)
        [found] = race([partial(find, ada)])
    assert found.proposed
    assert live_match(ada).partner_of(ada.pk) == oleh.pk


def test_who_is_passed_over_is_not_held() -> None:
    """M1: a search that passes somebody over leaves their entry to whoever holds them; or two would deadlock."""
    (mira,) = crowd(1)
    find(mira)
    passed_over, done = Event(), Event()

    def search() -> object:
        with transaction.atomic():
            claimed = PoolEntry.objects.filter(pk=mira.pk).claimed().first()
            passed_over.set()
            done.wait(10)
            return claimed

    def move() -> int:
        passed_over.wait(10)
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '1s'")
        try:
            return PoolEntry.objects.filter(pk=mira.pk).update(requeues=1)
        finally:
            done.set()

    with transaction.atomic():
        Profile.objects.select_for_update(no_key=True).get(pk=mira.pk)
        assert race([search, move]) == [None, 1]


def test_a_storm_of_everything() -> None:
    """M1, M5: whatever eight people and the workers do at once, nothing deadlocks and everybody is in one place."""
    people = crowd(8)
    for seed in range(3):
        results = race([partial(_storm, people, random.Random(f"{seed}/{thread}")) for thread in range(8)])
        assert results == [None] * 8
        assert_everybody_is_in_one_place()


def _storm(people: list[Profile], chance: random.Random) -> None:
    for step in range(12):
        profile = chance.choice(people)
        match = Match.objects.filter(seats__profile=profile.pk).first() or Match()
        now = NOON + step * timedelta(minutes=2)
        actions: list[Callable[[], object]] = [
            partial(find, profile, now),
            partial(find, profile, now),
            partial(services.cancel, profile_id=profile.pk, now=now),
            partial(accept, match, profile, now),
            partial(accept, match, profile, now),
            partial(skip, match, profile, now),
            partial(unreachable, profile, now),
            partial(services.expire_proposals, now=now),
            partial(sweeping.sweep, now=now),
        ]
        with suppress(DomainError):
            chance.choice(actions)()
