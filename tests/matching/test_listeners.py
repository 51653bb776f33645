"""People who are ready to listen: who is asked, when, how often, and what they read."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.conf import LazySettings, settings
from django.db import transaction

from chat.messages import accepted
from chat.queries import whereabouts
from delivery.models import OutboxMessage
from delivery.outgoing import Text
from matching import messages, services
from matching.models import Match, RecentContact, Seat
from matching.pairing import ask_listener
from matching.proposals import TooLate
from profiles import availability
from profiles.models import Profile
from project.rendering import render
from tests.base import person
from tests.outbox import rendered, told

from .scenes import NOON, accept, delivered, find, is_seated, is_waiting, live_match, skip, state_of, topics

pytestmark = pytest.mark.django_db

LANGUAGES = ["ru", "uk", "en"]
NOT_NEEDED = "matching.listener_not_needed"


def listener(nickname: str, *, seen_at: datetime = NOON, quiet: bool = False, **more: Any) -> Profile:
    """Somebody who is ready to listen, by default at any hour, and was here just now."""
    profile = person(nickname, **{"topics": topics("abc"), "language": "en", **more})
    availability.set_listening(profile_id=profile.pk, on=True, now=NOON)
    availability.set_quiet(profile_id=profile.pk, on=quiet, now=NOON)
    Profile.objects.filter(pk=profile.pk).update(seen_at=seen_at)
    return Profile.objects.get(pk=profile.pk)


@pytest.fixture
def mira() -> Profile:
    """Who searches."""
    return person("Мира", topics=topics("abc"), language="en")


@pytest.fixture
def oleh() -> Profile:
    """Who is ready to listen."""
    return listener("Олег")


def actions(text: Text | None) -> list[str]:
    """The callback data of the buttons, in order."""
    assert text is not None
    return [action for row in text.buttons for _, action in row]


def asked(mira: Profile, oleh: Profile, now: datetime = NOON) -> Match:
    """Mira searches, and Oleh is asked to listen."""
    find(mira, now)
    match = live_match(oleh)
    assert match.listener_id == oleh.pk
    return match


def shown(match: Match, *people: Profile) -> None:
    """The proposal reaches these people."""
    for profile in people:
        row = OutboxMessage.objects.filter(kind="matching.proposal", recipient=profile.pk, params__match=match.pk)
        row.update(state=OutboxMessage.State.SENT, closed_at=NOON)
        delivered(match, profile)


# --- Who is asked ---


def test_asked_where_nobody_else_searches(mira: Profile, oleh: Profile) -> None:
    """P9, M4: at once, and both sit; without being ready to listen nobody is."""
    bystander = person("Ада", topics=topics("abc"))
    assert find(mira).proposed
    assert live_match(mira) == live_match(oleh)
    assert not is_seated(bystander)


def test_who_searches_comes_before_who_listens(mira: Profile, oleh: Profile) -> None:
    """M4: first the pool, then the listeners."""
    searching = person("Ада", topics=topics("abl"))
    find(searching)
    skip(live_match(oleh), oleh)
    assert is_waiting(searching)
    find(mira)
    assert live_match(mira) == live_match(searching)
    assert live_match(mira).listener is None


def test_asked_for_who_waits_already(mira: Profile) -> None:
    """P9, M4: somebody comes who is ready to listen; not a second time while the proposal is open."""
    find(mira)
    oleh = listener("Олег")
    assert ask_listener(mira.pk, now=NOON)
    assert live_match(oleh) == live_match(mira)
    assert not ask_listener(mira.pk, now=NOON)


@pytest.mark.parametrize(
    "changed",
    [
        {"listens": False},
        {"suspended_until": NOON + timedelta(hours=1)},
        {"resting_until": NOON + timedelta(hours=1)},
        {"rules_version": settings.RULES_VERSION + 1},
        {"topic_mask": 0b11 << 20},
        {"speaks_ru": False, "speaks_en": True},
        {"seen_at": NOON - timedelta(days=15)},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_who_is_not_asked(mira: Profile, oleh: Profile, changed: dict[str, Any]) -> None:
    """P9, M2: not ready, paused, resting, other rules agreed to, nothing in common, no language, long not here."""
    Profile.objects.filter(pk=oleh.pk).update(**changed)
    assert not find(mira).proposed
    assert not is_seated(oleh)


def test_who_can_not_be_reached_is_not_asked(mira: Profile, oleh: Profile) -> None:
    """P9: after they have blocked the bot."""
    oleh.recipient.reachable = False
    oleh.recipient.save()
    assert not find(mira).proposed


def test_a_cooldown_holds_for_listeners_too(mira: Profile, oleh: Profile) -> None:
    """M2, M6: after a skip they are not asked for the same person."""
    skip(asked(mira, oleh), oleh)
    assert is_waiting(mira)
    assert RecentContact.objects.count() == 2
    assert not ask_listener(mira.pk, now=NOON + timedelta(hours=71))


@pytest.mark.parametrize(
    ("zone", "hour", "quiet"),
    [
        ("Europe/Kyiv", 19, False),
        ("Europe/Kyiv", 20, True),
        ("Europe/Kyiv", 4, True),
        ("Europe/Kyiv", 5, False),
        ("Asia/Almaty", 18, True),
        ("Asia/Almaty", 3, False),
    ],
)
def test_quiet_hours_are_by_their_own_clock(mira: Profile, zone: str, hour: int, quiet: bool) -> None:
    """P9: from 23 until 8, over midnight; Kyiv is three hours ahead of UTC in June, Almaty five."""
    now = datetime(2026, 6, 1, hour, 30, tzinfo=UTC)
    listener("Олег", quiet=True, timezone=zone, seen_at=now)
    assert find(mira, now).proposed is not quiet


def test_at_most_so_often_in_a_day(mira: Profile, settings: LazySettings) -> None:
    """P9: three times in 24 hours, whatever came of them; the first place is free again a day after it was taken."""
    settings.LISTENER_PROPOSALS_A_DAY = 3
    oleh = listener("Олег")
    for hours in range(3):
        _ask_and_skip(person(f"Гость {hours}", topics=topics("abc")), oleh, NOON + timedelta(hours=hours))
    tired = NOON + timedelta(hours=23, minutes=59)
    assert not find(mira, tired).proposed
    assert ask_listener(mira.pk, now=NOON + timedelta(hours=24, minutes=1))


def test_never_where_set_to_none(mira: Profile, oleh: Profile, settings: LazySettings) -> None:
    """P9: the setting's zero asks nobody."""
    settings.LISTENER_PROPOSALS_A_DAY = 0
    assert not find(mira).proposed


