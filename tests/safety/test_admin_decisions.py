"""Claiming and deciding in the admin: who may, what is asked, what is said, and that it reaches the person."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.utils import timezone

from profiles.models import Profile
from safety import cases, sanctions
from safety.models import Case, ModerationAction
from safety.roles import MODERATOR
from tests.base import person
from tests.outbox import told

from .scenes import conversation, moderator, report

pytestmark = pytest.mark.django_db

ACTIONS = [
    "claim",
    "release",
    "decide/dismiss",
    "decide/warn",
    "decide/suspend-1",
    "decide/suspend-7",
    "decide/suspend-30",
    "decide/lift",
]


@pytest.fixture
def anna(client: Client) -> User:
    """A moderator, logged in as `client`."""
    user = moderator("anna")
    user.groups.set([Group.objects.get(name=MODERATOR)])
    client.force_login(user)
    return user


@pytest.fixture
def oleh() -> Profile:
    """Who is reported."""
    return person("Олег")


@pytest.fixture
def case(oleh: Profile) -> Case:
    """Reported while they talk."""
    mira, now = person("Мира"), timezone.now()
    return report(mira, conversation(mira, oleh, now), "abuse", now).case


def act(client: Client, case: Case, action: str, reason: str = "Видно по жалобе", language: str = "en") -> str:
    """Press the button, give the reason; returns the page that follows."""
    address = f"/admin/safety/case/{case.pk}/{action}/"
    offered = re.search(
        rf'href="{address}(\?[^"]+)"', client.get(f"/admin/safety/case/{case.pk}/change/").content.decode()
    )
    dialog = client.get(f"{address}{offered[1]}").content.decode() if offered else ""
    read = re.search(r'name="last_read" value="(\d+)"', dialog)
    filled_in = {"reason": reason, "last_read": read[1] if read else ""}
    answer = client.post(address, filled_in, follow=True, headers={"accept-language": language})
    assert answer.status_code == 200
    return answer.content.decode()


def test_from_the_report_to_the_suspension(client: Client, anna: User, case: Case, oleh: Profile) -> None:
    """D1, S5: claimed, judged with a reason, recorded with the actor; the person is told and gated at once."""
    assert f"Case {case.pk} is yours." in act(client, case, "claim")
    page = act(client, case, "decide/suspend-7")
    assert f"Case {case.pk}: suspended for 7 days." in page
    action = ModerationAction.objects.get()
    assert (action.action, action.actor, action.reason) == ("suspend", anna, "Видно по жалобе")
    oleh.refresh_from_db()
    assert oleh.suspended_until == action.until == action.created_at + timedelta(days=7)
    assert "safety.suspended" in told(oleh)
    assert f"Case {case.pk}: suspension lifted." in act(client, case, "decide/lift")
    oleh.refresh_from_db()
    assert oleh.suspended_until is None
    assert "safety.lifted" in told(oleh)


@pytest.mark.parametrize(
    ("action", "recorded", "outcome"),
    [("decide/dismiss", "dismiss", "dismissed"), ("decide/warn", "warn", "warned")]
    + [(f"decide/suspend-{days}", "suspend", f"suspended for {days} day") for days in (1, 30)],
)
def test_each_decision(client: Client, anna: User, case: Case, action: str, recorded: str, outcome: str) -> None:
    """S5: each button does what it says, once, and closes the case."""
    act(client, case, "claim")
    assert f"Case {case.pk}: {outcome}" in act(client, case, action)
    assert ModerationAction.objects.get().action == recorded
    case.refresh_from_db()
    assert case.state == Case.State.RESOLVED


def test_the_reason_is_asked_for(client: Client, anna: User, case: Case) -> None:
    """S5: the dialog says what will happen; without a reason nothing does."""
    act(client, case, "claim")
    page = client.get(f"/admin/safety/case/{case.pk}/decide/warn/").content.decode()
    assert "They are told that they broke the rules" in page
    for empty in ("", "  \n "):
        assert 'id="dialog"' in act(client, case, "decide/warn", reason=empty)
    assert not ModerationAction.objects.exists()


def test_giving_back(client: Client, anna: User, case: Case) -> None:
    """S5: a case that is given back can be taken by others."""
    act(client, case, "claim")
    assert f"Case {case.pk} waits for somebody else." in act(client, case, "release")
    cases.claim(case_id=case.pk, by=moderator("boris").pk, now=timezone.now())


def test_what_cannot_be_done_is_said_in_a_line(client: Client, anna: User, case: Case) -> None:
    """S5: unclaimed, somebody else's, decided before, not suspended, gone: a line in the reader's language, no 500."""
    assert "Take this case first, then act on it." in act(client, case, "decide/warn")
    assert "Сначала возьми дело, потом решай." in act(client, case, "release", language="ru")
    boris = moderator("o'boris<b>")
    cases.claim(case_id=case.pk, by=boris.pk, now=timezone.now())
    assert "o&#x27;boris&lt;b&gt; has taken this case already." in act(client, case, "claim")
    assert "Only o&#x27;boris&lt;b&gt;, who has taken this case" in act(client, case, "decide/dismiss")
    sanctions.dismiss(case_id=case.pk, by=boris.pk, reason="x", now=timezone.now())
    for action in ("claim", "release", "decide/warn"):
        assert "This case was decided already." in act(client, case, action)
    assert "This person is not suspended." in act(client, case, "decide/lift")
    assert client.post("/admin/safety/case/4711/decide/warn/", {"reason": "x"}, follow=True).status_code == 200
    assert client.post("/admin/safety/case/4711/claim/", follow=True).status_code == 200
    assert client.get("/admin/safety/case/4711/decide/warn/").status_code == 404
    assert client.get(f"/admin/safety/case/{case.pk}/decide/shoot/").status_code == 404
    assert ModerationAction.objects.count() == 1


def test_the_next_case_is_one_click_away(client: Client, anna: User, case: Case) -> None:
    """D1: after a decision the most urgent case that is free is linked; not somebody else's."""
    act(client, case, "claim")
    now = timezone.now()
    theirs, following = (
        report(one, conversation(one, other, now), reason, now, danger=danger).case
        for one, other, reason, danger in (
            (person("Ада"), person("Ева"), "danger", "fear"),
            (person("Ида"), person("Уля"), "spam", ""),
        )
    )
    cases.claim(case_id=theirs.pk, by=moderator("boris").pk, now=now)
    page = act(client, case, "decide/dismiss")
    assert f'href="/admin/safety/case/{following.pk}/change/">Next: case {following.pk}</a>' in page


