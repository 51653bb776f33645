"""A claim does not last for ever: whoever went away without deciding keeps nobody else from it."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group, User
from django.test import Client
from pytest_django.fixtures import Settings

from safety import case_queue, cases, sanctions
from safety.models import Case
from safety.roles import MODERATOR
from tests.base import person

from .scenes import NOON, conversation, moderator, report

pytestmark = pytest.mark.django_db

LASTS = timedelta(hours=2)
TOO_EARLY, IN_TIME = NOON + LASTS - timedelta(seconds=1), NOON + LASTS


@pytest.fixture
def boris() -> User:
    """Who has taken the case and gone home."""
    return moderator("boris")


@pytest.fixture
def anna() -> User:
    """Who is there."""
    user = moderator("anna")
    user.groups.set([Group.objects.get(name=MODERATOR)])
    return user


@pytest.fixture
def case(boris: User) -> Case:
    """Taken by Boris at noon."""
    mira = person("Мира")
    made = report(mira, conversation(mira, person("Олег")), "abuse")
    return cases.claim(case_id=made.case_id, by=boris.pk, now=NOON)


def test_an_old_claim_is_taken_over(case: Case, anna: User, boris: User) -> None:
    """S5: after two hours, not before; the other then can neither decide nor give it back."""
    with pytest.raises(cases.AlreadyClaimed):
        cases.claim(case_id=case.pk, by=anna.pk, now=TOO_EARLY)
    taken = cases.claim(case_id=case.pk, by=anna.pk, now=IN_TIME)
    assert (taken.state, taken.claimed_by, taken.claimed_at) == ("in_review", anna, IN_TIME)
    for attempt in (cases.release, cases.claim):
        with pytest.raises((cases.NotClaimedByYou, cases.AlreadyClaimed)):
            attempt(case_id=case.pk, by=boris.pk, now=IN_TIME)
    with pytest.raises(cases.NotClaimedByYou):
        sanctions.dismiss(case_id=case.pk, by=boris.pk, reason="x", now=IN_TIME)


def test_who_comes_back_first_decides(case: Case, boris: User) -> None:
    """S5: an old claim that nobody took over still holds, and claiming again begins it anew."""
    renewed = cases.claim(case_id=case.pk, by=boris.pk, now=IN_TIME)
    assert (renewed.claimed_by, renewed.claimed_at) == (boris, IN_TIME)
    sanctions.dismiss(case_id=case.pk, by=boris.pk, reason="x", now=IN_TIME + LASTS)


def test_a_resolved_case_is_nobodys_to_take(case: Case, anna: User, boris: User) -> None:
    """S5: however long ago it was claimed."""
    sanctions.dismiss(case_id=case.pk, by=boris.pk, reason="x", now=NOON)
    with pytest.raises(cases.AlreadyResolved):
        cases.claim(case_id=case.pk, by=anna.pk, now=IN_TIME)


def test_how_long_is_a_setting(case: Case, anna: User, settings: Settings) -> None:
    """S5: CLAIM_LASTS_HOURS."""
    settings.CLAIM_LASTS = timedelta(minutes=30)
    assert cases.claim(case_id=case.pk, by=anna.pk, now=NOON + timedelta(minutes=30)).claimed_by == anna


def test_the_next_case_may_be_one_that_was_left(case: Case, anna: User) -> None:
    """D1: it is offered like one that nobody has taken."""
    assert case_queue.next_case(for_moderator=anna.pk, now=TOO_EARLY) is None
    assert case_queue.next_case(for_moderator=anna.pk, now=IN_TIME) == case


def test_the_queue_and_the_page_offer_it(client: Client, case: Case, anna: User) -> None:
    """D1, S5: among those free to take, marked as such, with a button; not before its time, nor to who has it."""
    for moment, free in ((TOO_EARLY, False), (IN_TIME, True)):
        with time_machine.travel(moment, tick=False):
            client.force_login(anna)
            queue = client.get("/admin/safety/case/", {"state": "free"}).content.decode()
            assert bool(re.search(rf">#{case.pk}</a>", queue)) is free
            listed = client.get("/admin/safety/case/").content.decode()
            assert ("boris, may be taken over" in listed) is free
            page = client.get(f"/admin/safety/case/{case.pk}/change/").content.decode()
            assert ("Take over" in page) is free
            assert ("others may take it over" in page) is free
    with time_machine.travel(IN_TIME, tick=False):
        client.post(f"/admin/safety/case/{case.pk}/claim/")
        page = client.get(f"/admin/safety/case/{case.pk}/change/").content.decode()
    assert "Take over" not in page
    assert "decide/dismiss" in page
