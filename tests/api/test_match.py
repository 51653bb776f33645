"""Searching and answering proposals through the HTTP API."""

import json
from datetime import datetime, timedelta

import pytest
from django.http import HttpResponse
from django.utils import timezone
from pytest_django.fixtures import Settings

from chat.models import ChatSession
from delivery.models import Recipient
from matching import queries
from matching.models import Match, PoolEntry
from profiles.models import Profile
from safety.sanctions import suspend
from tests.api.caller import CONFIRM, Signing, confirm, find, problem, telegram_id
from tests.base import person
from tests.matching.scenes import is_seated, is_waiting, state_of, topics
from tests.outbox import told
from tests.safety.scenes import claimed_case, conversation, ended, erased, moderator, report

pytestmark = pytest.mark.django_db


@pytest.fixture
def mira() -> Profile:
    """Who searches first."""
    return person("Мира")


@pytest.fixture
def andrey() -> Profile:
    """Who fits."""
    return person("Андрей")


@pytest.fixture
def match(mira: Profile, andrey: Profile) -> Match:
    """The two are proposed to each other."""
    find(mira)
    find(andrey)
    return Match.objects.get()


def said(answer: HttpResponse) -> dict[str, object]:
    """The body of an answer."""
    return dict(json.loads(answer.content))


def test_who_searches_alone_waits(mira: Profile) -> None:
    """M1, A1: 202, and the person is in the pool; nobody has been matched, so nobody can tell how long it takes."""
    answer = find(mira)
    since = PoolEntry.objects.get(pk=mira.pk).since
    assert answer.status_code == 202
    assert said(answer) | {"since": None} == {
        "state": "waiting",
        "since": None,
        "expected_wait": None,
        "match_id": None,
    }
    # JSON's times are in milliseconds.
    assert timedelta(0) <= since - datetime.fromisoformat(str(said(answer)["since"])) < timedelta(milliseconds=1)


