"""A report that joins a case just before the decision: nobody has read it, so nothing is decided about it."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone

from profiles.models import Profile
from safety import cases, sanctions
from safety.models import Case, ModerationAction, Report
from safety.roles import MODERATOR
from tests.base import person
from tests.outbox import told

from .scenes import NOON, claimed_case, conversation, ended, erased, moderator, report

pytestmark = pytest.mark.django_db

MEANWHILE = NOON + timedelta(minutes=3)
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def mira() -> Profile:
    """Whose report was read."""
    return person("Мира")


@pytest.fixture
def ada() -> Profile:
    """Whose report came meanwhile."""
    return person("Ада")


@pytest.fixture
def oleh() -> Profile:
    """Who was reported."""
    return person("Олег")


@pytest.fixture
def anna() -> User:
    """The moderator who has taken the case."""
    user = moderator("anna")
    user.groups.set([Group.objects.get(name=MODERATOR)])
    return user


@pytest.fixture
def read(mira: Profile, oleh: Profile) -> Report:
    """Mira's report, over a conversation that is over."""
    session = conversation(mira, oleh)
    made = report(mira, session, "spam")
    ended(session, mira)
    return made


@pytest.fixture
def case(read: Report, oleh: Profile, anna: User) -> Case:
    """The case, taken by Anna when only Mira's report was in it."""
    return claimed_case(oleh, anna)


@pytest.fixture
def unread(case: Case, ada: Profile, oleh: Profile) -> Report:
    """Ada's report, which has joined the case since Anna looked."""
    return report(ada, conversation(ada, oleh, MEANWHILE), "danger", MEANWHILE, danger="threat")


def test_what_nobody_has_read_waits_in_a_new_case(
    case: Case, anna: User, read: Report, unread: Report, mira: Profile, ada: Profile, oleh: Profile
) -> None:
    """S5: the decision closes what was read; the rest is a new case, as old as its first report."""
    sanctions.dismiss(case_id=case.pk, by=anna.pk, last_read=read.pk, reason="Ничего", now=LATER)
    for made in (read, unread):
        made.refresh_from_db()
    assert (read.status, read.case, read.case.state) == ("dismissed", case, "resolved")
    following = unread.case
    assert (unread.status, unread.closed_at, following.state, following.claimed_by) == ("open", None, "new", None)
    assert (following.target, following.subject, following.opened_at) == (oleh, oleh.subject, MEANWHILE)
    assert "safety.report_reviewed" in told(mira)
    assert "safety.report_reviewed" not in told(ada)


def test_the_new_case_is_decided_by_itself(
    case: Case, anna: User, read: Report, unread: Report, ada: Profile, oleh: Profile
) -> None:
    """S5: the next report on the person joins it, and its reporters hear of it when it is decided."""
    sanctions.suspend(case_id=case.pk, by=anna.pk, days=1, last_read=read.pk, reason="x", now=LATER)
    following = claimed_case(oleh, anna, LATER)
    sanctions.warn(case_id=following.pk, by=anna.pk, last_read=unread.pk, reason="x", now=LATER)
    assert told(ada).count("safety.report_reviewed") == 1
    assert not Report.objects.filter(status="open").exists()
    assert ModerationAction.objects.count() == 2


def test_somebody_erased(case: Case, anna: User, read: Report, unread: Report, oleh: Profile) -> None:
    """S5, P7: the new case is on nobody as well."""
    erased(oleh)
    sanctions.warn(case_id=case.pk, by=anna.pk, last_read=read.pk, reason="x", now=LATER)
    unread.refresh_from_db()
    assert (unread.case.state, unread.case.target, unread.case.subject) == ("new", None, oleh.subject)


def test_nothing_is_decided_by_who_has_read_nothing(case: Case, anna: User, read: Report) -> None:
    """S5: a decision is on at least one report."""
    with pytest.raises(cases.NothingRead):
        sanctions.dismiss(case_id=case.pk, by=anna.pk, last_read=read.pk - 1, reason="x", now=LATER)
    case.refresh_from_db()
    assert case.state == Case.State.IN_REVIEW
    assert not ModerationAction.objects.exists()


def test_the_page_carries_what_it_showed(client: Client, anna: User, oleh: Profile, mira: Profile) -> None:
    """S5, D1: what the dialog sends along is what the case's page had on it, not what came before the dialog opened."""
    client.force_login(anna)
    now = timezone.now()
    session = conversation(mira, oleh, now)
    read = report(mira, session, "spam", now)
    case = claimed_case(oleh, anna, now)
    page = client.get(f"/admin/safety/case/{case.pk}/change/").content.decode()
    address = f"/admin/safety/case/{case.pk}/decide/dismiss/?last_read={read.pk}"
    assert f'href="{address}"' in page
    assert f'hx-get="{address}"' in page
    ended(session, mira, now)
    ada = person("Ада")
    unread = report(ada, conversation(ada, oleh, now), "abuse", now)
    dialog = client.get(address).content.decode()
    assert f'name="last_read" value="{read.pk}"' in dialog
    client.post(address, {"reason": "Ничего", "last_read": read.pk})
    unread.refresh_from_db()
    assert (unread.status, unread.case.state) == ("open", "new")


def test_a_dialog_opened_by_itself_decides_nothing(client: Client, case: Case, anna: User) -> None:
    """S5: who has not had the case before them is sent there."""
    client.force_login(anna)
    address = f"/admin/safety/case/{case.pk}/decide/dismiss/"
    assert client.get(address).status_code == 200
    answer = client.post(address, {"reason": "x"}, follow=True, headers={"accept-language": "en"})
    assert answer.redirect_chain == [(f"/admin/safety/case/{case.pk}/change/", 302)]
    assert "Look at the case again." in answer.content.decode()
    assert not ModerationAction.objects.exists()
