"""Several people and moderators at once, on real connections: whoever wins, the outcome is one of the valid ones."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from time import sleep
from typing import Any

import pytest
from django.db import connection, transaction

from chat import services as chat
from chat.models import ChatSession
from matching import services as matching
from matching.models import Match, PoolEntry, RecentContact, Seat
from matching.proposals import TooLate
from profiles.models import Profile
from safety import blocks, cases, personal_data, reports, sanctions
from safety.models import Block, Case, ModerationAction, Report
from tests.base import person
from tests.matching.racing import race
from tests.outbox import told

from .scenes import NOON, claimed_case, conversation, ended, erased, moderator, report

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 5


def past_partners(target: Profile, count: int) -> list[tuple[Profile, ChatSession]]:
    """People who have just talked with `target`, with their conversations."""
    met = []
    for number in range(count):
        partner = person(f"Гость {number}")
        session = conversation(partner, target)
        ended(session, partner)
        met.append((partner, session))
    return met


def wait_for_a_lock(waiting: int = 1) -> None:
    """Return once as many wait for what somebody holds."""
    # A lock on a row names no database, but who waits for one has locks on tables as well.
    here = "SELECT l.pid FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE d.datname = current_database()"
    with connection.cursor() as cursor:
        for _ in range(500):
            cursor.execute(f"SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted AND pid IN ({here})")
            if cursor.fetchone()[0] >= waiting:
                return
            sleep(0.01)
    raise AssertionError("nobody waits")


def assert_nobody_sits_without_a_conversation() -> None:
    """Seats belong to what is live, and to nobody in the pool (M1)."""
    for seat in Seat.objects.select_related("match"):
        assert seat.match.state in (Match.State.PROPOSED, Match.State.ACTIVE)
    assert not set(PoolEntry.objects.values_list("pk", flat=True)) & set(Seat.objects.values_list("pk", flat=True))


def test_many_report_the_same_person_at_once() -> None:
    """S5: one case, every report in it."""
    target = person("Олег")
    met = past_partners(target, 6)
    results = race([partial(report, partner, session) for partner, session in met])
    assert all(isinstance(result, Report) for result in results), results
    assert Case.objects.count() == 1
    assert Report.objects.filter(case=Case.objects.get()).count() == 6


def test_the_same_reason_many_times_at_once() -> None:
    """S1: a storm of taps is one report, and every tap gets it."""
    mira, oleh = person("Мира"), person("Олег")
    session = conversation(mira, oleh)
    results = race([partial(report, mira, session)] * 6)
    assert len({result.pk for result in results}) == 1
    assert Report.objects.count() == 1


def test_different_reasons_at_once() -> None:
    """S1: at most one a minute, however they arrive."""
    mira, oleh = person("Мира"), person("Олег")
    session = conversation(mira, oleh)
    results = race([partial(report, mira, session, reason) for reason in ("spam", "abuse", "other")])
    assert sorted(type(result).__name__ for result in results) == ["Report", "TooManyReports", "TooManyReports"]


def test_reporting_each_other_while_the_conversation_ends() -> None:
    """S1: both reports count, whether they come before or after the end."""
    for number in range(ROUNDS):
        mira, oleh = person(f"Мира {number}"), person(f"Олег {number}")
        session = conversation(mira, oleh)
        results = race(
            [
                partial(report, mira, session),
                partial(report, oleh, session, "abuse"),
                partial(chat.end, session_id=session.pk, profile_id=oleh.pk, now=NOON),
            ]
        )
        assert not [result for result in results if isinstance(result, Exception)], results
        assert Report.objects.filter(session=session).count() == 2
        assert told(mira).count("chat.ended") == 1


def test_twenty_moderators_and_one_case() -> None:
    """S5: one of them has it, the others hear who."""
    mira, oleh = person("Мира"), person("Олег")
    case = report(mira, conversation(mira, oleh)).case
    staff = [moderator(f"mod{number}") for number in range(20)]
    results = race([partial(cases.claim, case_id=case.pk, by=user.pk, now=NOON) for user in staff])
    [winner] = [result for result in results if isinstance(result, Case)]
    refusals = [result for result in results if isinstance(result, cases.AlreadyClaimed)]
    assert len(refusals) == 19
    assert {refusal.context["by"] for refusal in refusals} == {winner.claimed_by.username}  # type: ignore[union-attr]


def test_many_take_over_what_somebody_left() -> None:
    """S5: one of them has it, and who left it can't decide any more."""
    mira, oleh, gone = person("Мира"), person("Олег"), moderator("gone")
    case = report(mira, conversation(mira, oleh)).case
    cases.claim(case_id=case.pk, by=gone.pk, now=NOON - timedelta(hours=2))
    staff = [moderator(f"mod{number}") for number in range(6)]
    results = race([partial(cases.claim, case_id=case.pk, by=user.pk, now=NOON) for user in staff])
    [winner] = [result for result in results if isinstance(result, Case)]
    refusals = [result for result in results if isinstance(result, cases.AlreadyClaimed)]
    assert len(refusals) == 5
    assert {refusal.context["by"] for refusal in refusals} == {winner.claimed_by.username}  # type: ignore[union-attr]
    with pytest.raises(cases.NotClaimedByYou):
        sanctions.warn(case_id=case.pk, by=gone.pk, reason="x", now=NOON)