def _ask_and_skip(searcher: Profile, oleh: Profile, now: datetime) -> None:
    find(searcher, now)
    skip(live_match(oleh), oleh, now)
    services.cancel(profile_id=searcher.pk, now=now)


def test_between_equals_who_was_here_last(mira: Profile) -> None:
    """M10: whoever touched the bot last is proposed first."""
    listener("Ранний", seen_at=NOON - timedelta(hours=2))
    latest = listener("Поздний", seen_at=NOON - timedelta(minutes=1))
    listener("Средний", seen_at=NOON - timedelta(hours=1))
    assert asked(mira, latest)


def test_the_one_who_fits_best(mira: Profile) -> None:
    """P9, M3: before the one who was here last."""
    best = listener("Близкий", topics=topics("abc"), seen_at=NOON - timedelta(hours=2))
    listener("Далёкий", topics=topics("abdefg"), seen_at=NOON)
    assert asked(mira, best)


# --- What they read ---


def test_the_proposal_to_a_listener(mira: Profile, oleh: Profile) -> None:
    """P9, M5: in words of its own, with all that a proposal says and its two buttons; to who searches as always."""
    match = asked(mira, oleh)
    with time_machine.travel(NOON, tick=False):
        to_listener, to_searcher = rendered(oleh, "matching.proposal"), rendered(mira, "matching.proposal")
    assert to_listener is not None
    assert to_searcher is not None
    assert "<b>Мира</b> is looking for someone" in to_listener.html
    assert "15:00" in to_listener.html
    assert "You both know" in to_listener.html
    assert "Meet <b>Олег</b>" in to_searcher.html
    expected = [f"chat:accept:{match.pk}", f"chat:skip:{match.pk}", "safety:sos"]
    assert actions(to_listener) == actions(to_searcher) == expected


