"""Meeting again: two who both asked for it come first."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import transaction

from matching import pairing, reunions, services
from matching.cooldowns import keep_apart
from matching.models import RecentContact, ReunionWish
from profiles.models import Profile
from tests.base import person

from .racing import race
from .scenes import NOON, accept, find, live_match, proposal_of, topics

HOUR = timedelta(hours=1)


def wish(one: Profile, other: Profile, hours: int = 0) -> bool:
    """One of two asks to meet the other again."""
    with transaction.atomic():
        return reunions.wish(profile_id=one.pk, other_id=other.pk, now=NOON + hours * HOUR)


def talked(one: Profile, other: Profile) -> None:
    """The two have talked, and rest from each other."""
    match = proposal_of(one, other)
    accept(match, one)
    accept(match, other)
    with transaction.atomic():
        services.complete(match_id=match.pk, cooldown=24 * HOUR, now=NOON)


@pytest.mark.django_db
def test_who_both_asked_for_it_comes_first() -> None:
    """C7: they are proposed to each other first, before better partners, and before their rest is over."""
    mira, oleh = person("Мира", topics=topics("abcdef")), person("Олег", topics=topics("ab"))
    talked(mira, oleh)
    assert not wish(mira, oleh)
    assert wish(oleh, mira)
    find(person("Ада", topics=topics("gh")), NOON + HOUR)
    find(mira, NOON + HOUR)
    better = person("Тая", topics=topics("ab"))
    services.find(profile_id=oleh.pk, now=NOON + HOUR)
    assert live_match(oleh).partner_of(oleh.pk) == mira.pk
    assert live_match(oleh).again
    assert not find(better, NOON + HOUR).proposed


@pytest.mark.django_db
def test_two_who_search_already_are_introduced_at_the_second_wish() -> None:
    """C7, M6: where both wait when the second one asks, they are proposed at once."""
    mira, oleh = person("Мира"), person("Олег")
    talked(mira, oleh)
    find(mira, NOON + HOUR)
    find(oleh, NOON + HOUR)
    with transaction.atomic():
        assert not reunions.wish(profile_id=mira.pk, other_id=oleh.pk, now=NOON + HOUR)
        assert pairing.propose_again(one_id=mira.pk, other_id=oleh.pk, now=NOON + HOUR) is None
        assert reunions.wish(profile_id=oleh.pk, other_id=mira.pk, now=NOON + HOUR)
        match = pairing.propose_again(one_id=oleh.pk, other_id=mira.pk, now=NOON + HOUR)
    assert match is not None
    assert match.again


@pytest.mark.django_db
def test_one_wish_changes_nothing() -> None:
    """C7, M6: where only one asked, the two rest from each other as everybody."""
    mira, oleh = person("Мира"), person("Олег")
    talked(mira, oleh)
    assert not wish(mira, oleh)
    assert not wish(mira, oleh)
    find(mira, NOON + HOUR)
    assert not find(oleh, NOON + HOUR).proposed


@pytest.mark.django_db
def test_a_block_outweighs_wishes() -> None:
    """S2: who blocked is not met again, whatever was wished before."""
    mira, oleh = person("Мира"), person("Олег")
    talked(mira, oleh)
    wish(mira, oleh)
    with transaction.atomic():
        keep_apart(one=mira.pk, other=oleh.pk, until=NOON + 720 * HOUR, reason=RecentContact.Reason.BLOCK)
    wish(oleh, mira)
    find(mira, NOON + HOUR)
    assert not find(oleh, NOON + HOUR).proposed
    with transaction.atomic():
        reunions.forget(one=oleh.pk, other=mira.pk)
    assert not ReunionWish.objects.exists()


@pytest.mark.django_db
def test_a_wish_does_not_last_for_ever() -> None:
    """C7: after settings.REUNION_WISH_KEPT nobody is surprised by what they once said."""
    mira, oleh = person("Мира"), person("Олег")
    wish(mira, oleh)
    assert not wish(oleh, mira, hours=30 * 24)
    assert wish(mira, oleh, hours=30 * 24 + 1)


@pytest.mark.django_db(transaction=True)
def test_both_ask_in_the_same_moment() -> None:
    """C7: of two who say so at once, exactly one learns that both have, and their rest is over."""
    mira, oleh = person("Мира"), person("Олег")
    for _ in range(5):
        talked(mira, oleh)
        results = race([partial(wish, mira, oleh), partial(wish, oleh, mira)])
        assert sorted(results) == [False, True]
        assert not RecentContact.objects.exists()
        with transaction.atomic():
            reunions.forget(one=mira.pk, other=oleh.pk)
