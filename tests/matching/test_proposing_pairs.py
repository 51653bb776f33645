"""Proposing many pairs that somebody has worked out before, judged again under lock."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from matching import pairing, services
from matching.cooldowns import keep_apart
from matching.models import Match, PoolEntry, RecentContact, Seat
from matching.pool import entry_of
from profiles.models import Profile
from tests.base import person
from tests.outbox import told

from .racing import race
from .scenes import NOON, is_waiting, live_match, put_into_both_places, topics

HOUR = timedelta(hours=1)


def crowd(size: int) -> list[Profile]:
    """People who all fit each other, and wait."""
    people = [person(f"Гость {number}") for number in range(size)]
    for profile in people:
        entry_of(profile, since=NOON, now=NOON).save(force_insert=True)
    return people


def pairs_of(people: list[Profile]) -> list[tuple[int, int]]:
    """Neighbours."""
    return [(one.pk, other.pk) for one, other in zip(people[::2], people[1::2], strict=True)]


@pytest.mark.django_db(transaction=True)
def test_many_pairs_in_few_statements() -> None:
    """M4: all are proposed and told; a hundred people cost hardly more statements than two."""
    people = crowd(100)
    with CaptureQueriesContext(connection) as queries:
        assert pairing.propose_pairs(pairs_of(people), now=NOON) == 50
    assert len(queries) <= 25
    assert Match.objects.count() == 50
    assert Seat.objects.count() == 100
    assert not PoolEntry.objects.exists()
    assert all(told(profile) == ["matching.proposal"] for profile in people)


@pytest.mark.django_db(transaction=True)
def test_who_is_not_allowed_any_more_is_passed_over() -> None:
    """M2: left, resting, without two topics or a language in common, suspended, erased: their partners wait on."""
    people = crowd(14)
    pairs = pairs_of(people)
    services.cancel(profile_id=people[0].pk, now=NOON)
    with transaction.atomic():
        keep_apart(one=people[2].pk, other=people[3].pk, until=NOON + HOUR, reason=RecentContact.Reason.DECLINE)
    PoolEntry.objects.filter(pk=people[4].pk).update(topic_mask=1 << 40)
    PoolEntry.objects.filter(pk=people[6].pk).update(language_mask=4)
    Profile.objects.filter(pk=people[8].pk).update(suspended_until=NOON + HOUR)
    people[10].recipient.delete()
    assert pairing.propose_pairs(pairs, now=NOON) == 1
    assert live_match(people[12]).partner_of(people[12].pk) == people[13].pk
    assert all(is_waiting(people[number]) for number in (1, 2, 3, 5, 7, 9, 11))


@pytest.mark.django_db(transaction=True)
def test_two_workers_with_the_same_pairs() -> None:
    """M1: however many work on the same pairs, each is proposed once."""
    for _ in range(5):
        people = crowd(20)
        results = race([partial(pairing.propose_pairs, pairs_of(people), now=NOON)] * 4)
        assert sum(results) <= 10
        assert Match.objects.count() == sum(results)
        assert Seat.objects.count() == 2 * sum(results)
        assert PoolEntry.objects.count() == 20 - 2 * sum(results)
        Match.objects.all().delete()
        Profile.objects.all().delete()


@pytest.mark.django_db(transaction=True)
def test_a_seat_taken_without_a_lock_costs_only_its_own_pair() -> None:
    """M1: the database refuses a second seat, and the other pairs of the batch are proposed all the same."""
    people = crowd(6)
    taken = pairing.propose_pairs(pairs_of(people)[:1], now=NOON)
    put_into_both_places(people[0])
    assert taken == 1
    assert pairing.propose_pairs([(people[0].pk, people[2].pk), (people[4].pk, people[5].pk)], now=NOON) == 1


@pytest.mark.django_db
def test_topics_that_were_deactivated_count_for_nothing() -> None:
    """P4: neither for who searches nor for who waits."""
    from profiles.models import Topic

    mira, oleh = person("Мира", topics=topics("abc")), person("Олег", topics=topics("abd"))
    Topic.objects.filter(slug=topics("a")[0]).update(active=False)
    services.find(profile_id=mira.pk, now=NOON)
    assert not services.find(profile_id=oleh.pk, now=NOON).proposed
    with pytest.raises(services.TopicsGone):
        services.find(profile_id=person("Ада", topics=topics("ab")).pk, now=NOON)