def test_the_expected_wait_is_in_seconds(mira: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    """M7: what can be told about the wait is told."""
    monkeypatch.setattr(queries, "expected_wait", lambda **_: timedelta(minutes=1, milliseconds=700))
    assert said(find(mira))["expected_wait"] == 61


def test_where_somebody_waits_there_is_a_proposal_at_once(mira: Profile, andrey: Profile) -> None:
    """M4: the answer names the match, and both are told in Telegram as well."""
    find(mira)
    answer = find(andrey)
    assert answer.status_code == 202
    assert said(answer)["state"] == "proposed"
    assert said(answer)["match_id"] == Match.objects.get().pk
    assert "matching.proposal" in told(mira)
    assert "matching.proposal" in told(andrey)


def test_a_second_search_is_refused_and_keeps_the_first(mira: Profile) -> None:
    """M1: 409 while waiting; the waiting time goes on."""
    find(mira)
    since = PoolEntry.objects.get(pk=mira.pk).since
    assert problem(find(mira)) == (409, "already-waiting")
    assert PoolEntry.objects.get(pk=mira.pk).since == since


def test_a_second_search_that_finds_somebody_says_so(mira: Profile, andrey: Profile) -> None:
    """M4: who waited and now has a proposal does not wait any more."""
    find(mira)
    Profile.objects.filter(pk=andrey.pk).update(topic_mask=person("Ира", topics=topics("kl")).topic_mask)
    find(andrey)
    Profile.objects.filter(pk=andrey.pk).update(topic_mask=mira.topic_mask)
    PoolEntry.objects.filter(pk=andrey.pk).update(topic_mask=mira.topic_mask)
    assert said(find(mira))["state"] == "proposed"


def test_who_has_a_proposal_or_talks_does_not_search(mira: Profile, match: Match) -> None:
    """M1: one live proposal or conversation."""
    assert problem(find(mira)) == (409, "already-proposed")
    confirm(mira, match.pk)
    assert problem(find(mira)) == (409, "already-proposed")
    confirm(match.b if match.a == mira else match.a, match.pk)
    assert problem(find(mira)) == (409, "already-talking")


def test_nobody_who_never_started_the_bot_searches() -> None:
    """A2: 404, also for who has pressed Start and was not asked anything yet."""
    assert problem(Signing("7999999999").request().sent()) == (404, "unknown-person")
    Recipient.objects.create(telegram_id=7999999999)
    assert problem(Signing("7999999999").request().sent()) == (404, "unknown-person")


def test_only_who_may_search_searches(mira: Profile, settings: Settings) -> None:
    """M2, P1, S5: the service judges, as it does for the bot."""
    Profile.objects.filter(pk=mira.pk).update(suspended_until=timezone.now() + timedelta(days=1))
    assert problem(find(mira)) == (403, "suspended")
    Profile.objects.filter(pk=mira.pk).update(suspended_until=None, state=Profile.State.WAITING_BIO)
    assert problem(find(mira)) == (409, "incomplete-profile")
    Profile.objects.filter(pk=mira.pk).update(state=Profile.State.COMPLETE)
    settings.RULES_VERSION = 2
    assert problem(find(mira)) == (403, "rules-changed")
    assert not is_waiting(mira)


def test_two_accept_and_talk(mira: Profile, andrey: Profile, match: Match) -> None:
    """M5, C1: `proposed` after the first, `active` after the second, each the same when said twice; both are told."""
    states = [said(confirm(somebody, match.pk))["state"] for somebody in (mira, mira, andrey, andrey, mira)]
    assert states == ["proposed", "proposed", "active", "active", "active"]
    assert ChatSession.objects.filter(match=match, ended_at=None).count() == 1
    assert told(mira).count("chat.connected") == told(andrey).count("chat.connected") == 1


def test_one_declines(mira: Profile, andrey: Profile, match: Match) -> None:
    """M5, M6: `declined`, also when said twice; the other is back in the pool, and is too late to accept."""
    assert [said(confirm(mira, match.pk, "decline"))["state"] for _ in range(2)] == ["declined", "declined"]
    assert is_waiting(andrey)
    assert not is_waiting(mira)
    assert problem(confirm(andrey, match.pk)) == (409, "too-late")
    assert problem(confirm(mira, match.pk)) == (409, "too-late")
    assert state_of(match) == Match.State.DECLINED


def test_nobody_declines_a_conversation(mira: Profile, andrey: Profile, match: Match) -> None:
    """M5: once both have accepted, the proposal is over."""
    confirm(mira, match.pk)
    confirm(andrey, match.pk)
    assert problem(confirm(mira, match.pk, "decline")) == (409, "too-late")
    assert is_seated(mira)


def test_a_proposal_of_others_is_nobodys_business(match: Match) -> None:
    """M5, A1: it looks the same as one that does not exist."""
    olha = person("Оля")
    for action in ("accept", "decline"):
        answers = [confirm(olha, number, action) for number in (match.pk, match.pk + 1, 2**63 - 1)]
        assert {problem(answer) for answer in answers} == {(404, "not-yours")}
        assert len({answer.content for answer in answers}) == 1
    assert state_of(match) == Match.State.PROPOSED


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        "accept",
        1,
        {"action": "accept"},
        {"match_id": 1},
        {"match_id": 1, "action": "skip"},
        {"match_id": 1, "action": None},
        *({"match_id": wrong, "action": "accept"} for wrong in ("1", 1.5, True, None, 0, -1, 2**63, 10**100, [1])),
    ],
)
def test_a_body_of_another_shape_is_refused(mira: Profile, body: object) -> None:
    """A2: 422, which says where, and quotes nothing."""
    answer = Signing(telegram_id(mira)).request(CONFIRM, body).sent()
    assert problem(answer) == (422, "about:blank")
    assert "skip" not in answer.content.decode()


def test_who_was_paused_meanwhile_starts_no_conversation(mira: Profile, andrey: Profile) -> None:
    """S5, M5: a pause takes effect at once, and costs the other person nothing."""
    olha, staff = person("Оля"), moderator()
    session = conversation(mira, olha)
    ended(session, by=olha)
    report(olha, session)
    find(mira)
    match_id = json.loads(find(andrey).content)["match_id"]
    case = claimed_case(mira, staff)
    suspend(case_id=case.pk, by=staff.pk, days=1, reason="spam", now=timezone.now())
    assert [problem(confirm(mira, match_id, action)) for action in ("accept", "decline")] == [(409, "too-late")] * 2
    assert problem(find(mira)) == (403, "suspended")
    assert is_waiting(andrey)


def test_who_was_erased_meanwhile_is_unknown(mira: Profile, andrey: Profile, match: Match) -> None:
    """P7, M5: their calls and their proposals lead nowhere; the other searches on."""
    signing = Signing(telegram_id(mira))
    erased(mira)
    body = {"match_id": match.pk, "action": "accept"}
    assert problem(signing.request(CONFIRM, body).sent()) == (404, "unknown-person")
    assert problem(confirm(andrey, match.pk)) == (404, "not-yours")
    assert is_waiting(andrey)
