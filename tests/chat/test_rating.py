"""Ratings: what each of two says about their conversation, what it counts for, and who learns of it."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction

from chat import farewells, idleness, ratings, services
from chat.models import ChatSession, Rating
from delivery.outgoing import Text
from matching import services as matching
from matching.models import Match, PoolEntry
from profiles import export
from profiles.models import Profile
from safety import blocks
from tests.base import person
from tests.chat.scenes import buttons, just_over, ticked, unnumbered
from tests.outbox import rendered, told
from tests.safety.scenes import conversation, ended, erased

pytestmark = pytest.mark.django_db

DAY = timedelta(hours=24)


@pytest.fixture
def language() -> str:
    """They read English."""
    return "en"


@pytest.fixture
def session(mira: Profile, oleh: Profile, noon: datetime) -> ChatSession:
    """Their conversation, over just now."""
    return just_over(mira, oleh, noon)


def rates(profile: Profile, session: ChatSession, score: int, now: datetime) -> None:
    """The person taps 💛 (100), 🙂 (50) or 😕 (0)."""
    ratings.rate(session_id=session.pk, profile_id=profile.pk, score=score, now=now)


def rated(profile: Profile) -> tuple[int, int]:
    """The sum and the number of the person's ratings."""
    stored = Profile.objects.get(pk=profile.pk)
    return stored.rating_sum, stored.rating_count


def farewell(profile: Profile, session: ChatSession, now: datetime) -> Text:
    """What the person reads who has ended the conversation."""
    return farewells.farewell(farewells.About(session.pk, profile.pk, now, "en"))


def file_of(profile: Profile, now: datetime) -> str:
    """What the person takes out with /export."""
    file = export.export(profile_id=profile.pk, now=now)
    assert file is not None
    return json.dumps(json.loads(file.content) | {"about": None})


@pytest.mark.parametrize("score", [100, 50, 0])
def test_it_counts_for_the_partner_alone(
    mira: Profile, oleh: Profile, session: ChatSession, noon: datetime, score: int
) -> None:
    """C7: one tap feeds what matching knows of the partner's helpfulness."""
    rates(mira, session, score, noon)
    assert rated(oleh) == (score, 1)
    assert rated(mira) == (0, 0)


def test_both_rate(mira: Profile, oleh: Profile, session: ChatSession, noon: datetime) -> None:
    """C7: whoever ended it."""
    rates(mira, session, 100, noon)
    rates(oleh, session, 0, noon)
    assert (rated(oleh), rated(mira)) == ((100, 1), (0, 1))


def test_the_same_twice_counts_once(mira: Profile, oleh: Profile, session: ChatSession, noon: datetime) -> None:
    """C7: a double tap, or the same update again."""
    for _ in range(3):
        rates(mira, session, 50, noon)
    assert rated(oleh) == (50, 1)


def test_another_tap_corrects_it(mira: Profile, oleh: Profile, session: ChatSession, noon: datetime) -> None:
    """C7: within the day, as often as they like; what others said before stays."""
    Profile.objects.filter(pk=oleh.pk).update(rating_sum=150, rating_count=2)
    for score in (0, 100, 50, 0, 50):
        rates(mira, session, score, noon + DAY)
    assert rated(oleh) == (200, 3)


def test_who_waits_is_matched_by_it_at_once(mira: Profile, oleh: Profile, session: ChatSession, noon: datetime) -> None:
    """C7, M3: the partner's row in the pool follows."""
    matching.find(profile_id=oleh.pk, now=noon)
    before = PoolEntry.objects.get(pk=oleh.pk)
    rates(mira, session, 100, noon)
    after = PoolEntry.objects.get(pk=oleh.pk)
    assert after.helpfulness > before.helpfulness
    assert (after.since, after.joined_at) == (before.since, before.joined_at)


def test_not_too_late_nor_too_early(mira: Profile, oleh: Profile, session: ChatSession, noon: datetime) -> None:
    """C7: only after the end, and for a day."""
    live = conversation(mira, oleh, noon)
    with pytest.raises(ratings.TooLateToRate):
        rates(mira, live, 100, noon)
    with pytest.raises(ratings.TooLateToRate):
        rates(mira, session, 100, noon + DAY + timedelta(seconds=1))
    assert rated(oleh) == (0, 0)


def test_only_by_one_of_the_two(mira: Profile, oleh: Profile, session: ChatSession, noon: datetime) -> None:
    """C7: nobody else's buttons do anything, whatever number they carry."""
    with pytest.raises(ratings.TooLateToRate):
        rates(person("Чужой"), session, 0, noon)
    with pytest.raises(ratings.TooLateToRate):
        ratings.rate(session_id=session.pk + 1, profile_id=mira.pk, score=0, now=noon)
    with pytest.raises(ValueError, match="1"):
        rates(mira, session, 1, noon)
    assert (rated(oleh), rated(mira)) == ((0, 0), (0, 0))


