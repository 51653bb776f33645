"""Between tests that commit the database is as migrations left it (tests/emptying.py)."""

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import TransactionTestCase

from profiles.models import Topic
from safety import sanctions
from safety.models import ModerationAction
from safety.roles import MODERATOR
from tests.base import person
from tests.emptying import Emptying
from tests.safety.scenes import NOON, claimed_case, conversation, moderator, report

CASE = TransactionTestCase(methodName="__init__")


def rows() -> dict[str, int]:
    """How many each table has."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT count(*) FROM {table}")
            found[table] = cursor.fetchone()[0]
    return found


@pytest.mark.django_db(transaction=True)
def test_whatever_was_written_is_taken_away() -> None:
    """Also what the database lets nobody delete, and what its triggers write."""
    emptying, before = Emptying(), rows()
    mira, oleh, mod = person("Мира"), person("Олег"), moderator()
    report(mira, conversation(mira, oleh))
    sanctions.suspend(case_id=claimed_case(oleh, mod).pk, by=mod.pk, days=1, reason="so", now=NOON)
    assert ModerationAction.objects.exists()
    emptying.after(CASE)
    assert rows() == before


@pytest.mark.django_db(transaction=True)
def test_topics_and_roles_come_back() -> None:
    """Changed, removed or new: they are again what every migrate makes them."""
    emptying, before = Emptying(), rows()
    Topic.objects.filter(slug="anxiety").update(active=False)
    Topic.objects.get(slug="loss").delete()
    Group.objects.get(name=MODERATOR).permissions.clear()
    Group.objects.create(name="guests")
    emptying.after(CASE)
    assert rows() == before
    assert Topic.objects.get(slug="anxiety").active
