"""Accepting, skipping, expiring, and where that leaves the two."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from matching import proposals, services, sweeping
from matching.locks import lock_people
from matching.models import TRANSITIONS, Match, PoolEntry, RecentContact, Seat
from matching.proposals import MAX_REQUEUES, NotYours, TooLate
from profiles.models import Profile
from tests.base import person
from tests.outbox import told

from .scenes import (
    NOON,
    accept,
    delivered,
    find,
    is_seated,
    is_waiting,
    live_match,
    proposal_of,
    skip,
    state_of,
    unreachable,
)

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def mira() -> Profile:
    """Searches first."""
    return person("Мира")


@pytest.fixture
def oleh() -> Profile:
    """Is proposed to Mira."""
    return person("Олег")


def cooldown(one: Profile, other: Profile) -> Any:
    """Until when the pair rests; both directions must agree."""
    [until] = set(
        RecentContact.objects.filter(user__in=[one, other], other__in=[one, other]).values_list("until", flat=True)
    )
    assert RecentContact.objects.filter(user__in=[one, other], other__in=[one, other]).count() == 2
    return until


def entry(profile: Profile) -> PoolEntry:
    """The person's row in the pool."""
    return PoolEntry.objects.get(pk=profile.pk)


def test_active_when_both_accepted(mira: Profile, oleh: Profile) -> None:
    """M5: proposed → active (both accepted)."""
    match = proposal_of(mira, oleh)
    assert not accept(match, oleh).both
    assert state_of(match) == "proposed"
    accepted = accept(match, mira, NOON + MINUTE)
    assert accepted.both
    assert (accepted.match.accepted_a_at, accepted.match.accepted_b_at) == (NOON + MINUTE, NOON)
    assert state_of(match) == "active"
    assert is_seated(mira)
    assert is_seated(oleh)


def test_a_second_tap_gets_the_same_answer(mira: Profile, oleh: Profile) -> None:
    """M5: two clicks never make an invalid state."""
    match = proposal_of(mira, oleh)
    accept(match, mira)
    again = accept(match, mira, NOON + MINUTE)
    assert not again.both
    assert again.match.accepted_a_at == NOON
    accept(match, oleh)
    assert accept(match, oleh).both
    assert accept(match, mira).both


def test_skipping_twice(mira: Profile, oleh: Profile) -> None:
    """M5: the second tap on Skip changes nothing, not even who is waiting now."""
    match = proposal_of(mira, oleh)
    skip(match, mira)
    find(mira)
    skip(match, mira, NOON + HOUR)
    assert cooldown(mira, oleh) == NOON + timedelta(hours=72)
    assert is_waiting(mira)
    assert told(oleh) == ["matching.proposal", "matching.requeued"]


def test_accepting_what_the_other_skipped(mira: Profile, oleh: Profile) -> None:
    """M5: who came too late is told so."""
    match = proposal_of(mira, oleh)
    skip(match, mira)
    for answer in (accept, skip):
        with pytest.raises(TooLate) as too_late:
            answer(match, oleh)
        how = {
            "state": "declined",
            "skipped_by_me": False,
            "listening": False,
            "searching": True,
            "talking": False,
            "proposed": False,
        }
        assert too_late.value.context == how
    with pytest.raises(TooLate) as too_late:
        accept(match, mira)
    how = {
        "state": "declined",
        "skipped_by_me": True,
        "listening": False,
        "searching": False,
        "talking": False,
        "proposed": False,
    }
    assert too_late.value.context == how
    assert state_of(match) == "declined"
    assert Match.objects.get().accepted_b_at is None


def test_changing_ones_mind_before_the_other_accepts(mira: Profile, oleh: Profile) -> None:
    """M5: who accepted may still skip while the other has not answered."""
    match = proposal_of(mira, oleh)
    accept(match, mira)
    skip(match, mira)
    assert state_of(match) == "declined"


