"""The roles of staff and the demo moderator."""

from io import StringIO

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from safety.roles import MODERATOR, sync_roles

pytestmark = pytest.mark.django_db


def created() -> dict[str, str]:
    """What the command prints."""
    out = StringIO()
    call_command("create_demo_moderator", stdout=out)
    return dict(line.split(": ", 1) for line in out.getvalue().splitlines())


def test_a_moderator_sees_everything_and_judges_cases() -> None:
    """D2: the group may view the product's models and act on cases, and change no row by hand."""
    permissions = set(Group.objects.get(name=MODERATOR).permissions.values_list("content_type__app_label", "codename"))
    assert ("profiles", "view_profile") in permissions
    assert ("matching", "view_match") in permissions
    assert ("chat", "view_chatsession") in permissions
    done = {(app, codename) for app, codename in permissions if not codename.startswith("view_")}
    assert done == {("safety", "judge_case"), ("safety", "lift_sanction")}


def test_roles_are_restored_by_a_sync() -> None:
    """D2: syncing again changes nothing, and takes back what was added by hand."""
    group = Group.objects.get(name=MODERATOR)
    before = set(group.permissions.all())
    group.permissions.clear()
    sync_roles()
    sync_roles()
    assert set(Group.objects.get(name=MODERATOR).permissions.all()) == before
    assert Group.objects.filter(name=MODERATOR).count() == 1


def test_the_demo_moderator_can_log_in() -> None:
    """O4: the printed name and password open the dashboard, as a moderator and no more."""
    printed = created()
    assert Client().login(username=printed["name"], password=printed["password"])
    user = User.objects.get(username=printed["name"])
    assert user.is_staff
    assert not user.is_superuser
    assert user.has_perm("profiles.view_profile")
    assert not user.has_perm("profiles.change_profile")


def test_a_second_call_sets_a_new_password() -> None:
    """O4: the old password stops working, and there is still one demo moderator."""
    old, new = created(), created()
    assert not Client().login(username=old["name"], password=old["password"])
    assert Client().login(username=new["name"], password=new["password"])
    assert User.objects.count() == 1


def test_not_in_production(settings: Settings) -> None:
    """O5: production has no demo moderator, and says so in one line."""
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="production"):
        created()
    assert not User.objects.exists()
