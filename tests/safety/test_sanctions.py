"""What moderators decide: who may, what it does at once, who is told what."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import transaction

from chat.models import ChatSession
from matching import services as matching
from matching.models import Match, PoolEntry
from profiles import prompts
from profiles.models import ErasedStanding, Profile, Prompt
from project.errors import DomainError
from project.rendering import render
from safety import cases, sanctions
from safety.models import Case, ModerationAction, Report
from tests.base import person
from tests.outbox import rendered, told

from .scenes import NOON, claimed_case, conversation, ended, erased, moderator, report

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(hours=1)
Decision = Callable[..., ModerationAction]


def a_week(*, case_id: int, by: int, reason: str, now: datetime) -> ModerationAction:
    """Suspend for seven days."""
    return sanctions.suspend(case_id=case_id, by=by, days=7, reason=reason, now=now)


DECISIONS: list[Decision] = [sanctions.dismiss, sanctions.warn, a_week]


@pytest.fixture
def mira() -> Profile:
    """Who reported."""
    return person("Мира")


@pytest.fixture
def oleh() -> Profile:
    """Who was reported."""
    return person("Олег", language="en")


@pytest.fixture
def session(mira: Profile, oleh: Profile) -> ChatSession:
    """Their conversation, over which Mira reported Oleh for abuse."""
    session = conversation(mira, oleh)
    report(mira, session, "abuse")
    return session


@pytest.fixture
def mod() -> User:
    """A moderator."""
    return moderator()


@pytest.fixture
def case(session: ChatSession, oleh: Profile, mod: User) -> Case:
    """The case, taken by the moderator."""
    return claimed_case(oleh, mod)


def decide(decision: Decision, case: Case, by: User, now: datetime = LATER, **more: object) -> ModerationAction:
    """The moderator decides."""
    return decision(case_id=case.pk, by=by.pk, reason="read it", now=now, **more)


def test_taking_a_case(session: ChatSession, mod: User) -> None:
    """S5: new → in_review → new; another moderator hears who has it; taking it twice changes nothing."""
    case = Case.objects.get()
    taken = cases.claim(case_id=case.pk, by=mod.pk, now=NOON)
    assert (taken.state, taken.claimed_by, taken.claimed_at) == ("in_review", mod, NOON)
    assert cases.claim(case_id=case.pk, by=mod.pk, now=LATER).claimed_at == NOON
    other = moderator("other")
    with pytest.raises(cases.AlreadyClaimed) as caught:
        cases.claim(case_id=case.pk, by=other.pk, now=LATER)
    assert "mod" in render(caught.value.template, caught.value.context, language="en")
    with pytest.raises(cases.NotClaimedByYou):
        cases.release(case_id=case.pk, by=other.pk, now=LATER)
    assert cases.release(case_id=case.pk, by=mod.pk, now=LATER).state == "new"
    assert cases.claim(case_id=case.pk, by=other.pk, now=LATER).claimed_by == other


@pytest.mark.parametrize("decision", DECISIONS)
def test_only_who_has_taken_the_case_may_decide(decision: Decision, session: ChatSession, mod: User) -> None:
    """S5: neither before it was taken, nor somebody else, nor twice; and nothing happens then."""
    case = Case.objects.get()
    with pytest.raises(cases.NotClaimedByYou):
        decide(decision, case, mod)
    cases.claim(case_id=case.pk, by=mod.pk, now=NOON)
    with pytest.raises(cases.NotClaimedByYou):
        decide(decision, case, moderator("other"))
    assert not ModerationAction.objects.exists()
    decide(decision, case, mod)
    for service in (*DECISIONS,):
        with pytest.raises(cases.AlreadyResolved):
            decide(service, case, mod)
    with pytest.raises(cases.AlreadyResolved):
        cases.release(case_id=case.pk, by=mod.pk, now=LATER)
    with pytest.raises(cases.AlreadyResolved):
        cases.claim(case_id=case.pk, by=mod.pk, now=LATER)
    assert ModerationAction.objects.count() == 1


def test_there_has_to_be_a_case_and_a_reason(case: Case, mod: User) -> None:
    """S5: a wrong number, no reason, or a length that is not offered changes nothing."""
    with pytest.raises(cases.NoSuchCase):
        sanctions.warn(case_id=case.pk + 1, by=mod.pk, reason="x", now=LATER)
    with pytest.raises(sanctions.ReasonMissing):
        sanctions.warn(case_id=case.pk, by=mod.pk, reason="  ", now=LATER)
    with pytest.raises(ValueError, match="2"):
        sanctions.suspend(case_id=case.pk, by=mod.pk, days=2, reason="x", now=LATER)
    case.refresh_from_db()
    assert case.state == "in_review"


@pytest.mark.parametrize(("decision", "status"), list(zip(DECISIONS, ["dismissed", "upheld", "upheld"], strict=True)))
def test_what_a_decision_closes(decision: Decision, status: str, case: Case, mod: User, oleh: Profile) -> None:
    """S5: one append-only row; the case resolved; its reports closed as upheld or dismissed."""
    action = decide(decision, case, mod)
    case.refresh_from_db()
    made = Report.objects.get()
    assert (case.state, case.resolved_at, made.status, made.closed_at) == ("resolved", LATER, status, LATER)
    assert (action.subject, action.case, action.actor, action.reason, action.created_at) == (
        oleh.subject,
        case,
        mod,
        "read it",
        LATER,
    )


@pytest.mark.parametrize("decision", DECISIONS)
def test_reporters_hear_that_it_was_looked_into_and_nothing_else(
    decision: Decision, case: Case, mod: User, mira: Profile, oleh: Profile, session: ChatSession
) -> None:
    """S1, P8: every reporter once, with the same words whatever was decided, and without the name."""
    report(mira, session, "spam", now=NOON + timedelta(minutes=2))
    ended(session, mira)
    ada = person("Ада")
    report(ada, conversation(ada, oleh), "danger", danger="fear")
    decide(decision, case, mod)
    texts = set()
    for reporter in (mira, ada):
        assert told(reporter).count("safety.report_reviewed") == 1
        text = rendered(reporter, "safety.report_reviewed")
        assert text is not None
        assert "Олег" not in text.html
        texts.add(text.html)
    assert texts == {render("safety/report_reviewed.html", language="ru")}
    assert "safety.report_reviewed" not in told(oleh)


def test_a_dismissal_is_never_heard_of(case: Case, mod: User, oleh: Profile) -> None:
    """S1: the target of a dismissed report learns nothing, and talks on."""
    before = told(oleh)
    decide(sanctions.dismiss, case, mod)
    assert told(oleh) == before
    assert ChatSession.objects.get().ended_at is None


def test_a_warning_is_read_and_ends_nothing(case: Case, mod: User, oleh: Profile) -> None:
    """S5: told in their language; the conversation goes on."""
    decide(sanctions.warn, case, mod)
    text = rendered(oleh, "safety.warned")
    assert text is not None
    assert "This is a warning" in text.html
    assert "Мира" not in text.html
    assert ChatSession.objects.get().ended_at is None
    oleh.refresh_from_db()
    assert oleh.suspended_until is None


@pytest.mark.parametrize("days", [1, 7, 30])
def test_a_suspension_ends_the_conversation_as_by_end(
    days: int, case: Case, mod: User, mira: Profile, oleh: Profile, session: ChatSession
) -> None:
    """S5: felt at once; the partner reads the text of /end; the person reads until when, by their own clock."""
    decide(sanctions.suspend, case, mod, days=days)
    session.refresh_from_db()
    assert (session.ended_at, session.ending, session.ended_by, session.match.state) == (
        LATER,
        "ended",
        oleh,
        Match.State.COMPLETED,
    )
    assert told(mira)[-2:] == ["safety.report_reviewed", "chat.ended"]
    assert "chat.ended" not in told(oleh)
    with time_machine.travel(LATER, tick=False):
        text = rendered(oleh, "safety.suspended")
    assert text is not None
    until = (LATER + timedelta(days=days)).strftime("%d.%m.%Y")
    assert f"{until} 16:00" in text.html
    assert "/sos" in text.html
    with pytest.raises(matching.Suspended):
        matching.find(profile_id=oleh.pk, now=LATER + timedelta(days=days) - timedelta(seconds=1))
    assert matching.find(profile_id=oleh.pk, now=LATER + timedelta(days=days))


def test_a_suspension_takes_out_of_the_pool_and_closes_the_question(
    case: Case, mod: User, mira: Profile, oleh: Profile, session: ChatSession
) -> None:
    """S5: nobody is proposed to who is paused, and their next text is no answer."""
    ended(session, mira)
    matching.find(profile_id=oleh.pk, now=NOON)
    with transaction.atomic():
        prompts.ask(profile_id=oleh.pk, kind="bio", now=NOON)
    decide(a_week, case, mod)
    assert not PoolEntry.objects.exists()
    assert not Prompt.objects.exists()


def test_a_suspension_costs_the_proposed_partner_nothing(
    case: Case, mod: User, mira: Profile, oleh: Profile, session: ChatSession
) -> None:
    """S5, M5: the open proposal expires, the other keeps their waiting time and is told."""
    ended(session, mira)
    ada = person("Ада")
    matching.find(profile_id=ada.pk, now=NOON)
    matching.find(profile_id=oleh.pk, now=LATER)
    decide(a_week, case, mod)
    assert Match.objects.latest("pk").state == Match.State.EXPIRED
    assert PoolEntry.objects.get().since == NOON
    assert told(ada)[-1] == "matching.requeued"


def test_a_second_suspension_never_shortens(case: Case, mod: User, mira: Profile, oleh: Profile) -> None:
    """S5: the later of the two ends counts, and the row says so."""
    Profile.objects.filter(pk=oleh.pk).update(suspended_until=NOON + timedelta(days=20))
    action = decide(a_week, case, mod)
    oleh.refresh_from_db()
    assert oleh.suspended_until == action.until == NOON + timedelta(days=20)


def test_lifting_ends_the_suspension_and_tells(case: Case, mod: User, oleh: Profile) -> None:
    """S5: once; the person can search again and reads so."""
    with pytest.raises(sanctions.NotSuspended):
        decide(sanctions.lift, case, mod)
    decide(a_week, case, mod)
    decide(sanctions.lift, case, moderator("other"), now=LATER + timedelta(hours=1))
    oleh.refresh_from_db()
    assert oleh.suspended_until is None
    text = rendered(oleh, "safety.lifted")
    assert text is not None
    assert "/find" in text.html
    assert rendered(oleh, "safety.suspended") is None
    with pytest.raises(sanctions.NotSuspended):
        decide(sanctions.lift, case, mod)
    assert list(ModerationAction.objects.order_by("pk").values_list("action", flat=True)) == ["suspend", "lift"]


def test_who_was_erased_can_be_judged(case: Case, mod: User, oleh: Profile, mira: Profile) -> None:
    """S5, P7: the row is written and the reporter told; with nothing in force there is nobody to pause."""
    erased(oleh)
    action = decide(a_week, case, mod)
    assert (action.subject, action.until) == (oleh.subject, LATER + timedelta(days=7))
    assert told(mira)[-1] == "safety.report_reviewed"
    assert not ErasedStanding.objects.exists()


def test_what_is_in_force_of_an_erased_person_is_extended_and_lifted(case: Case, mod: User, oleh: Profile) -> None:
    """S5, P7: deleting and coming back does not get around a suspension, and lifting one forgets the hash."""
    until = NOON + timedelta(days=2)
    ErasedStanding.objects.create(telegram_hash="0" * 64, subject=oleh.subject, suspended_until=until, keep_until=until)
    erased(oleh)
    decide(a_week, case, mod)
    standing = ErasedStanding.objects.get()
    assert standing.suspended_until == standing.keep_until == LATER + timedelta(days=7)
    decide(sanctions.lift, case, mod)
    assert not ErasedStanding.objects.exists()


def test_lifting_keeps_what_was_said_about_being_under_18(case: Case, mod: User, oleh: Profile) -> None:
    """P1, P7: another reason to know the hash lasts as long as it did."""
    until, minor_until = NOON + timedelta(days=2), NOON + timedelta(hours=20)
    ErasedStanding.objects.create(
        telegram_hash="0" * 64,
        subject=oleh.subject,
        suspended_until=until,
        minor_until=minor_until,
        keep_until=until,
    )
    erased(oleh)
    decide(sanctions.lift, case, mod)
    standing = ErasedStanding.objects.get()
    assert (standing.suspended_until, standing.keep_until) == (None, minor_until)


@pytest.mark.parametrize("language", ["ru", "uk", "en"])
def test_staff_read_why_not(language: str) -> None:
    """D1: every refusal is one line."""
    refusals: list[DomainError] = [
        cases.NoSuchCase(),
        cases.AlreadyClaimed(by="mod"),
        cases.NotClaimedByYou(by="mod"),
        cases.NotClaimedByYou(by=""),
        cases.AlreadyResolved(),
        sanctions.ReasonMissing(),
        sanctions.NotSuspended(),
    ]
    lines = [render(refusal.template, refusal.context, language=language) for refusal in refusals]
    assert len(set(lines)) == len(lines)
    assert not any("\n" in line for line in lines)