def test_skipping_a_conversation(mira: Profile, oleh: Profile) -> None:
    """M5: a late Skip does not end a conversation."""
    match = proposal_of(mira, oleh)
    accept(match, mira)
    accept(match, oleh)
    with pytest.raises(TooLate):
        skip(match, mira)
    assert state_of(match) == "active"


def test_somebody_elses_proposal(mira: Profile, oleh: Profile) -> None:
    """M5: only the two may answer; one that is gone is answered the same way."""
    match = proposal_of(mira, oleh)
    ada = person("Ада")
    for answer in (accept, skip):
        with pytest.raises(NotYours):
            answer(match, ada)
        with pytest.raises(NotYours):
            answer(Match(pk=404), mira)
    assert state_of(match) == "proposed"


def test_completed(mira: Profile, oleh: Profile) -> None:
    """M5: active → completed; both are free. M6: they rest from each other as long as told, 24 h for instance."""
    match = proposal_of(mira, oleh)
    accept(match, mira)
    with transaction.atomic():
        assert not services.complete(match_id=match.pk, cooldown=HOUR, now=NOON)
    assert is_seated(mira)
    accept(match, oleh)
    with transaction.atomic():
        assert services.complete(match_id=match.pk, cooldown=24 * HOUR, now=NOON)
        assert not services.complete(match_id=match.pk, cooldown=72 * HOUR, now=NOON)
    assert not Seat.objects.exists()
    assert cooldown(mira, oleh) == NOON + 24 * HOUR
    find(mira)
    assert not find(oleh).proposed
    with pytest.raises(TooLate) as too_late:
        accept(match, mira)
    assert too_late.value.context["state"] == "completed"


def test_the_transitions_are_those_of_the_rule() -> None:
    """M5: proposed → active | declined | expired; active → completed."""
    assert {
        "proposed": {"active", "declined", "expired"},
        "active": {"completed"},
        "declined": set(),
        "expired": set(),
        "completed": set(),
    } == TRANSITIONS


@pytest.mark.parametrize(
    "broken",
    [{"state": "active"}, {"state": "declined"}, {"closed_at": NOON}, {"state": "completed", "closed_at": NOON}],
)
def test_the_database_refuses_invalid_states(mira: Profile, oleh: Profile, broken: dict[str, Any]) -> None:
    """M5: active needs both acceptances, and exactly the last states are closed."""
    proposal_of(mira, oleh)
    with pytest.raises(IntegrityError), transaction.atomic():
        Match.objects.update(**broken)


def test_the_time_to_answer_begins_with_the_later_delivery(mira: Profile, oleh: Profile) -> None:
    """M5: five minutes from the later of the two deliveries."""
    match = proposal_of(mira, oleh)
    assert match.expires_at == NOON + 10 * MINUTE
    delivered(match, oleh, NOON + MINUTE)
    match.refresh_from_db()
    assert match.expires_at == NOON + 10 * MINUTE
    delivered(match, mira, NOON + 2 * MINUTE)
    delivered(match, oleh, NOON + 3 * MINUTE)
    match.refresh_from_db()
    assert match.expires_at == NOON + 7 * MINUTE
    assert (match.delivered_a_at, match.delivered_b_at) == (NOON + 2 * MINUTE, NOON + MINUTE)


def test_a_late_delivery_changes_nothing(mira: Profile, oleh: Profile) -> None:
    """M5: what is over stays as it is."""
    match = proposal_of(mira, oleh)
    skip(match, mira)
    delivered(match, oleh, NOON + MINUTE)
    match.refresh_from_db()
    assert match.delivered_b_at is None