def test_looking_changes_nothing(client: Client, anna: User, case: Case) -> None:
    """D1: a link that somebody is sent acts on nothing, and the case's fields are written by services only."""
    assert client.get(f"/admin/safety/case/{case.pk}/claim/").status_code == 405
    assert client.get(f"/admin/safety/case/{case.pk}/release/").status_code == 405
    assert client.post(f"/admin/safety/case/{case.pk}/change/", {"state": "resolved"}).status_code == 405
    assert client.post(f"/admin/safety/case/{case.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.get("/admin/safety/case/add/").status_code == 403
    case.refresh_from_db()
    assert case.state == Case.State.NEW


@pytest.mark.parametrize("action", ACTIONS)
def test_only_moderators_act(client: Client, anna: User, case: Case, action: str) -> None:
    """D1: staff who may look but not judge sees no buttons, and gets 403 where they would lead; others see nothing."""
    anna.groups.clear()
    address = f"/admin/safety/case/{case.pk}/{action}/"
    assert client.get(f"/admin/safety/case/{case.pk}/change/").status_code == 403
    assert client.post(address, {"reason": "x"}).status_code == 403
    anna.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    page = client.get(f"/admin/safety/case/{case.pk}/change/").content.decode()
    assert f"/{action}/" not in page
    assert client.post(address, {"reason": "x"}).status_code == 403
    client.logout()
    assert client.post(address, {"reason": "x"}).headers["location"].startswith("/admin/login/")
    case.refresh_from_db()
    assert case.state == Case.State.NEW
    assert not ModerationAction.objects.exists()


def test_lifting_is_a_right_of_its_own(client: Client, anna: User, case: Case) -> None:
    """D2: who may judge but not lift is not offered it, and is refused."""
    lift = Permission.objects.get(codename="lift_sanction")
    Group.objects.get(name=MODERATOR).permissions.remove(lift)
    act(client, case, "claim")
    act(client, case, "decide/suspend-7")
    assert "decide/lift" not in client.get(f"/admin/safety/case/{case.pk}/change/").content.decode()
    assert client.post(f"/admin/safety/case/{case.pk}/decide/lift/", {"reason": "x"}).status_code == 403
