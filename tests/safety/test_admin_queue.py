"""The queue of cases: what stands in it, in which order, and how it is narrowed down."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from profiles.models import Profile
from safety import cases, sanctions
from safety.models import Case
from safety.roles import MODERATOR
from tests.base import person

from .scenes import NOON, conversation, ended, erased, moderator, report

pytestmark = pytest.mark.django_db

QUEUE = "/admin/safety/case/"
NOW = NOON + timedelta(hours=2, minutes=10)


@pytest.fixture
def anna(client: Client) -> Iterator[User]:
    """A moderator who is logged in as `client`, at ten past two."""
    user = moderator("anna")
    user.groups.set([Group.objects.get(name=MODERATOR)])
    with time_machine.travel(NOW, tick=False):
        client.force_login(user)
        yield user


def reported(nickname: str, reason: str, now: datetime = NOON, **more: object) -> Case:
    """Somebody new, reported by somebody new."""
    target, reporter = person(nickname), person(f"{nickname} видит")
    session = conversation(target, reporter, now)
    case = report(reporter, session, reason, now, comment="секрет", **more).case
    ended(session, reporter, now)
    return case


def listed(client: Client, **query: str) -> list[int]:
    """The numbers of the cases in the list, from top to bottom."""
    page = client.get(QUEUE, query).content.decode()
    return [int(number) for number in re.findall(r">#(\d+)</a>", page)]


def text_of(client: Client, **query: str) -> str:
    """What the page says, without its markup."""
    page = client.get(QUEUE, query).content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page[page.index("result_list") :]))


def test_the_most_urgent_comes_first_then_the_oldest(client: Client, anna: User) -> None:
    """D1, S1: fear for a life, then threats, then abuse, then the rest; equals by age."""
    spam = reported("Спамер", "spam")
    later_abuse = reported("Грубый", "abuse", NOON + timedelta(minutes=9))
    abuse = reported("Злой", "abuse", NOON + timedelta(minutes=3))
    threat = reported("Грозный", "danger", NOON + timedelta(minutes=30), danger="threat")
    fear = reported("Тихая", "danger", NOON + timedelta(minutes=40), danger="fear")
    assert listed(client) == [case.pk for case in (fear, threat, abuse, later_abuse, spam)]


def test_a_row_says_who_what_and_how_long(client: Client, anna: User) -> None:
    """D1, D4: nickname, reasons with counts, age, holder; no comment and nobody who reported."""
    case = reported("Олег", "abuse")
    oleh, second = Profile.objects.get(nickname="Олег"), person("Лина")
    session = conversation(oleh, second)
    for minute, reason in enumerate(("abuse", "spam")):
        report(second, session, reason, NOON + timedelta(minutes=2 * minute))
    cases.claim(case_id=case.pk, by=anna.pk, now=NOW)
    row = text_of(client)
    for expected in ("Олег", "Abuse × 2", "Spam", "2 h 10 min", "anna"):
        assert expected in row
    for hidden in ("секрет", "Лина", "Олег видит", str(oleh.recipient.telegram_id)):
        assert hidden not in row


def test_filters(client: Client, anna: User) -> None:
    """D1: open, mine, free to take, resolved; by what the reports are about."""
    free, mine, theirs = (reported(name, "abuse") for name in ("Ада", "Ева", "Ида"))
    done = reported("Уля", "spam")
    for case, user in ((mine, anna), (theirs, moderator("boris")), (done, anna)):
        cases.claim(case_id=case.pk, by=user.pk, now=NOW)
    sanctions.dismiss(case_id=done.pk, by=anna.pk, reason="nothing", now=NOW)
    minor = reported("Юна", "other", looks_under_18=True)
    assert set(listed(client)) == {free.pk, mine.pk, theirs.pk, minor.pk}
    assert listed(client, state="mine") == [mine.pk]
    assert set(listed(client, state="free")) == {free.pk, minor.pk}
    assert listed(client, state="resolved") == [done.pk]
    assert listed(client, state="all", reason="spam") == [done.pk]
    assert listed(client, reason="minor") == [minor.pk]
    assert listed(client, reason="other") == []
    assert len(listed(client, state="nonsense", reason="nonsense")) == 5


def test_search(client: Client, anna: User) -> None:
    """D1: by the beginning of a nickname in any case, or by the number of the case."""
    ada, eva = reported("Ада", "spam"), reported("Ева", "spam")
    assert listed(client, q="ад") == [ada.pk]
    assert listed(client, q=str(eva.pk)) == [eva.pk]
    assert listed(client, q=f"#{eva.pk}") == [eva.pk]
    assert listed(client, q="9" * 30) == []
    assert listed(client, q="💥") == []


def test_somebody_erased_stays_in_the_queue(client: Client, anna: User) -> None:
    """P7, D1: the case is there without the person."""
    case = reported("Олег", "abuse")
    erased(Profile.objects.get(nickname="Олег"))
    assert listed(client) == [case.pk]
    assert "erased" in text_of(client)


def test_a_longer_queue_takes_no_more_queries(client: Client, anna: User) -> None:
    """D1: the list's number of queries does not depend on the rows."""
    counts = []
    for rows in (1, 29):
        for _ in range(rows):
            case = reported(f"Ник {_word(Case.objects.count())}", "abuse")
            cases.claim(case_id=case.pk, by=moderator(f"mod{case.pk}").pk, now=NOW)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            listed(client)
        counts.append(len(captured))
    assert counts[0] == counts[1]
    assert len(listed(client)) == 30


def _word(number: int) -> str:
    return "".join("абвгдежзик"[int(digit)] for digit in str(number))