def test_declined(mira: Profile, oleh: Profile) -> None:
    """M6: 72 h of rest for the pair; who did not decline is back in front with their waiting time, and told so."""
    match = proposal_of(mira, oleh, NOON)
    skip(match, oleh, NOON + MINUTE)
    match.refresh_from_db()
    assert (match.state, match.declined_by, match.closed_at) == ("declined", oleh, NOON + MINUTE)
    assert cooldown(mira, oleh) == NOON + MINUTE + 72 * HOUR
    assert not Seat.objects.exists()
    assert entry(mira).since == NOON
    assert not is_waiting(oleh)
    assert told(mira) == ["matching.proposal", "matching.requeued"]
    assert told(oleh) == ["matching.proposal"]


def test_the_other_is_matched_again_at_once(mira: Profile, oleh: Profile) -> None:
    """M6: when somebody else is free, who did not decline is proposed to them in the same moment."""
    ada = person("Ада")
    match = proposal_of(mira, oleh)
    find(ada)
    skip(match, oleh)
    assert live_match(mira) == live_match(ada)
    assert told(mira) == ["matching.proposal", "matching.requeued", "matching.proposal"]


def test_the_pair_is_not_proposed_again_before_its_rest_is_over(mira: Profile, oleh: Profile) -> None:
    """M6: the same pair again after 72 h, not a second before."""
    skip(proposal_of(mira, oleh), oleh)
    find(oleh)
    assert sweeping.sweep(now=NOON + 72 * HOUR - timedelta(seconds=1)) == 0
    assert sweeping.sweep(now=NOON + 72 * HOUR) == 1


def test_expired(mira: Profile, oleh: Profile) -> None:
    """M6: who accepted is back in front without penalty, who stayed silent starts anew; 1 h of rest for the pair."""
    match = proposal_of(mira, oleh)
    delivered(match, mira)
    delivered(match, oleh)
    accept(match, mira)
    assert services.expire_proposals(now=NOON + 5 * MINUTE - timedelta(seconds=1)) == 0
    late = NOON + 5 * MINUTE
    assert services.expire_proposals(now=late) == 1
    assert services.expire_proposals(now=late) == 0
    assert state_of(match) == "expired"
    assert not Seat.objects.exists()
    assert cooldown(mira, oleh) == late + HOUR
    assert (entry(mira).since, entry(mira).requeues) == (NOON, 0)
    assert (entry(oleh).since, entry(oleh).requeues) == (late, 1)
    assert told(mira) == ["matching.proposal", "matching.requeued"]
    assert told(oleh) == ["matching.proposal", "matching.missed"]
    with pytest.raises(TooLate) as too_late:
        accept(match, oleh, late)
    how = {
        "state": "expired",
        "skipped_by_me": False,
        "listening": False,
        "searching": True,
        "talking": False,
        "proposed": False,
    }
    assert too_late.value.context == how


def test_silent_too_often(mira: Profile) -> None:
    """M6: who stays silent is requeued at most 2 times, then leaves the pool and is told how to come back."""
    find(mira)
    now = NOON
    for number in range(MAX_REQUEUES + 1):
        guest = person(f"Гость {number}")
        assert is_waiting(mira)
        find(guest, now)
        match = live_match(mira)
        delivered(match, mira, now)
        delivered(match, guest, now)
        now += 5 * MINUTE
        services.expire_proposals(now=now)
        services.cancel(profile_id=guest.pk, now=now)
    assert not is_waiting(mira)
    assert told(mira).count("matching.missed") == MAX_REQUEUES == 2
    assert told(mira)[-1] == "matching.left_pool"


def test_a_proposal_that_never_arrived_is_nobodys_silence(mira: Profile, oleh: Profile) -> None:
    """M6: who was never told keeps their place, and hears that the search goes on: they may have read of somebody."""
    proposal_of(mira, oleh)
    assert services.expire_proposals(now=NOON + 10 * MINUTE) == 1
    for profile in (mira, oleh):
        assert (entry(profile).since, entry(profile).requeues) == (NOON, 0)
        assert told(profile) == ["matching.proposal", "matching.requeued"]


