"""Meeting again while the other does something at the same moment, on real connections."""

from functools import partial

import pytest
from django.utils import timezone

from chat import meeting_again
from delivery.models import OutboxMessage
from matching import reunions
from safety import blocks
from tests.chat.scenes import pair_just_over
from tests.matching.racing import race
from tests.outbox import told

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 5
NOW = timezone.now()


def test_both_wish_at_once() -> None:
    """C7: whoever is later sees the other's wish: both are told, once each, by many taps of both."""
    for number in range(ROUNDS):
        mira, oleh, session = pair_just_over(number, NOW)
        wish = partial(meeting_again.wish, session_id=session.pk, now=NOW)
        assert race([partial(wish, profile_id=each.pk) for each in (mira, oleh, mira, oleh)]) == [None] * 4
        assert [told(each).count("chat.both_meet_again") for each in (mira, oleh)] == [1, 1]


def test_a_wish_while_the_other_blocks() -> None:
    """S2, C7: in whichever order, afterwards they do not both wish, and what was to be said is not sent."""
    for number in range(ROUNDS):
        mira, oleh, session = pair_just_over(number, NOW)
        meeting_again.wish(session_id=session.pk, profile_id=mira.pk, now=NOW)
        wish = partial(meeting_again.wish, session_id=session.pk, profile_id=oleh.pk, now=NOW)
        block = partial(blocks.block, profile_id=mira.pk, session_id=session.pk, now=NOW)
        outcomes = race([wish, block])
        assert not [each for each in outcomes if isinstance(each, Exception)]
        assert reunions.mutual(profile_id=oleh.pk, now=NOW) == []
        OutboxMessage.objects.all().delete()