def test_deciding_twice_at_once() -> None:
    """S5: a moderator with two windows decides once; the person is told once."""
    mira, oleh, mod = person("Мира"), person("Олег"), moderator()
    report(mira, conversation(mira, oleh))
    decision: dict[str, Any] = {"case_id": claimed_case(oleh, mod).pk, "by": mod.pk, "reason": "x", "now": NOON}
    results = race(
        [
            partial(sanctions.suspend, days=7, **decision),
            partial(sanctions.suspend, days=1, **decision),
            partial(sanctions.dismiss, **decision),
            partial(sanctions.warn, **decision),
        ]
    )
    assert sorted(type(result).__name__ for result in results) == ["AlreadyResolved"] * 3 + ["ModerationAction"]
    assert ModerationAction.objects.count() == 1
    assert told(mira).count("safety.report_reviewed") == 1


def test_lifting_twice_at_once() -> None:
    """S5: one lift, told once."""
    mira, oleh, mod = person("Мира"), person("Олег"), moderator()
    report(mira, conversation(mira, oleh))
    case = claimed_case(oleh, mod)
    sanctions.suspend(case_id=case.pk, by=mod.pk, days=7, reason="x", now=NOON)
    results = race([partial(sanctions.lift, case_id=case.pk, by=mod.pk, reason="x", now=NOON)] * 4)
    assert sorted(type(result).__name__ for result in results) == ["ModerationAction"] + ["NotSuspended"] * 3
    assert told(oleh).count("safety.lifted") == 1


def test_a_report_while_the_case_is_being_decided() -> None:
    """S5: nobody has read it, so it stays open whoever is first; never in a case that is resolved."""
    mod = moderator()
    for number in range(2 * ROUNDS):
        target = person(f"Олег {number}")
        [(mira, first), (ada, second)] = past_partners(target, 2)
        read = report(mira, first)
        decision: dict[str, Any] = {"case_id": claimed_case(target, mod).pk, "by": mod.pk, "reason": "x", "now": NOON}
        results = race([partial(report, ada, second), partial(sanctions.dismiss, last_read=read.pk, **decision)])
        assert not [result for result in results if isinstance(result, Exception)], results
        assert Report.objects.get(reporter=mira).status == "dismissed"
        assert Report.objects.get(reporter=ada).status == "open"
        assert not Report.objects.filter(status="open", case__state="resolved").exists()
        assert not Report.objects.exclude(status="open").exclude(case__state="resolved").exists()
        for profile in (mira, ada):
            Profile.objects.filter(pk=profile.pk).delete()


def test_a_decision_while_the_comment_and_the_message_come() -> None:
    """S1: what comes too late for the decision is not stored, and its writer knows."""
    mira, oleh, mod = person("Мира"), person("Олег"), moderator()
    made = report(mira, conversation(mira, oleh), asks_comment=True)
    case = claimed_case(oleh, mod)
    late: list[Callable[[], object]] = [
        partial(reports.add_comment, reporter_id=mira.pk, text="Кричал", update_id=5, now=NOON),
        partial(reports.attach_evidence, report_id=made.pk, reporter_id=mira.pk, text="x", sent_at=NOON, now=NOON),
    ]
    for adding in late:
        with ThreadPoolExecutor() as pool, transaction.atomic():
            cases.resolve(case, by=mod.pk, last_read=None, status=Report.Status.DISMISSED, now=NOON)
            answer = pool.submit(race, [adding])
            wait_for_a_lock()
        [result] = answer.result()
        assert result is None or isinstance(result, reports.NotYourReport)
        made.refresh_from_db()
        assert (made.status, made.comment, made.evidence) == ("dismissed", "", "")
        Report.objects.update(status="open", closed_at=None)
        Case.objects.update(state="in_review", resolved_at=None)


