"""Ratings at the same moment as other things, on real connections."""

from functools import partial

import pytest
from django.utils import timezone

from chat import ratings
from chat.models import Rating
from matching import services as matching
from matching.models import PoolEntry
from profiles import erasure
from tests.chat.scenes import pair_just_over
from tests.matching.racing import race

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 5
NOW = timezone.now()


def test_many_taps_at_once() -> None:
    """C7: of taps on different buttons one is the last, and only that one counts, once; both may tap."""
    for number in range(ROUNDS):
        mira, oleh, session = pair_just_over(number, NOW)
        rate = partial(ratings.rate, session_id=session.pk, now=NOW)
        taps = [partial(rate, profile_id=mira.pk, score=score) for score in (100, 0, 50, 100, 0)]
        assert race([*taps, partial(rate, profile_id=oleh.pk, score=50)]) == [None] * 6
        said = Rating.objects.get(session=session, rater=mira).score
        oleh.refresh_from_db()
        mira.refresh_from_db()
        assert (oleh.rating_sum, oleh.rating_count) == (said, 1)
        assert (mira.rating_sum, mira.rating_count) == (50, 1)


def test_a_rating_while_the_partner_searches() -> None:
    """C7, M3: in whichever order, the pool knows of it, or the proposal has come before."""
    for number in range(ROUNDS):
        mira, oleh, session = pair_just_over(number, NOW)
        race(
            [
                partial(ratings.rate, session_id=session.pk, profile_id=mira.pk, score=100, now=NOW),
                partial(matching.find, profile_id=oleh.pk, now=NOW),
            ]
        )
        assert PoolEntry.objects.get(pk=oleh.pk).helpfulness > 0.5
        PoolEntry.objects.all().delete()
        mira.recipient.delete()
        oleh.recipient.delete()


def test_a_rating_while_the_partner_disappears() -> None:
    """P7, C7: in whichever order, nobody waits for the other for ever, and nothing of them is left."""
    for number in range(ROUNDS):
        mira, oleh, session = pair_just_over(number, NOW)
        rated, erased = race(
            [
                partial(ratings.rate, session_id=session.pk, profile_id=mira.pk, score=100, now=NOW),
                partial(erasure.erase, profile_id=oleh.pk, now=NOW),
            ]
        )
        assert erased is True
        assert rated is None or isinstance(rated, ratings.TooLateToRate)
        assert not Rating.objects.exists()
