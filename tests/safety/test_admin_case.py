"""A case on one screen: everything to judge it by, nothing that leads to an account, and only buttons that work."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from chat.models import ChatSession
from profiles.models import Profile
from safety import cases, reports, sanctions
from safety.models import Case
from safety.roles import MODERATOR
from tests.base import person

from .scenes import NOON, conversation, ended, erased, moderator, report

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(hours=1)


@pytest.fixture
def anna(client: Client) -> Iterator[User]:
    """A moderator who is logged in as `client`, an hour after what happened."""
    user = moderator("anna")
    user.groups.set([Group.objects.get(name=MODERATOR)])
    with time_machine.travel(LATER, tick=False):
        client.force_login(user)
        yield user


@pytest.fixture
def oleh() -> Profile:
    """Who is reported."""
    oleh = person("Олег", topics=("anxiety", "loss"), speaks=("ru", "uk"))
    oleh.bio = "Люблю <b>горы</b>"
    oleh.save()
    return oleh


@pytest.fixture
def case(oleh: Profile) -> Case:
    """Мира has reported Oleh for abuse, with a comment and one of his messages; they talked for 12 minutes."""
    mira = person("Мира")
    session = conversation(mira, oleh)
    made = report(mira, session, "abuse", comment="Кричал <script>")
    reports.attach_evidence(report_id=made.pk, reporter_id=mira.pk, text="Ты никто", sent_at=NOON, now=NOON)
    sides = {"msg_count_a": 7, "msg_count_b": 4} if session.a_id == oleh.pk else {"msg_count_a": 4, "msg_count_b": 7}
    ChatSession.objects.filter(pk=session.pk).update(**sides)
    ended(session, mira, NOON + timedelta(minutes=12))
    return made.case


def shown(client: Client, case: Case) -> str:
    """What the case's page says, without its markup and the sidebar."""
    page = client.get(f"/admin/safety/case/{case.pk}/change/").content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page[page.index('id="case"') :]))


def buttons(client: Client, case: Case) -> set[str]:
    """What this user can do on the page."""
    page = client.get(f"/admin/safety/case/{case.pk}/change/").content.decode()
    return set(re.findall(rf"/case/{case.pk}/(claim|release|decide/[a-z0-9-]+)/[\"?]", page))


def test_everything_to_judge_by(client: Client, anna: User, case: Case) -> None:
    """D1, S5: the person, the report with its words, how much either wrote, how long they talked."""
    page = shown(client, case)
    for expected in (
        "Олег",
        "Люблю &lt;b&gt;горы&lt;/b&gt;",
        "Anxiety, Loss",
        "Русский, Українська",
        "Europe/Kyiv",
        "Abuse",
        "Кричал &lt;script&gt;",
        "Ты никто",
        "lasted 12 min",
        "The person reported wrote 7, the reporter 4.",
        "Reporter 1",
        "0 upheld, 0 dismissed",
        "open for 1 h",
    ):
        assert expected in page


def test_nobodys_account_and_no_reporters_name(client: Client, anna: User, case: Case, oleh: Profile) -> None:
    """D4, S1: no Telegram id of anybody, and of who reported only a pseudonym."""
    page = client.get(f"/admin/safety/case/{case.pk}/change/").content.decode()
    assert "Мира" not in page
    for profile in Profile.objects.select_related("recipient"):
        assert str(profile.recipient.telegram_id) not in page


def test_reporters_keep_their_pseudonyms_and_their_record(
    client: Client, anna: User, case: Case, oleh: Profile
) -> None:
    """D1: the same reporter has the same pseudonym; what came of their other reports stands beside it."""
    lina, spammer = person("Лина"), person("Спамер")
    session = conversation(lina, spammer)
    other = report(lina, session, "spam")
    ended(session, lina)
    cases.claim(case_id=other.case_id, by=anna.pk, now=NOON)
    sanctions.dismiss(case_id=other.case_id, by=anna.pk, reason="nothing", now=NOON)
    session = conversation(lina, oleh)
    report(lina, session, "danger", NOON + timedelta(minutes=2), danger="fear")
    report(lina, session, "other", NOON + timedelta(minutes=4), looks_under_18=True)
    page = shown(client, case)
    assert [page.count(f"Reporter {number}") for number in (1, 2, 3)] == [1, 2, 0]
    assert page.count("0 upheld, 1 dismissed") == 2
    assert page.count("0 upheld, 0 dismissed") == 1
    assert "The person reported wrote nothing" in page
    assert "This never counts against that person" in page
    assert "Looks under 18" in page
    cases.claim(case_id=case.pk, by=anna.pk, now=LATER)
    sanctions.warn(case_id=case.pk, by=anna.pk, reason="x", now=LATER)
    assert shown(client, case).count("1 upheld") == 0