def test_the_partner_is_erased_while_something_is_added() -> None:
    """P7, S1: what they wrote goes with them, the comment stays, and neither waits for the other for ever."""
    mira, oleh = person("Мира"), person("Олег")
    session = conversation(mira, oleh)
    made = report(mira, session, asks_comment=True)
    ended(session, mira)
    attach = partial(
        reports.attach_evidence, report_id=made.pk, reporter_id=mira.pk, text="Ты никто", sent_at=NOON, now=NOON
    )
    comment = partial(reports.add_comment, reporter_id=mira.pk, text="Кричал", update_id=5, now=NOON)
    with ThreadPoolExecutor() as pool, transaction.atomic():
        personal_data.erase(Profile.objects.select_related("recipient").get(pk=oleh.pk), NOON)
        answer = pool.submit(race, [attach, comment])
        wait_for_a_lock(waiting=2)
        session.delete()
    [attached, commented] = answer.result()
    assert isinstance(attached, reports.NotYourReport | reports.NotEvidence), attached
    assert isinstance(commented, reports.Commented), commented
    made.refresh_from_db()
    assert (made.evidence, made.comment) == ("", "Кричал")


def test_a_suspension_while_the_target_accepts_a_proposal() -> None:
    """S5, M5: the conversation never begins, or ends at once; the other is told either way."""
    mod = moderator()
    for number in range(2 * ROUNDS):
        target = person(f"Олег {number}")
        [(mira, session)] = past_partners(target, 1)
        report(mira, session)
        case = claimed_case(target, mod)
        ada = person(f"Ада {number}")
        for profile in (ada, target):
            matching.find(profile_id=profile.pk, now=NOON)
        match = Seat.objects.get(pk=target.pk).match
        chat.accept(match_id=match.pk, profile_id=ada.pk, now=NOON)
        accepted, suspended = race(
            [
                partial(chat.accept, match_id=match.pk, profile_id=target.pk, now=NOON),
                partial(sanctions.suspend, case_id=case.pk, by=mod.pk, days=1, reason="x", now=NOON),
            ]
        )
        assert isinstance(suspended, ModerationAction), suspended
        assert accepted is True or isinstance(accepted, TooLate), accepted
        match.refresh_from_db()
        assert match.state in (Match.State.EXPIRED, Match.State.COMPLETED)
        assert not ChatSession.objects.filter(ended_at__isnull=True).exists()
        assert not Seat.objects.filter(pk=target.pk).exists()
        assert told(ada)[-1] == ("chat.ended" if accepted is True else "matching.requeued")
        assert_nobody_sits_without_a_conversation()
        for profile in (mira, ada, target):
            profile.recipient.delete()


def test_a_block_while_both_end() -> None:
    """S2: one of the three ends it; the two are kept apart for a month in any case."""
    for number in range(2 * ROUNDS):
        mira, oleh = person(f"Мира {number}"), person(f"Олег {number}")
        session = conversation(mira, oleh)
        results = race(
            [
                partial(blocks.block, profile_id=mira.pk, session_id=session.pk, now=NOON),
                partial(blocks.block, profile_id=mira.pk, session_id=session.pk, now=NOON),
                partial(chat.end, session_id=session.pk, profile_id=mira.pk, now=NOON),
                partial(chat.end, session_id=session.pk, profile_id=oleh.pk, now=NOON),
            ]
        )
        assert not [result for result in results if isinstance(result, Exception)], results
        assert Block.objects.filter(blocker=mira).count() == 1
        lasting = RecentContact.objects.filter(user__in=[mira, oleh], until=NOON + timedelta(days=30))
        assert lasting.count() == 2
        assert told(mira).count("chat.ended") + told(oleh).count("chat.ended") == 1
        assert_nobody_sits_without_a_conversation()


def test_one_erases_themselves_while_the_other_reports_and_blocks() -> None:
    """P7, S1, S2: each act counts or finds the conversation gone; nothing is left that names who was erased."""
    for number in range(ROUNDS):
        mira, oleh = person(f"Мира {number}"), person(f"Олег {number}")
        session = conversation(mira, oleh)
        gone, made, block = race(
            [
                partial(erased, oleh),
                partial(report, mira, session),
                partial(blocks.block, profile_id=mira.pk, session_id=session.pk, now=NOON),
            ]
        )
        assert gone is None
        assert isinstance(made, Report | reports.NoSessionToReport), made
        assert isinstance(block, Block | blocks.NoSessionToBlock), block
        assert told(mira).count("chat.ended") + Block.objects.filter(blocker=mira).count() >= 1
        assert not Report.objects.filter(target__isnull=False).exists()
        assert not Block.objects.filter(blocked__isnull=False).exists()
        assert_nobody_sits_without_a_conversation()
