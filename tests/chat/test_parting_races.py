"""Ends at the same moment, on real connections."""

from datetime import timedelta
from functools import partial

import pytest
from django.conf import settings

from chat import services
from chat.models import ChatSession
from matching.models import Seat
from profiles.models import Profile
from safety import blocks
from tests.base import person
from tests.chat.scenes import wrote
from tests.matching.racing import race
from tests.outbox import told
from tests.safety.scenes import NOON, conversation

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 5


def talking(number: int) -> tuple[Profile, Profile, ChatSession]:
    """Two people in a conversation; the first has waited for an answer."""
    mira, oleh = person(f"Мира {number}"), person(f"Олег {number}")
    session = conversation(mira, oleh)
    wrote(mira, session, NOON - settings.ANSWER_WAIT - timedelta(seconds=1))
    return mira, oleh, session


def assert_each_has_one_farewell(session: ChatSession, ended: list[tuple[Profile, bool]]) -> None:
    """Who ended it reads the farewell at once, and whoever did not gets it through the outbox: one each."""
    session.refresh_from_db()
    assert [by.pk for by, by_me in ended if by_me] == [session.ended_by_id]
    for profile, by_me in ended:
        assert told(profile).count("chat.ended") + by_me == 1
    assert not Seat.objects.filter(match=session.match_id).exists()


def test_both_end_at_the_same_moment() -> None:
    """C7: one of them has ended it, and the other is told; a double tap of each changes nothing."""
    for number in range(ROUNDS):
        mira, oleh, session = talking(number)
        ends = [partial(services.end, session_id=session.pk, profile_id=each.pk, now=NOON) for each in (mira, oleh)]
        by_mira, by_oleh, *again = race(ends * 2)
        assert again == [by_mira, by_oleh]
        assert_each_has_one_farewell(session, [(mira, by_mira), (oleh, by_oleh)])


def test_one_ends_and_searches_while_the_other_ends() -> None:
    """C7, C8: the one that came too late still searches."""
    for number in range(ROUNDS):
        mira, oleh, session = talking(number)
        by_mira, by_oleh = race(
            [
                partial(services.end_and_search, session_id=session.pk, profile_id=mira.pk, now=NOON),
                partial(services.end, session_id=session.pk, profile_id=oleh.pk, now=NOON),
            ]
        )
        assert_each_has_one_farewell(session, [(mira, by_mira), (oleh, by_oleh)])
        mira.refresh_from_db()
        assert hasattr(mira, "pool_entry")
        mira.recipient.delete()


def test_one_blocks_while_the_other_ends() -> None:
    """S2, C7: in whichever order, the one who was blocked reads one farewell, by their own end or as after any."""
    for number in range(ROUNDS):
        mira, oleh, session = talking(number)
        _, by_oleh = race(
            [
                partial(blocks.block, session_id=session.pk, profile_id=mira.pk, now=NOON),
                partial(services.end, session_id=session.pk, profile_id=oleh.pk, now=NOON),
            ]
        )
        assert told(oleh).count("chat.ended") + by_oleh == 1
