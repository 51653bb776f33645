"""Making a report, adding to it, and the case it joins."""

from datetime import timedelta

import pytest

from chat.models import ChatSession
from profiles import prompts
from profiles.models import Profile
from project.rendering import render
from safety import reports
from safety.models import Case, Report
from tests.base import person

from .scenes import NOON, conversation, ended, erased, report

pytestmark = pytest.mark.django_db

SOON = NOON + timedelta(seconds=20)
LATER = NOON + timedelta(minutes=2)


@pytest.fixture
def mira() -> Profile:
    """Who reports."""
    return person("Мира")


@pytest.fixture
def oleh() -> Profile:
    """Who is reported."""
    return person("Олег")


@pytest.fixture
def session(mira: Profile, oleh: Profile) -> ChatSession:
    """Their conversation."""
    return conversation(mira, oleh)


def question_of(profile: Profile) -> tuple[str, int | None] | None:
    """What the person is being asked."""
    question = prompts.current(profile_id=profile.pk, now=SOON)
    return (question.kind, question.ref) if question else None


@pytest.mark.parametrize(
    ("reason", "danger", "under_18"),
    [
        ("spam", "", False),
        ("abuse", "", False),
        ("danger", "threat", False),
        ("danger", "fear", False),
        ("other", "", True),
        ("other", "", False),
    ],
)
def test_each_reason(
    mira: Profile, oleh: Profile, session: ChatSession, reason: str, danger: str, under_18: bool
) -> None:
    """S1: the reason is enough for a report; it opens a case of the person reported."""
    report(mira, session, reason, danger=danger, looks_under_18=under_18)
    made = Report.objects.get()
    assert (made.reason, made.danger, made.looks_under_18, made.status) == (reason, danger, under_18, "open")
    assert (made.reporter, made.target, made.session, made.created_at) == (mira, oleh, session, NOON)
    assert (made.case.target, made.case.subject, made.case.state) == (oleh, oleh.subject, "new")


def test_the_conversation_goes_on(mira: Profile, session: ChatSession) -> None:
    """S1: a report alone ends nothing, and tells the target nothing."""
    report(mira, session, "abuse")
    session.refresh_from_db()
    assert session.ended_at is None


def test_only_ones_own_conversation_and_only_for_a_day(mira: Profile, session: ChatSession) -> None:
    """S1: in a conversation or within 24 h of its end; nobody else's."""
    with pytest.raises(reports.NoSessionToReport):
        report(person("Чужой"), session)
    with pytest.raises(reports.NoSessionToReport):
        reports.report(reporter_id=mira.pk, session_id=session.pk + 1, reason="spam", now=NOON)
    ended(session, mira)
    with pytest.raises(reports.NoSessionToReport):
        report(mira, session, now=NOON + timedelta(hours=24, seconds=1))
    report(mira, session, now=NOON + timedelta(hours=24))


def test_who_is_paused_cannot_report(mira: Profile, session: ChatSession) -> None:
    """S5: reporting is not among what still works."""
    Profile.objects.filter(pk=mira.pk).update(suspended_until=LATER)
    with pytest.raises(reports.ReporterSuspended) as caught:
        report(mira, session)
    assert "01.06.2026" in render(caught.value.template, caught.value.context, language="ru")


def test_the_same_reason_once(mira: Profile, session: ChatSession) -> None:
    """S1: a double tap is the same report; later the person hears that it is known already."""
    first = report(mira, session)
    assert report(mira, session, now=SOON) == first
    with pytest.raises(reports.AlreadyReported):
        report(mira, session, now=LATER)
    assert Report.objects.count() == 1


def test_one_a_minute_says_how_long(mira: Profile, session: ChatSession) -> None:
    """S1: at most one report a minute; the seconds are said, in the right plural."""
    report(mira, session)
    with pytest.raises(reports.TooManyReports) as caught:
        report(mira, session, "abuse", now=NOON + timedelta(seconds=38, milliseconds=500))
    assert caught.value.context == {"seconds": 22}
    assert "22 секунды" in render(caught.value.template, caught.value.context, language="ru")
    report(mira, session, "abuse", now=NOON + timedelta(minutes=1))