def test_accepting_right_before_the_locks_of_expiry(
    mira: Profile, oleh: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """M6: expiry judges by the proposal under its locks: who has just accepted did not stay silent."""
    match = proposal_of(mira, oleh)
    delivered(match, mira)
    delivered(match, oleh)

    def accepted_first(ids: Iterable[int], *, skip_locked: bool = False) -> dict[int, Profile]:
        monkeypatch.undo()
        accept(match, mira)
        return lock_people(ids, skip_locked=skip_locked)

    monkeypatch.setattr(proposals, "lock_people", accepted_first)
    assert services.expire_proposals(now=NOON + 5 * MINUTE) == 1
    assert (entry(mira).since, entry(mira).requeues) == (NOON, 0)
    assert entry(oleh).requeues == 1


def test_accepted_in_time_is_not_expired(mira: Profile, oleh: Profile) -> None:
    """M5: a conversation does not expire."""
    match = proposal_of(mira, oleh)
    accept(match, mira)
    accept(match, oleh)
    assert services.expire_proposals(now=NOON + 24 * HOUR) == 0
    assert state_of(match) == "active"


@pytest.mark.parametrize("mira_leaves", [True, False])
def test_one_who_cannot_be_reached(mira: Profile, oleh: Profile, mira_leaves: bool) -> None:
    """M5: the other side has blocked the bot: the proposal expires at once and costs the remaining person nothing."""
    match = proposal_of(mira, oleh)
    gone, left = (mira, oleh) if mira_leaves else (oleh, mira)
    unreachable(gone)
    unreachable(gone)
    assert state_of(match) == "expired"
    assert not Seat.objects.exists()
    assert not is_waiting(gone)
    assert (entry(left).since, entry(left).requeues) == (NOON, 0)
    assert told(left) == ["matching.proposal", "matching.requeued"]
    assert told(gone) == ["matching.proposal"]


def test_one_who_waits_and_cannot_be_reached(mira: Profile, oleh: Profile) -> None:
    """M5: they leave the pool; a conversation is left alone."""
    find(mira)
    unreachable(mira)
    assert not is_waiting(mira)
    match = proposal_of(mira, oleh)
    accept(match, mira)
    accept(match, oleh)
    unreachable(mira)
    assert state_of(match) == "active"
    assert is_seated(mira)


def test_who_may_not_wait_any_more_is_not_put_back(mira: Profile, oleh: Profile) -> None:
    """M2: a person suspended meanwhile does not come back into the pool when the other skips."""
    match = proposal_of(mira, oleh)
    Profile.objects.filter(pk=mira.pk).update(suspended_until=NOON + HOUR)
    skip(match, oleh)
    assert not is_waiting(mira)
    assert not is_seated(mira)


def test_an_old_yes_takes_nothing_newer_back(mira: Profile, oleh: Profile) -> None:
    """M5: the button under a yes is about that proposal; of a later one the person reads that it is there."""
    old = proposal_of(mira, oleh)
    accept(old, mira)
    skip(old, oleh)
    find(person("Ада"))
    newer = live_match(mira)
    assert newer != old
    with pytest.raises(TooLate) as late:
        services.take_back(match_id=old.pk, profile_id=mira.pk, now=NOON)
    assert late.value.context["proposed"]
    assert not late.value.context["searching"]
    assert state_of(newer) == "proposed"
    assert services.take_back(match_id=newer.pk, profile_id=mira.pk, now=NOON)
    assert state_of(newer) == "expired"


def test_what_could_not_be_shown_is_nobodys_silence(mira: Profile, oleh: Profile) -> None:
    """M5, M6: who Telegram does not show the proposal to hears whose mistake it was; the other is back in front."""
    match = proposal_of(mira, oleh)
    with transaction.atomic():
        services.withdraw_proposal(match_id=match.pk, profile_id=mira.pk, now=NOON)
    assert told(mira)[-1] == "matching.not_shown"
    assert entry(oleh).since == NOON