def test_both_say_yes(mira: Profile, oleh: Profile) -> None:
    """P9, M5: then they talk as everybody."""
    match = asked(mira, oleh)
    accept(match, oleh)
    assert accept(match, mira).both
    assert whereabouts(profile_id=oleh.pk) == "talking"


def test_a_skip_is_all_right(mira: Profile, oleh: Profile) -> None:
    """P9, M6: a listener is not asked whether to go on searching, twice the same; who searches waits in front."""
    match = asked(mira, oleh)
    for _ in range(2):
        assert services.skip(match_id=match.pk, profile_id=oleh.pk, now=NOON) is False
    assert not is_waiting(oleh)
    assert is_waiting(mira)
    assert told(mira)[-1] == "matching.requeued"
    assert told(oleh) == ["matching.proposal"]


def test_who_searches_is_asked_whether_to_go_on(mira: Profile, oleh: Profile) -> None:
    """M6: as ever, where they skip a listener."""
    match = asked(mira, oleh)
    assert services.skip(match_id=match.pk, profile_id=mira.pk, now=NOON) is True
    assert not is_waiting(oleh)


@pytest.mark.parametrize("language", LANGUAGES)
def test_after_a_skip_they_may_change_when_to_be_asked(language: str) -> None:
    """P9: the hours, or not at all; where "Skip" stood, a tap too many changes nothing. No search is offered."""
    text = messages.not_now(language)
    assert actions(text) == ["profiles:listen", "safety:sos", "profiles:listen:off"]
    assert "/find" not in text.html


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_yes_can_be_taken_back(language: str) -> None:
    """P9, M1: in words that are true of who searches and who listens alike."""
    waiting = accepted(match_id=7, both=False, language=language)
    assert actions(waiting) == ["chat:accept:7", "safety:sos", "chat:back:7"]
    assert actions(accepted(match_id=7, both=True, language=language)) == ["chat:accept:7", "safety:sos"]


def test_taking_the_yes_back(mira: Profile, oleh: Profile) -> None:
    """P9, M1: the listener is free and where they were, who searches is in front."""
    match = asked(mira, oleh)
    accept(match, oleh)
    assert not services.take_back(match_id=match.pk, profile_id=oleh.pk, now=NOON)
    assert (is_waiting(mira), is_waiting(oleh), state_of(match)) == (True, False, Match.State.EXPIRED)
    assert told(oleh) == ["matching.proposal"]


def test_cancelling_as_a_listener(mira: Profile, oleh: Profile) -> None:
    """P9, M1: /cancel by who was asked to listen stops no search, and is answered as their skip is."""
    match = asked(mira, oleh)
    accept(match, oleh)
    assert services.cancel(profile_id=oleh.pk, now=NOON) is services.Cancelled.LISTENING
    assert services.cancel(profile_id=oleh.pk, now=NOON) is services.Cancelled.NOTHING
    assert services.cancel(profile_id=mira.pk, now=NOON) is services.Cancelled.SEARCH


def _skip(match: Match, mira: Profile, now: datetime) -> None:
    services.skip(match_id=match.pk, profile_id=mira.pk, now=now)


def _cancel(match: Match, mira: Profile, now: datetime) -> None:
    services.cancel(profile_id=mira.pk, now=now)


def _disappear(match: Match, mira: Profile, now: datetime) -> None:
    with transaction.atomic():
        services.leave_unreachable(profile_id=mira.pk, now=now)