def test_which_danger_can_be_corrected(mira: Profile, session: ChatSession) -> None:
    """S1: who said "I fear for them" and means "threatens me" is not sent away, and under 18 is never lost."""
    report(mira, session, "danger", danger="fear")
    report(mira, session, "danger", danger="threat", now=SOON)
    assert Report.objects.get().danger == "threat"
    report(mira, session, "other", now=LATER)
    report(mira, session, "other", looks_under_18=True, now=LATER + timedelta(minutes=5))
    assert Report.objects.get(reason="other").looks_under_18


def test_reports_join_the_open_case(mira: Profile, oleh: Profile, session: ChatSession) -> None:
    """S5: open reports on one person form one case; after its resolution a new one opens."""
    first = report(mira, session)
    ended(session, mira)
    ada = person("Ада")
    second = report(ada, conversation(ada, oleh), "abuse")
    assert first.case == second.case
    Case.objects.update(state="resolved", resolved_at=NOON)
    third = report(mira, session, "abuse", now=LATER)
    assert third.case != first.case
    assert (third.case.subject, third.case.opened_at) == (oleh.subject, LATER)


def test_a_comment_answers_its_question(mira: Profile, session: ChatSession) -> None:
    """S1: the next text is the comment, once; the question closes."""
    made = report(mira, session, asks_comment=True)
    assert question_of(mira) == (reports.COMMENT, made.pk)
    commented = reports.add_comment(reporter_id=mira.pk, text="Просил деньги", update_id=5, now=SOON)
    assert commented == reports.Commented(made)
    assert question_of(mira) is None
    assert Report.objects.get().comment == "Просил деньги"
    assert reports.add_comment(reporter_id=mira.pk, text="Ещё", update_id=6, now=SOON) is None
    assert Report.objects.get().comment == "Просил деньги"


def test_a_comment_that_is_too_long_is_refused_and_asked_again(mira: Profile, session: ChatSession) -> None:
    """S1: 1000 characters fit; more is said with the numbers, nothing is stored, and the question stays open."""
    report(mira, session, asks_comment=True)
    for _ in ("once", "and delivered again"):
        refused = reports.add_comment(reporter_id=mira.pk, text="ё" * 1001, update_id=5, now=SOON)
        assert refused is not None
        assert refused.refusal is not None
        assert refused.refusal.context == {"length": 1001, "maximum": 1000}
    assert Report.objects.get().comment == ""
    assert reports.add_comment(reporter_id=mira.pk, text="🙏" * 1000, update_id=6, now=SOON)
    assert Report.objects.get().comment == "🙏" * 1000
    mira.refresh_from_db()
    assert mira.last_update_id == 6


def test_a_second_tap_on_the_reason_does_not_ask_for_what_was_said(mira: Profile, session: ChatSession) -> None:
    """S1: a late delivery of the reason does not open the question again after the comment."""
    report(mira, session, asks_comment=True)
    reports.add_comment(reporter_id=mira.pk, text="Просил деньги", update_id=5, now=SOON)
    report(mira, session, asks_comment=True, now=SOON)
    assert question_of(mira) is None


def test_skipping_closes_only_its_own_question(mira: Profile, session: ChatSession) -> None:
    """S1: "skip" of an old report leaves another question alone."""
    first = report(mira, session, asks_comment=True)
    second = report(mira, session, "abuse", asks_comment=True, now=LATER)
    reports.skip_comment(report_id=first.pk, reporter_id=mira.pk, now=LATER)
    assert question_of(mira) == (reports.COMMENT, second.pk)
    reports.skip_comment(report_id=second.pk, reporter_id=mira.pk, now=LATER)
    assert question_of(mira) is None


def test_a_comment_is_still_waited_for_hours_later(mira: Profile, session: ChatSession) -> None:
    """S1, P8: who writes it hours later still writes to the moderators, not to the person it is about."""
    report(mira, session, asks_comment=True)
    later = NOON + timedelta(hours=20)
    assert reports.add_comment(reporter_id=mira.pk, text="Угрожал", update_id=5, now=later)
    assert Report.objects.get().comment == "Угрожал"