def test_what_was_done_before(client: Client, anna: User, case: Case, oleh: Profile) -> None:
    """D1, S5: earlier cases and actions on the same person, with reason, actor and link."""
    cases.claim(case_id=case.pk, by=anna.pk, now=NOON)
    sanctions.suspend(case_id=case.pk, by=anna.pk, days=7, reason="Третий раз", now=NOON)
    oleh.refresh_from_db()
    Profile.objects.filter(pk=oleh.pk).update(suspended_until=None)
    lina = person("Лина")
    again = report(lina, conversation(lina, oleh), "spam", NOON + timedelta(minutes=30)).case
    Profile.objects.filter(pk=oleh.pk).update(suspended_until=oleh.suspended_until)
    page = shown(client, again)
    for expected in ("Suspended until 2026-06-08 12:00", "Третий раз", "anna", f"Case {case.pk}", "Abuse"):
        assert expected in page


def test_only_buttons_that_work(client: Client, anna: User, case: Case) -> None:
    """S5: claim first; then decide or give back; nothing on somebody else's case; lift only what is in force."""
    decisions = {"decide/dismiss", "decide/warn", "decide/suspend-1", "decide/suspend-7", "decide/suspend-30"}
    assert buttons(client, case) == {"claim"}
    cases.claim(case_id=case.pk, by=anna.pk, now=LATER)
    assert buttons(client, case) == {"release", *decisions}
    cases.release(case_id=case.pk, by=anna.pk, now=LATER)
    boris = moderator("boris")
    cases.claim(case_id=case.pk, by=boris.pk, now=LATER)
    assert buttons(client, case) == set()
    assert "by boris since 2026-06-01 13:00" in shown(client, case)
    sanctions.suspend(case_id=case.pk, by=boris.pk, days=1, reason="x", now=LATER)
    assert buttons(client, case) == {"decide/lift"}
    sanctions.lift(case_id=case.pk, by=anna.pk, reason="x", now=LATER)
    assert buttons(client, case) == set()


def test_a_suspension_that_is_over(client: Client, anna: User, case: Case) -> None:
    """S5: is neither shown as in force nor offered to be lifted."""
    cases.claim(case_id=case.pk, by=anna.pk, now=LATER)
    sanctions.suspend(case_id=case.pk, by=anna.pk, days=1, reason="x", now=LATER - timedelta(days=1))
    assert "Suspended until" not in shown(client, case)
    assert buttons(client, case) == set()


def test_somebody_erased(client: Client, anna: User, case: Case, oleh: Profile) -> None:
    """P7, S5: without the person the case can still be read and closed."""
    erased(oleh)
    assert "Erased: they deleted everything about themselves" in shown(client, case)
    assert buttons(client, case) == {"claim"}


def test_a_case_that_is_not_there(client: Client, anna: User) -> None:
    """D1: a wrong number leads back to the queue."""
    for number in ("4711", "x", "9" * 30, "9" * 5000):
        answer = client.get(f"/admin/safety/case/{number}/change/", follow=True)
        assert answer.redirect_chain == [("/admin/safety/case/", 302)]
        assert "There is no such case." in answer.content.decode()


def test_a_fuller_case_takes_no_more_queries(client: Client, anna: User, case: Case, oleh: Profile) -> None:
    """D1: the page's number of queries does not depend on how much is in the case."""

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            shown(client, case)
        return len(captured)

    first = queries()
    for minute, name in enumerate(("Ада", "Ева", "Ида", "Уля"), start=1):
        reporter = person(name)
        session = conversation(reporter, oleh)
        report(reporter, session, "abuse", NOON + timedelta(minutes=minute))
        ended(session, reporter)
    assert queries() == first
