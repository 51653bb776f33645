"""What was done stays as it was written; and the lists of reports, actions and blocks keep secrets."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from profiles.models import Profile
from safety import blocks, sanctions
from safety.models import Block, ModerationAction, Report
from safety.roles import MODERATOR
from tests.base import person

from .scenes import claimed_case, conversation, moderator, report

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna(client: Client) -> User:
    """A moderator, logged in as `client`."""
    user = moderator("anna")
    user.groups.set([Group.objects.get(name=MODERATOR)])
    client.force_login(user)
    return user


@pytest.fixture
def action(anna: User) -> ModerationAction:
    """Мира reported Олег and blocked him; Anna warned him."""
    mira, oleh, now = person("Мира"), person("Олег"), timezone.now()
    session = conversation(mira, oleh, now)
    report(mira, session, "abuse", now, comment="секретный комментарий")
    blocks.block(profile_id=mira.pk, session_id=session.pk, now=now)
    case = claimed_case(oleh, anna, now)
    return sanctions.warn(case_id=case.pk, by=anna.pk, reason="Кричал", now=now)


def _by_row(action: ModerationAction) -> None:
    action.reason = "другое"
    action.save()


def _by_query(action: ModerationAction) -> None:
    ModerationAction.objects.update(reason="другое")


def _by_sql(action: ModerationAction) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE safety_moderationaction SET created_at = %s", [timezone.now() + timedelta(days=1)])


def _delete_row(action: ModerationAction) -> None:
    action.delete()


def _delete_by_sql(action: ModerationAction) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM safety_moderationaction")


@pytest.mark.parametrize("attempt", [_by_row, _by_query, _by_sql, _delete_row, _delete_by_sql])
def test_the_database_keeps_what_was_done(
    action: ModerationAction, attempt: Callable[[ModerationAction], None]
) -> None:
    """S5, D2: neither the ORM nor SQL changes or deletes an action."""
    before = ModerationAction.objects.values().get()
    with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
        attempt(action)
    assert ModerationAction.objects.values().get() == before


def test_nor_does_the_admin(admin_client: Client, action: ModerationAction) -> None:
    """D2: not even a superuser can change, delete or add an action, one by one or many at once."""
    page = f"/admin/safety/moderationaction/{action.pk}"
    assert admin_client.get(f"{page}/change/").status_code == 200
    assert admin_client.post(f"{page}/change/", {"reason": "x"}).status_code == 403
    assert admin_client.post(f"{page}/delete/", {"post": "yes"}).status_code == 403
    assert admin_client.get("/admin/safety/moderationaction/add/").status_code == 403
    many = {"action": "delete_selected", "_selected_action": [action.pk], "post": "yes"}
    admin_client.post("/admin/safety/moderationaction/", many)
    assert ModerationAction.objects.get().reason == action.reason


@pytest.mark.parametrize("model", ["case", "report", "moderationaction", "block"])
def test_lists_and_pages_keep_secrets(client: Client, action: ModerationAction, model: str) -> None:
    """D4, S1: no Telegram id, no comment outside the case's page, nobody who reported or blocked; nothing changes."""
    listed = client.get(f"/admin/safety/{model}/?q=").content.decode()
    pages = [listed]
    if model != "case":
        pk = {"report": Report, "moderationaction": ModerationAction, "block": Block}[model]._default_manager.get().pk
        answer = client.get(f"/admin/safety/{model}/{pk}/change/")
        assert answer.status_code == 200
        assert client.post(f"/admin/safety/{model}/{pk}/change/", {}).status_code == 403
        pages.append(answer.content.decode())
    for page in pages:
        assert "секретный" not in page
        assert "Мира" not in page
        for profile in Profile.objects.select_related("recipient"):
            assert str(profile.recipient.telegram_id) not in page


def test_the_actions_say_who_did_what_and_why(client: Client, action: ModerationAction) -> None:
    """S5: the log is found by case and by who acted."""
    for query in (str(action.case_id), "anna"):
        page = client.get("/admin/safety/moderationaction/", {"q": query}).content.decode()
        assert "Кричал" in page
        assert f'href="/admin/safety/case/{action.case_id}/change/"' in page
    assert "Кричал" not in client.get("/admin/safety/moderationaction/", {"q": "boris"}).content.decode()


def test_words_do_not_reach_the_admins_own_log(client: Client, action: ModerationAction) -> None:
    """C3, D4: looking and acting leave nothing of what people wrote in Django's log entries."""
    client.get(f"/admin/safety/case/{action.case_id}/change/")
    assert not LogEntry.objects.exists()