def _stay_silent(match: Match, mira: Profile, now: datetime) -> None:
    assert services.expire_proposals(now=now + timedelta(minutes=10)) == 1


ENDINGS = [_skip, _cancel, _disappear, _stay_silent]


@pytest.mark.parametrize("end", ENDINGS)
@pytest.mark.parametrize("ready", [True, False])
def test_it_comes_to_nothing(
    mira: Profile, oleh: Profile, end: Callable[[Match, Profile, datetime], None], ready: bool
) -> None:
    """P9, M6: one quiet line of thanks, no search, nobody's fault; to who said yes that the other can't."""
    match = asked(mira, oleh)
    shown(match, mira, oleh)
    if ready:
        accept(match, oleh)
    end(match, mira, NOON)
    assert not is_waiting(oleh)
    assert not is_seated(oleh)
    assert told(oleh) == ["matching.proposal", NOT_NEEDED]
    text = rendered(oleh, NOT_NEEDED)
    assert text is not None
    assert ("They can't talk" in text.html) is ready
    assert "Thank you" in text.html
    assert actions(text) == ["profiles:listen", "safety:sos"]


def test_nothing_is_said_of_what_was_never_seen(mira: Profile, oleh: Profile) -> None:
    """P9, M5: a proposal that was over before it went out leaves no trace."""
    _cancel(asked(mira, oleh), mira, NOON)
    assert rendered(oleh, NOT_NEEDED) is None


def test_nothing_is_said_in_the_middle_of_something_else(mira: Profile, oleh: Profile) -> None:
    """P9: who searches themselves by now has other things to read."""
    match = asked(mira, oleh)
    shown(match, oleh)
    _cancel(match, mira, NOON)
    find(oleh)
    assert rendered(oleh, NOT_NEEDED) is None


def test_the_line_outlives_who_searched(mira: Profile, oleh: Profile) -> None:
    """P7, P9: they have erased themselves; the listener is told all the same."""
    match = asked(mira, oleh)
    shown(match, oleh)
    _disappear(match, mira, NOON)
    match.delete()
    assert rendered(oleh, NOT_NEEDED) is not None


def test_a_proposal_that_can_not_be_delivered(mira: Profile, oleh: Profile) -> None:
    """P9, M6: nobody tells a listener that their search was stopped."""
    match = asked(mira, oleh)
    with transaction.atomic():
        services.withdraw_proposal(match_id=match.pk, profile_id=oleh.pk, now=NOON)
    assert told(oleh) == ["matching.proposal"]
    assert is_waiting(mira)


@pytest.mark.parametrize("end", ENDINGS)
def test_too_late_speaks_of_no_search(
    mira: Profile, oleh: Profile, end: Callable[[Match, Profile, datetime], None]
) -> None:
    """M5, P9: a listener's late tap is answered in every language, without "send /find"."""
    match = asked(mira, oleh)
    shown(match, mira, oleh)
    end(match, mira, NOON)
    with pytest.raises(TooLate) as late, transaction.atomic():
        services.accept(match_id=match.pk, profile_id=oleh.pk, now=NOON)
    texts = {render(late.value.template, late.value.context, language=language) for language in LANGUAGES}
    assert len(texts) == len(LANGUAGES)
    assert not [text for text in texts if "/find" in text]
    find(oleh)
    with pytest.raises(TooLate) as late, transaction.atomic():
        services.accept(match_id=match.pk, profile_id=oleh.pk, now=NOON)
    assert "looking for someone else" in render(late.value.template, late.value.context, language="en")


def test_a_listener_who_searches_has_somebody_already(mira: Profile, oleh: Profile) -> None:
    """M1, P9: /find while being asked points at the proposal, and moves nobody."""
    match = asked(mira, oleh)
    with pytest.raises(services.AlreadyProposed):
        find(oleh)
    assert Seat.objects.filter(match=match).count() == 2