def test_evidence_is_attached_once_and_stored_encrypted(mira: Profile, session: ChatSession) -> None:
    """S1: the one message the reporter chose; the database never sees it in plain."""
    made = report(mira, session)
    for text in ("переведи мне денег", "что-то другое"):
        reports.attach_evidence(report_id=made.pk, reporter_id=mira.pk, text=text, sent_at=SOON, now=LATER)
    assert Report.objects.get().evidence == "переведи мне денег"
    assert question_of(mira) == (reports.COMMENT, made.pk)


def test_only_a_message_of_that_conversation_is_evidence(mira: Profile, session: ChatSession) -> None:
    """S1: what arrived before the conversation or after its end is not the partner's."""
    made = report(mira, session)
    ended(session, mira, now=SOON)
    for sent_at in (NOON - timedelta(minutes=1), LATER):
        with pytest.raises(reports.NotEvidence):
            reports.attach_evidence(report_id=made.pk, reporter_id=mira.pk, text="x", sent_at=sent_at, now=LATER)


def test_nothing_can_be_added_to_somebody_elses_report(mira: Profile, oleh: Profile, session: ChatSession) -> None:
    """S1, P8: a button with another report's number does nothing, not even for the person reported."""
    made = report(mira, session)
    for service in (reports.ask_comment, reports.skip_comment):
        with pytest.raises(reports.NotYourReport):
            service(report_id=made.pk, reporter_id=oleh.pk, now=NOON)
    with pytest.raises(reports.NotYourReport):
        reports.attach_evidence(report_id=made.pk, reporter_id=oleh.pk, text="x", sent_at=NOON, now=NOON)


def test_nothing_can_be_added_to_a_closed_report(mira: Profile, session: ChatSession) -> None:
    """S1: a comment that comes after the decision is not stored, and its writer knows."""
    made = report(mira, session, asks_comment=True)
    Report.objects.update(status="dismissed", closed_at=NOON)
    assert reports.add_comment(reporter_id=mira.pk, text="Поздно", update_id=5, now=SOON) is None
    assert question_of(mira) is None
    with pytest.raises(reports.NotYourReport):
        reports.ask_comment(report_id=made.pk, reporter_id=mira.pk, now=SOON)


def test_reporting_somebody_who_erased_themselves(mira: Profile, oleh: Profile, session: ChatSession) -> None:
    """S1, P7: the conversation is gone with them; a report made before stays, and can still be commented."""
    made = report(mira, session, asks_comment=True)
    erased(oleh)
    with pytest.raises(reports.NoSessionToReport):
        report(mira, session, "abuse", now=LATER)
    commented = reports.add_comment(reporter_id=mira.pk, text="Угрожал", update_id=5, now=SOON)
    assert commented == reports.Commented(made)
    stored = Report.objects.get()
    assert (stored.target, stored.session, stored.comment, stored.case.state) == (None, None, "Угрожал", "new")


def test_a_comment_delivered_again_is_not_the_next_reports(mira: Profile, session: ChatSession) -> None:
    """S1, C4: the same update again answers no other question, and leaves that one open."""
    report(mira, session, asks_comment=True)
    reports.add_comment(reporter_id=mira.pk, text="Просил деньги", update_id=5, now=SOON)
    second = report(mira, session, "abuse", asks_comment=True, now=LATER)
    reports.add_comment(reporter_id=mira.pk, text="Просил деньги", update_id=5, now=LATER)
    assert Report.objects.get(pk=second.pk).comment == ""
    assert prompts.current(profile_id=mira.pk, now=LATER) is not None


def test_a_closed_report_is_not_corrected(mira: Profile, session: ChatSession) -> None:
    """S1: what was decided on stays as it was judged."""
    report(mira, session, "danger", danger="fear")
    Report.objects.update(status="dismissed", closed_at=NOON)
    with pytest.raises(reports.AlreadyReported):
        report(mira, session, "danger", danger="threat", now=SOON)
    assert Report.objects.get().danger == "fear"
