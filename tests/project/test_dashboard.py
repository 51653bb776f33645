"""The admin's home page and sidebar."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group, Permission, User
from django.test import Client

from delivery.models import OutboxMessage
from matching import services as matching
from matching.models import Match, Sweep
from profiles.models import Profile
from safety.roles import MODERATOR
from tests.base import person
from tests.safety.scenes import NOON, conversation, ended, report

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client: Client) -> Iterator[User]:
    """Somebody on the staff without any right, logged in as `client`, at one o'clock."""
    user = User.objects.create_user("anna", is_staff=True)
    with time_machine.travel(NOON + timedelta(hours=1), tick=False):
        client.force_login(user)
        yield user


def figures(client: Client) -> dict[str, tuple[str, str, str]]:
    """What the home page counts: by title, the age of the oldest, the number and where the number leads."""
    page = client.get("/admin/").content.decode()
    rows = re.findall(r"<tr>(.*?)</tr>", page, flags=re.DOTALL)
    found = {}
    for row in rows:
        link = re.search(r'href="([^"]+)"', row)
        title, *cells = (re.sub(r"<[^>]+>", "", cell).strip() for cell in re.split(r"</t[hd]>", row)[:-1])
        assert link is not None
        found[title] = (cells[0].removeprefix("oldest "), cells[1], link[1].replace("&amp;", "&"))
    return found


def test_what_waits_and_how_the_system_is(client: Client, staff: User) -> None:
    """D1: open cases by reason and age, people waiting, proposals, conversations, the outbox, people registered."""
    staff.groups.set([Group.objects.get(name=MODERATOR)])
    mira, oleh, ada, eva = (person(name) for name in ("Мира", "Олег", "Ада", "Ева"))
    session = conversation(mira, oleh)
    report(mira, session, "danger", NOON + timedelta(minutes=10), danger="fear")
    report(mira, session, "abuse", NOON + timedelta(minutes=20))
    for profile in (ada, eva):
        matching.find(profile_id=profile.pk, now=NOON)
    lonely = person("Ида", topics=("career", "health"))
    matching.find(profile_id=lonely.pk, now=NOON)
    OutboxMessage.objects.update(created_at=NOON + timedelta(minutes=59))
    found = figures(client)
    assert {title: values[:2] for title, values in found.items()} == {
        "Open cases": ("", "1"),
        "Fears for them": ("50 min", "1"),
        "Threats": ("", "0"),
        "Abuse": ("50 min", "1"),
        "Looks under 18": ("", "0"),
        "Spam": ("", "0"),
        "Other": ("", "0"),
        "People registered": ("", "5"),
        "People waiting": ("1 h", "1"),
        "Open proposals": ("", "1"),
        "Live conversations": ("", "1"),
        "Notifications not sent yet": ("1 min", str(OutboxMessage.objects.count())),
    }


def test_every_number_leads_to_its_list(client: Client, staff: User) -> None:
    """D1: behind each number is a list with as many rows."""
    staff.groups.set([Group.objects.get(name=MODERATOR)])
    mira, oleh, ada, eva = (person(name) for name in ("Мира", "Олег", "Ада", "Ева"))
    over = conversation(ada, eva)
    ended(over, ada)
    first = OutboxMessage.objects.order_by("pk")[:1]
    OutboxMessage.objects.filter(pk__in=first).update(state=OutboxMessage.State.SENT, closed_at=NOON)
    report(mira, conversation(mira, oleh), "spam")
    for profile in (ada, eva):
        matching.find(profile_id=profile.pk, now=NOON)
    Profile.objects.filter(pk=ada.pk).update(state=Profile.State.WAITING_BIO)
    for title, (_, count, link) in figures(client).items():
        answer = client.get(link)
        assert answer.status_code == 200, title
        assert answer.context["cl"].result_count == int(count), title


def test_how_matching_does(client: Client, staff: User) -> None:
    """D1: within how long searches get a proposal, how many are accepted, who listens, the last sweep."""

    def measures() -> dict[str, str]:
        page = client.get("/admin/").content.decode()
        found = re.findall(r"<dt>(.*?)</dt>\s*<dd><a[^>]+>(.*?)</a>", page)
        return dict(found)

    assert measures() == {}
    staff.groups.set([Group.objects.get(name=MODERATOR)])
    assert list(measures().values()) == ["no search began", "no proposal ended", "0", "never"]
    now = NOON + timedelta(hours=1)
    mira, oleh, ada = (person(name) for name in ("Мира", "Олег", "Ада"))
    for profile, seconds in ((mira, 30), (oleh, 20)):
        matching.find(profile_id=profile.pk, now=now - timedelta(seconds=seconds))
    matching.skip(match_id=Match.objects.get().pk, profile_id=mira.pk, now=now)
    Profile.objects.filter(pk=ada.pk).update(listens=True, quiet_from=None, quiet_until=None, seen_at=now)
    began = now - timedelta(minutes=3)
    Sweep.objects.create(began_at=began, ended_at=began + timedelta(seconds=1), waiting=0, proposed=0, held_back=0)
    assert list(measures().values()) == ["5.0 s", "0% of 1", "1", "3 min ago, 1.0 s"]


def test_the_queue_carries_the_number_of_open_cases(client: Client, staff: User) -> None:
    """D1: on every page of the admin, as long as there are any."""
    staff.groups.set([Group.objects.get(name=MODERATOR)])

    def badge() -> list[str]:
        page = client.get("/admin/profiles/profile/").content.decode()
        return re.findall(r"<span>Cases</span>\s*(?:<span[^>]*>\s*(\d+)\s*</span>)?", page)

    assert badge() == [""]
    mira, oleh = person("Мира"), person("Олег")
    report(mira, conversation(mira, oleh), "spam")
    assert badge() == ["1"]


def test_nobody_sees_what_they_may_not_open(client: Client, staff: User) -> None:
    """D1: without a right there is no number, no link; with one, exactly what it opens."""
    assert figures(client) == {}
    page = client.get("/admin/").content.decode()
    assert "Nothing here is yours to look at yet." in page
    assert "/admin/safety/case/" not in page
    staff.user_permissions.set(Permission.objects.filter(codename="view_chatsession"))
    assert list(figures(client)) == ["Live conversations"]
    assert "/admin/auth/user/" not in client.get("/admin/").content.decode()


def test_who_runs_it_manages_staff(admin_client: Client, admin_user: User) -> None:
    """D2: users and roles have their pages, for superusers."""
    for page in ("user/", "user/add/", f"user/{admin_user.pk}/change/", f"user/{admin_user.pk}/password/", "group/"):
        assert admin_client.get(f"/admin/auth/{page}").status_code == 200, page
