"""What is measured about matching, as Prometheus reads it."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from matching import retention, tally, tasks
from matching.models import Match, Sweep, Tally
from matching.proposals import expire
from profiles.models import Profile
from project.celery import app
from tests.base import person

from .racing import race
from .scenes import NOON, accept, delivered, find, live_match, proposal_of, skip, topics

pytestmark = pytest.mark.django_db

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def scrape(client: Client) -> Iterator[Callable[[datetime], dict[str, float]]]:
    """What /metrics says at a time: value by name, and by bound for buckets."""

    def at(now: datetime) -> dict[str, float]:
        cache.clear()
        with time_machine.travel(now, tick=False):
            body = client.get("/metrics").content.decode()
        samples = [sample for family in text_string_to_metric_families(body) for sample in family.samples]
        return {sample.name + sample.labels.get("le", ""): sample.value for sample in samples}

    yield at
    cache.clear()


Scrape = Callable[[datetime], dict[str, float]]


def couple(letters: str = "abc", at: datetime = NOON) -> tuple[Match, Profile, Profile]:
    """Two people with a proposal, delivered to both."""
    one, other = (person(f"Пара {Profile.objects.count()}", topics=topics(letters)) for _ in range(2))
    match = proposal_of(one, other, at)
    for each in (one, other):
        delivered(match, each, at)
    return match, one, other


def test_how_many_wait(scrape: Scrape) -> None:
    """O1: match_queue_size."""
    assert scrape(NOON)["match_queue_size"] == 0
    find(person("Мира"))
    assert scrape(NOON)["match_queue_size"] == 1


def test_lag_is_the_age_of_who_was_not_looked_at(scrape: Scrape) -> None:
    """O1: match_worker_lag_ms: the oldest who came after the last sweep began; of all, before the first one."""
    assert scrape(NOON)["match_worker_lag_ms"] == 0
    for name, letters, minute in (("Мира", "ab", 0), ("Ада", "cd", 1), ("Ида", "ef", 3)):
        find(person(name, topics=topics(letters)), NOON + minute * MINUTE)
    assert scrape(NOON + 5 * MINUTE)["match_worker_lag_ms"] == 5 * 60_000
    swept(NOON + MINUTE)
    assert scrape(NOON + 5 * MINUTE)["match_worker_lag_ms"] == 2 * 60_000
    swept(NOON + 4 * MINUTE)
    assert scrape(NOON + 5 * MINUTE)["match_worker_lag_ms"] == 0


def swept(at: datetime) -> None:
    """A sweep began at this time."""
    Sweep.objects.update_or_create(
        pk=Sweep.ONLY, defaults={"began_at": at, "ended_at": at, "waiting": 0, "proposed": 0, "held_back": 0}
    )


def test_proposals_by_outcome(scrape: Scrape) -> None:
    """O1: proposals_sent, match_accept, match_decline, match_expired; an acceptance counts once both have."""
    totals = ("proposals_sent_total", "match_accept_total", "match_decline_total", "match_expired_total")

    def counted() -> list[float]:
        found = scrape(NOON + HOUR)
        return [found[name] for name in totals]

    assert counted() == [0, 0, 0, 0]
    match, one, other = couple("ab")
    accept(match, one)
    assert counted() == [1, 0, 0, 0]
    accept(match, other)
    match, one, _ = couple("cd")
    skip(match, one)
    match, _, _ = couple("ef")
    couple("gh")
    expire(match_id=match.pk, now=NOON + HOUR)
    assert counted() == [4, 1, 1, 1]


def test_totals_never_fall(scrape: Scrape) -> None:
    """O1: what is purged or erased stays counted, and so does what the tally folds."""
    match, one, other = couple("ab")
    accept(match, one)
    accept(match, other)
    match, one, _ = couple("cd")
    skip(match, one)
    before = scrape(NOON + HOUR)
    tally.fold()
    retention.purge(NOON + timedelta(days=1000))
    Match.objects.all().delete()
    tally.fold()
    after = scrape(NOON + HOUR)
    kept = [
        name
        for name in before
        if name.endswith(("sent_total", "accept_total", "decline_total")) or "to_proposal" in name
    ]
    assert {name: before[name] for name in kept} == {name: after[name] for name in kept}
    assert after["proposals_sent_total"] == 2


def test_the_share_accepted_by_both(scrape: Scrape) -> None:
    """O1: accept_rate: of the proposals that ended within an hour; nothing is said where none did."""
    assert "accept_rate" not in scrape(NOON)
    couple("ab")
    assert "accept_rate" not in scrape(NOON)
    match, one, other = couple("cd")
    accept(match, one)
    accept(match, other, NOON + 4 * MINUTE)
    for letters in ("ef", "gh"):
        match, one, _ = couple(letters)
        skip(match, one, NOON + 30 * MINUTE)
    match, _, _ = couple("ij")
    expire(match_id=match.pk, now=NOON + 40 * MINUTE)
    assert scrape(NOON + 41 * MINUTE)["accept_rate"] == 0.25
    assert scrape(NOON + 41 * MINUTE)["match_closed_last_hour"] == 4
    assert scrape(NOON + 65 * MINUTE)["accept_rate"] == 0
    assert scrape(NOON + 95 * MINUTE)["match_closed_last_hour"] == 1
    assert "accept_rate" not in scrape(NOON + 101 * MINUTE)


def test_how_long_a_search_waits_for_its_first_proposal(scrape: Scrape) -> None:
    """O1: time_to_proposal_seconds: who waited and who came; not again for who goes back in front."""
    mira, oleh, ada = person("Мира"), person("Олег"), person("Ада")
    find(mira)
    find(oleh, NOON + 20 * SECOND)
    match = live_match(mira)
    skip(match, oleh, NOON + 3 * MINUTE)
    find(ada, NOON + 4 * MINUTE)
    assert live_match(ada) == live_match(mira)
    found = scrape(NOON + HOUR)
    assert found["time_to_proposal_seconds_count"] == 3
    assert found["time_to_proposal_seconds_sum"] == 20
    assert found["time_to_proposal_seconds_bucket0.1"] == 2
    assert found["time_to_proposal_seconds_bucket15.0"] == 2
    assert found["time_to_proposal_seconds_bucket30.0"] == 3
    assert found["time_to_proposal_seconds_bucket+Inf"] == 3


def test_a_listener_did_not_wait(scrape: Scrape) -> None:
    """O1, P9: who was asked as a listener was not searching."""
    mira, oleh = sorted((person("Мира"), person("Олег")), key=lambda one: one.pk)
    parts = {"score": 1, "topic_overlap": 1, "time_overlap": 1, "helpfulness": 1, "expires_at": NOON}
    since = {"since_a": NOON - MINUTE, "since_b": NOON, "created_at": NOON}
    Match.objects.create(a=mira, b=oleh, listener=oleh, **parts, **since)
    found = scrape(NOON)
    assert found["time_to_proposal_seconds_count"] == 1
    assert found["time_to_proposal_seconds_sum"] == 60


@pytest.mark.django_db(transaction=True)
def test_folding_loses_nothing_whoever_counts_meanwhile() -> None:
    """O1: counted in three threads, folded in two: each once."""

    def count() -> None:
        for _ in range(50):
            Tally.objects.create(what=Tally.What.PROPOSED, count=1)

    def fold() -> None:
        for _ in range(20):
            tally.fold()

    assert race([count, fold, count, fold, count]) == [None] * 5
    assert tally.totals().proposed == 150
    tally.fold()
    assert Tally.objects.count() == 1
    assert tally.totals().proposed == 150


def test_the_tally_is_kept_short() -> None:
    """O1: beat folds it, so that a scrape never sums more than what a minute brings."""
    schedule = {entry["task"]: entry["schedule"] for entry in app.conf.beat_schedule.values()}
    assert schedule["matching.tasks.fold_tally"] == MINUTE
    for letters in ("ab", "cd"):
        couple(letters)
    before = tally.totals()
    tasks.fold_tally()
    assert Tally.objects.count() == 2
    assert tally.totals() == before
