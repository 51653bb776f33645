"""Whom a search looks at, and in which order."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from matching import candidates, scoring
from matching.models import PoolEntry, PoolPair, RecentContact
from matching.pool import entry_of
from profiles.models import Profile
from tests.base import person

from .scenes import NOON, topics

pytestmark = pytest.mark.django_db
LONG_AGO = NOON - timedelta(hours=1)


def waiting(nickname: str, letters: str = "ab", *, since: datetime = LONG_AGO, **columns: object) -> Profile:
    """Somebody who waits, with these columns of the pool row changed."""
    profile = person(nickname, topics=topics(letters))
    entry_of(profile, since=since, now=NOON).save(force_insert=True)
    PoolEntry.objects.filter(pk=profile.pk).update(**columns)
    return profile


def nearest(letters: str = "ab") -> list[int]:
    """Whom somebody who begins to search would be proposed to, best first."""
    searcher = Profile.objects.filter(nickname="Ищу").first() or person("Ищу", topics=topics(letters))
    return [found.profile_id for found in candidates.nearest(entry_of(searcher, since=NOON, now=NOON), now=NOON)]


def test_the_better_score_comes_first() -> None:
    """M3: topics weigh most, then time and helpfulness."""
    partly = waiting("Частью", "abcd")
    far = waiting("Далеко", utc_offset=720)
    best = waiting("Рядом")
    liked = waiting("Любим", helpfulness=0.9)
    assert nearest() == [liked.pk, best.pk, far.pk, partly.pk]


def test_the_score_is_that_of_the_formulas() -> None:
    """M3: SQL and Python agree."""
    mira = waiting("Мира", "abcd", utc_offset=-600, helpfulness=0.7)
    searcher = entry_of(person("Ищу", topics=topics("bcdef")), since=NOON, now=NOON)
    [found] = candidates.nearest(searcher, now=NOON)
    score = scoring.Score(
        topic_overlap=scoring.topic_overlap(mira.topic_mask, searcher.topic_mask),
        time_overlap=scoring.offset_overlap(-600, searcher.utc_offset),
        helpfulness=scoring.pair_helpfulness(0.7, searcher.helpfulness),
    )
    assert found.score == pytest.approx(score.total)


def test_between_equals_who_was_here_last_comes_first() -> None:
    """M10: between equals, whoever touched the bot last is proposed first."""
    people = [waiting(f"Гость {number}") for number in range(3)]
    for profile, minutes in zip(people, (5, 1, 9), strict=True):
        Profile.objects.filter(pk=profile.pk).update(seen_at=NOON - timedelta(minutes=minutes))
    assert nearest() == [people[1].pk, people[0].pk, people[2].pk]


def test_who_waits_comes_before_who_asked_to_be_called() -> None:
    """M10: whoever is at the phone comes first; who asked to be called comes all the same."""
    called = waiting("Позови", on_call_until=NOON + timedelta(hours=9))
    here = waiting("Тут")
    Profile.objects.filter(pk=called.pk).update(seen_at=NOON)
    assert nearest() == [here.pk, called.pk]


def test_nobody_starves() -> None:
    """M4: whoever has waited for a minute comes before better partners who have just come."""
    waiting("Новый", since=NOON)
    poor = waiting("Давно", "abcdefgh", since=NOON - timedelta(seconds=60))
    assert nearest()[0] == poor.pk


def test_a_rare_partner_is_found_behind_any_number_of_others() -> None:
    """M4: the oldest of every pair of topics are looked at, however many older ones share nothing, or rest."""
    crowd = [waiting(f"Гость {number}", "cd", since=LONG_AGO - timedelta(hours=1)) for number in range(60)]
    rare = waiting("Редкий", "kl")
    searcher = person("Ищу", topics=topics("cdkl"))
    RecentContact.objects.bulk_create(
        RecentContact(user=profile, other=searcher, until=NOON + timedelta(hours=1), reason="decline")
        for profile in crowd
    )
    assert nearest() == [rare.pk]


@given(st.integers(0, 2**63 - 1), st.integers(1, 7))
def test_pairs_are_those_of_the_trigger(mask: int, languages: int) -> None:
    """M2: what the database indexes is what a search looks for."""
    profile = Profile.objects.filter(nickname="Пары").first() or person("Пары")
    entry = entry_of(profile, since=NOON, now=NOON)
    entry.topic_mask = mask & 0x1FF << max(mask.bit_length() - 9, 0)
    entry.language_mask = languages
    entry.save()
    kept = PoolPair.objects.filter(entry=profile.pk).values_list("pair", flat=True)
    assert sorted(kept) == sorted(candidates.pairs_of(entry.topic_mask, languages))


def test_pairs_go_with_the_entry() -> None:
    """M1: nothing is left of who leaves the pool."""
    waiting("Мира", "abc")
    assert PoolPair.objects.count() == 3
    PoolEntry.objects.all().delete()
    assert not PoolPair.objects.exists()


def test_who_speaks_a_rare_language_is_found_behind_any_number_of_others() -> None:
    """M2: the oldest with a language in common are looked at, not the oldest of all."""
    for number in range(60):
        waiting(f"Гость {number}")
    rare = waiting("Rare", language_mask=4)
    searcher = person("Ищу", topics=topics("ab"), speaks=["en"])
    found = candidates.nearest(entry_of(searcher, since=NOON, now=NOON), now=NOON)
    assert [candidate.profile_id for candidate in found] == [rare.pk]


@pytest.mark.django_db(transaction=True)
def test_the_search_is_planned_once() -> None:
    """M8: PostgreSQL plans the search once a connection: planning takes twice as long as searching."""
    waiting("Мира")
    for number in range(8):
        nearest_to = person(f"Гость {number}", topics=topics("ab"))
        candidates.nearest(entry_of(nearest_to, since=NOON, now=NOON), now=NOON)
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(generic_plans), sum(custom_plans) FROM pg_prepared_statements")
        generic, custom = cursor.fetchone()
    assert generic > 0
    assert custom == 0
