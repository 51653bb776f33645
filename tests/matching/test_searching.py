"""Going into the pool, out of it, and who may be introduced to whom."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from delivery.models import Recipient
from matching import scoring, services, sweeping
from matching.cooldowns import keep_apart
from matching.models import Match, PoolEntry, PoolQuerySet, RecentContact, Seat
from profiles.models import Profile
from tests.base import person
from tests.outbox import told

from .scenes import NOON, accept, find, is_seated, is_waiting, live_match, proposal_of, put_into_both_places, topics

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def test_find_and_cancel() -> None:
    """M1: /find puts the person into the waiting pool, /cancel takes them out."""
    mira = person("Мира")
    assert find(mira) == services.Found(since=NOON, proposed=False)
    assert is_waiting(mira)
    assert services.cancel(profile_id=mira.pk, now=NOON) is services.Cancelled.SEARCH
    assert not is_waiting(mira)


def test_a_second_search_keeps_the_waiting_time() -> None:
    """M1: one person is in the pool once, and /find again, or the same update again, changes nothing."""
    mira = person("Мира")
    assert not find(mira).already
    assert find(mira, NOON + HOUR) == services.Found(since=NOON, proposed=False, already=True)
    assert PoolEntry.objects.get().since == NOON


def test_a_second_search_forgets_silence() -> None:
    """M6: who searches again by themselves is there again: earlier silence does not count any more."""
    mira = person("Мира")
    find(mira)
    PoolEntry.objects.update(requeues=2)
    find(mira)
    assert PoolEntry.objects.get().requeues == 0


def test_cancelling_twice() -> None:
    """M1: /cancel again is no error."""
    mira = person("Мира")
    find(mira)
    assert services.cancel(profile_id=mira.pk, now=NOON) is services.Cancelled.SEARCH
    assert services.cancel(profile_id=mira.pk, now=NOON) is services.Cancelled.NOTHING


def test_two_who_search_are_proposed_to_each_other() -> None:
    """M1: a search is tried at once; both leave the pool for a seat each, and both are told."""
    mira, oleh = person("Мира"), person("Олег")
    find(mira)
    assert find(oleh, NOON + HOUR).proposed
    match = live_match(mira)
    assert match == live_match(oleh)
    assert (match.a_id, match.b_id) == (mira.pk, oleh.pk)
    assert (match.since_a, match.since_b) == (NOON, NOON + HOUR)
    assert not PoolEntry.objects.exists()
    assert told(mira) == told(oleh) == ["matching.proposal"]


def test_no_search_with_an_open_proposal() -> None:
    """M1: at most one live proposal."""
    mira, oleh = person("Мира"), person("Олег")
    proposal_of(mira, oleh)
    with pytest.raises(services.AlreadyProposed):
        find(mira)
    assert is_seated(mira)
    assert not is_waiting(mira)


@pytest.mark.parametrize("accepted", [False, True])
def test_cancelling_takes_back_a_proposal(accepted: bool) -> None:
    """M1, M5: nobody is stuck in a proposal, not even who said yes; the other goes back in front and is told."""
    mira, oleh = person("Мира"), person("Олег")
    match = proposal_of(mira, oleh)
    if accepted:
        accept(match, oleh)
    assert services.cancel(profile_id=oleh.pk, now=NOON) is services.Cancelled.SEARCH
    assert not is_seated(oleh)
    assert not is_waiting(oleh)
    assert is_waiting(mira)
    assert told(mira) == ["matching.proposal", "matching.requeued"]
    assert services.cancel(profile_id=oleh.pk, now=NOON) is services.Cancelled.NOTHING


def test_no_search_while_talking() -> None:
    """M1: at most one conversation."""
    mira, oleh = person("Мира"), person("Олег")
    match = proposal_of(mira, oleh)
    accept(match, mira)
    accept(match, oleh)
    with pytest.raises(services.AlreadyTalking):
        find(mira)
    with pytest.raises(services.AlreadyTalking):
        services.cancel(profile_id=mira.pk, now=NOON)


def test_the_database_refuses_a_second_seat() -> None:
    """M1: the database itself enforces it."""
    mira, oleh, ada = person("Мира"), person("Олег"), person("Ада")
    match = proposal_of(mira, oleh)
    other = Match.objects.create(
        a=mira,
        b=ada,
        score=0,
        topic_overlap=0,
        time_overlap=0,
        helpfulness=0,
        since_a=NOON,
        since_b=NOON,
        expires_at=NOON,
    )
    assert match != other
    with pytest.raises(IntegrityError), transaction.atomic():
        Seat.objects.create(profile=mira, match=other)
    with pytest.raises(IntegrityError), transaction.atomic():
        PoolEntry.objects.bulk_create([_row(ada), _row(ada)])


def _row(profile: Profile) -> PoolEntry:
    return PoolEntry(profile=profile, since=NOON, topic_mask=3, language_mask=1, utc_offset=180, helpfulness=0.5)


@pytest.mark.parametrize("seen_beforehand", [True, False])
def test_a_seat_taken_elsewhere_is_passed_over(seen_beforehand: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """M1: should a seat be taken by whoever does not hold the locks, the database refuses and the search goes on."""
    mira, oleh, ada = person("Мира"), person("Олег"), person("Ада")
    if not seen_beforehand:
        monkeypatch.setattr(PoolQuerySet, "in_good_standing", lambda everybody, _: everybody)
    match = proposal_of(mira, oleh)
    put_into_both_places(mira)
    assert not find(ada).proposed
    assert live_match(mira) == match


@pytest.mark.parametrize("state", [state for state in Profile.State if state != Profile.State.COMPLETE])
def test_an_incomplete_profile_is_refused(state: Profile.State) -> None:
    """M2: both are complete."""
    mira = person("Мира")
    Profile.objects.update(state=state)
    with pytest.raises(services.IncompleteProfile):
        find(mira)
    assert not is_waiting(mira)


def test_someone_unknown_is_refused() -> None:
    """M2: an erased person's search is answered like an incomplete one's."""
    with pytest.raises(services.IncompleteProfile):
        services.find(profile_id=404, now=NOON)


def test_a_suspended_person_is_refused_until_it_ends() -> None:
    """M2: both are in good standing."""
    mira = person("Мира")
    Profile.objects.update(suspended_until=NOON + HOUR)
    with pytest.raises(services.Suspended) as refused:
        find(mira)
    assert refused.value.context == {"until": NOON + HOUR, "timezone": "Europe/Kyiv"}
    assert not find(mira, NOON + HOUR).proposed


def test_a_search_makes_reachable_again() -> None:
    """M2: who searches has just written."""
    mira = person("Мира")
    Recipient.objects.update(reachable=False)
    find(mira)
    assert Recipient.objects.get(pk=mira.pk).reachable


@pytest.mark.parametrize(
    "change",
    [
        {"state": Profile.State.WAITING_BIO},
        {"suspended_until": NOON + HOUR},
        {"recipient__reachable": False},
        {"pool_entry__language_mask": 4},
        {"pool_entry__topic_mask": 0b100},
    ],
    ids=lambda change: next(iter(change)),
)
def test_who_is_not_allowed_is_not_proposed(change: dict[str, object]) -> None:
    """M2: complete, in good standing, reachable, a language and two topics in common; else the next one."""
    mira, oleh, ada = person("Мира", topics=topics("ab")), person("Олег", topics=topics("ab")), person("Ада")
    find(mira)
    _change(mira, change)
    assert not find(oleh).proposed
    assert sweeping.sweep(now=NOON) == 0
    Profile.objects.filter(pk=ada.pk).update(topic_mask=oleh.topic_mask)
    assert find(ada).proposed
    assert live_match(ada) == live_match(oleh)


def _change(profile: Profile, change: dict[str, object]) -> None:
    for path, value in change.items():
        match path.split("__"):
            case ["recipient", name]:
                Recipient.objects.filter(pk=profile.pk).update(**{name: value})
            case ["pool_entry", name]:
                PoolEntry.objects.filter(pk=profile.pk).update(**{name: value})
            case [name]:
                Profile.objects.filter(pk=profile.pk).update(**{name: value})


@pytest.mark.parametrize(
    ("mine", "theirs", "allowed"),
    [
        (["ru"], ["ru"], True),
        (["ru"], ["uk"], False),
        (["ru", "uk"], ["uk", "en"], True),
        (["en"], ["ru", "uk"], False),
    ],
)
def test_a_language_in_common(mine: list[str], theirs: list[str], allowed: bool) -> None:
    """M2: a pair has a language to talk in."""
    find(person("Мира", speaks=mine))
    assert find(person("Олег", speaks=theirs)).proposed is allowed


@pytest.mark.parametrize(
    ("mine", "theirs", "allowed"),
    [("ab", "ab", True), ("ab", "bc", False), ("abc", "bcd", True), ("ab", "cd", False), ("abcdefgh", "ah", True)],
)
def test_two_topics_in_common(mine: str, theirs: str, allowed: bool) -> None:
    """M2: a pair has at least two topics in common; one is not enough."""
    find(person("Мира", topics=topics(mine)))
    assert find(person("Олег", topics=topics(theirs))).proposed is allowed


def test_the_sixty_third_topic_counts() -> None:
    """M2: the highest bits of the mask are as good as any."""
    mira, oleh = person("Мира"), person("Олег")
    Profile.objects.update(topic_mask=1 << 62 | 1 << 61)
    find(mira)
    assert find(oleh).proposed


@pytest.mark.parametrize("mira_first", [True, False])
def test_a_cooldown_in_either_direction(mira_first: bool) -> None:
    """M2: no row of recent_contacts in either direction is in force."""
    mira, oleh = person("Мира"), person("Олег")
    user, other = (mira, oleh) if mira_first else (oleh, mira)
    RecentContact.objects.create(user=user, other=other, until=NOON + HOUR, reason="decline")
    find(mira)
    assert not find(oleh).proposed
    assert sweeping.sweep(now=NOON + HOUR - timedelta(seconds=1)) == 0
    assert sweeping.sweep(now=NOON + HOUR) == 1


def test_a_longer_cooldown_stays() -> None:
    """M2: a cooldown never gets shorter."""
    mira, oleh = person("Мира"), person("Олег")
    for hours, expected in [(2, 2), (1, 2), (3, 3)]:
        keep_apart(one=mira.pk, other=oleh.pk, until=NOON + hours * HOUR, reason=RecentContact.Reason.DECLINE)
        assert set(RecentContact.objects.values_list("user", "other", "until")) == {
            (mira.pk, oleh.pk, NOON + expected * HOUR),
            (oleh.pk, mira.pk, NOON + expected * HOUR),
        }


def test_the_best_fit_is_proposed() -> None:
    """M3: of several allowed, the one with the highest score, though others wait longer; the match keeps the parts."""
    for number, letters in enumerate(["abcdef", "abcd", "abc"]):
        find(person(f"Гость {number}", topics=topics(letters)), NOON + number * HOUR)
    mira = person("Мира", topics=topics("abc"))
    find(mira)
    match = live_match(mira)
    assert match.a.nickname == "Гость 2"
    assert (match.topic_overlap, match.time_overlap, match.helpfulness) == (1, 1, 0.5)
    assert match.score == pytest.approx(0.6 + 0.2 + 0.1)


def test_between_equals_the_zone_then_helpfulness_then_patience() -> None:
    """M3: the time of day counts after the topics, helpfulness only tips, and then whoever has waited longest."""
    far = person("Далеко", timezone="Asia/Almaty")
    late, early = person("Позже"), person("Раньше")
    liked = person("Помощница")
    Profile.objects.filter(pk=liked.pk).update(rating_sum=1000, rating_count=10)
    Profile.objects.filter(pk=early.pk).update(rating_sum=500, rating_count=10)
    Profile.objects.filter(pk=late.pk).update(rating_sum=500, rating_count=10)
    # All in the pool before anybody is proposed, each alone among strangers' topics.
    for profile, since in [(far, 0), (late, 3), (early, 2), (liked, 4)]:
        PoolEntry.objects.create(
            profile=profile,
            since=NOON + since * HOUR,
            topic_mask=profile.topic_mask,
            language_mask=1,
            utc_offset=scoring.utc_offset(profile.timezone, NOON),
            helpfulness=0.9 if profile == liked else 0.5,
        )
    for number, expected in enumerate([liked, early, late, far]):
        searcher = person(f"Гость {number}")
        find(searcher, NOON + 5 * HOUR)
        match = live_match(searcher)
        assert match.partner_of(searcher.pk) == expected.pk


def test_the_cost_of_a_search_does_not_grow_with_the_pool() -> None:
    """M3: a search reads a bounded number of candidates, and a fixed number of statements makes the proposal."""
    searcher = person("Мира", topics=topics("abc"))
    for number in range(12):
        PoolEntry.objects.create(
            profile=person(f"Гость {number}"),
            since=NOON,
            topic_mask=searcher.topic_mask,
            language_mask=1,
            utc_offset=180,
            helpfulness=0.5,
        )
    with CaptureQueriesContext(connection) as queries:
        assert find(searcher).proposed
    assert len(queries) <= 20


def test_helpfulness_is_the_bayesian_average_over_everybody() -> None:
    """M3: a newcomer gets the mean of all ratings."""
    mira, oleh = person("Мира"), person("Олег", topics=topics("kl"))
    Profile.objects.filter(pk=oleh.pk).update(rating_sum=800, rating_count=10)
    find(mira)
    find(oleh)
    assert mira.pool_entry.helpfulness == pytest.approx(0.8)
    assert oleh.pool_entry.helpfulness == pytest.approx((8 * 0.8 + 8) / 18)


def test_the_pool_follows_a_changed_profile() -> None:
    """M1: whoever waits and changes their profile is searched for by what they are now; the waiting time stays."""
    mira, oleh = person("Мира", topics=topics("ab")), person("Олег", topics=topics("cd"))
    find(mira)
    find(oleh, NOON + HOUR)
    Profile.objects.filter(pk=oleh.pk).update(topic_mask=mira.topic_mask, timezone="Asia/Almaty", speaks_en=True)
    with transaction.atomic():
        services.refresh_pool_entry(profile_id=oleh.pk, now=NOON + 2 * HOUR)
    entry = PoolEntry.objects.get(pk=oleh.pk)
    assert (entry.topic_mask, entry.utc_offset, entry.language_mask) == (mira.topic_mask, 300, 5)
    assert entry.since == NOON + HOUR
    assert sweeping.sweep(now=NOON + 2 * HOUR) == 1


def test_a_profile_that_may_not_wait_leaves_the_pool() -> None:
    """M2: a refreshed row of someone who is not complete any more goes; nothing appears for who does not wait."""
    mira, oleh = person("Мира"), person("Олег", topics=topics("kl"))
    find(mira)
    Profile.objects.update(state=Profile.State.WAITING_BIO)
    with transaction.atomic():
        for profile in (mira, oleh):
            services.refresh_pool_entry(profile_id=profile.pk, now=NOON)
    assert not PoolEntry.objects.exists()


def test_the_sweep_pairs_who_is_left_oldest_first() -> None:
    """M1: the sweep pairs everybody it can; the odd one out keeps waiting."""
    people = [person(f"Гость {letter}", topics=topics(f"{letter}k")) for letter in "abcde"]
    for number, profile in enumerate(people):
        find(profile, NOON + number * HOUR)
    Profile.objects.update(topic_mask=3)
    PoolEntry.objects.update(topic_mask=3)
    assert sweeping.sweep(now=NOON + 6 * HOUR) == 2
    assert [is_waiting(profile) for profile in people] == [False, False, False, False, True]
    assert live_match(people[0]) == live_match(people[1])