def test_where_nobody_wrote_there_is_nothing_to_rate(mira: Profile, oleh: Profile, noon: datetime) -> None:
    """C7, C8: the buttons are not there; people with a Telegram client of their own can tap them all the same."""
    session = conversation(mira, oleh, noon - DAY)
    for hours in (1, 0):
        idleness.look_after(now=noon - timedelta(hours=hours))
    with pytest.raises(ratings.TooLateToRate):
        rates(mira, session, 0, noon)
    assert rated(oleh) == (0, 0)
    # Who ended it was there, and may say that the other was not.
    session = conversation(mira, oleh, noon)
    ended(session, mira, noon)
    rates(mira, session, 0, noon)
    assert rated(oleh) == (0, 1)


def test_who_is_paused_does_not_rate(mira: Profile, oleh: Profile, session: ChatSession, noon: datetime) -> None:
    """S5, C7: a pause takes effect at once."""
    Profile.objects.filter(pk=mira.pk).update(suspended_until=noon + DAY)
    with pytest.raises(matching.Suspended):
        rates(mira, session, 0, noon)
    assert rated(oleh) == (0, 0)


def test_a_partner_who_is_gone_is_not_rated(mira: Profile, oleh: Profile, session: ChatSession, noon: datetime) -> None:
    """P7, C7: of who has erased themselves nothing is left to rate."""
    erased(oleh, noon)
    with pytest.raises(ratings.TooLateToRate):
        rates(mira, session, 100, noon)


def test_a_rating_outlives_who_gave_it(mira: Profile, oleh: Profile, session: ChatSession, noon: datetime) -> None:
    """P7: what it counted for stays, without whoever said it."""
    rates(mira, session, 100, noon)
    erased(mira, noon)
    assert not Rating.objects.exists()
    assert rated(oleh) == (100, 1)


@pytest.fixture
def _time_stands_still(noon: datetime) -> Iterator[None]:
    """The time of day is part of what is shown."""
    with time_machine.travel(noon, tick=False):
        yield


@pytest.mark.usefixtures("_time_stands_still")
def test_the_partner_never_learns_it(mira: Profile, oleh: Profile, noon: datetime) -> None:
    """C7, P8: neither told, nor shown, nor in their file, nor to be computed from what is in it."""
    seen = []
    for score in (None, 100, 0):
        session = conversation(mira, oleh, noon)
        ended(session, oleh, noon)
        if score is not None:
            rates(mira, session, score, noon)
        matching.find(profile_id=oleh.pk, now=noon)
        waiting = file_of(oleh, noon)
        third = person("Третий", language="en")
        matching.find(profile_id=third.pk, now=noon)
        proposal = rendered(oleh, "matching.proposal")
        assert proposal is not None
        shown = (told(oleh), ticked(farewell(oleh, session, noon)), proposal.html)
        seen.append((shown, waiting, file_of(oleh, noon)))
        Match.objects.all().delete()
        third.recipient.delete()
        oleh.recipient.outbox.all().delete()
    assert seen[0] == seen[1] == seen[2]


def test_ones_own_ratings_are_in_ones_file(mira: Profile, session: ChatSession, noon: datetime) -> None:
    """P7: what the person said themselves is theirs."""
    rates(mira, session, 50, noon)
    stored = json.loads(file_of(mira, noon))
    assert [rating["score"] for rating in stored["chat"]["ratings_you_gave"]] == [50]
    assert "rating_sum" not in stored["profiles"]["profile"]


def test_what_was_said_stays_marked(mira: Profile, session: ChatSession, noon: datetime) -> None:
    """C7: the message shows what was chosen, and all its buttons stay where they are."""
    before = farewell(mira, session, noon)
    assert ticked(before) == []
    rates(mira, session, 50, noon)
    after = farewell(mira, session, noon)
    assert ticked(after) == [f"chat:rate:{session.pk}:50"]
    assert buttons(after) == buttons(before)
    rates(mira, session, 0, noon)
    assert ticked(farewell(mira, session, noon)) == [f"chat:rate:{session.pk}:0"]


def test_who_was_blocked_may_say_how_it_was(mira: Profile, oleh: Profile, noon: datetime) -> None:
    """S2: it is taken as after /end, and stands below their goodbye in the same way."""
    seen = []
    for act in (services.end, blocks.block):
        session = conversation(mira, oleh, noon)
        act(session_id=session.pk, profile_id=mira.pk, now=noon)
        rates(oleh, session, 0, noon)
        seen.append(unnumbered(rendered(oleh, "chat.ended"), session))
    assert seen[0] == seen[1]


@pytest.mark.parametrize("score", [1, 101, -1])
def test_the_database_refuses_other_scores(mira: Profile, session: ChatSession, noon: datetime, score: int) -> None:
    """C7: three answers, and no other."""
    with pytest.raises(IntegrityError), transaction.atomic():
        Rating.objects.create(session=session, rater=mira, score=score, created_at=noon)


def test_the_database_refuses_a_second_rating(mira: Profile, session: ChatSession, noon: datetime) -> None:
    """C7: one a person and conversation."""
    rates(mira, session, 50, noon)
    with pytest.raises(IntegrityError), transaction.atomic():
        Rating.objects.create(session=session, rater=mira, score=100, created_at=noon)
