"""Emptying the database after a test that commits.

Django truncates every table and sends `post_migrate`, which takes longer than most tests do. Nearly all of them leave a
few rows in a few tables, and the topics and roles as they were: then those rows are deleted, and that is all.
"""

from collections.abc import Callable, Iterator
from unittest.mock import patch

import pytest
from django.db import connection, transaction
from django.test import TransactionTestCase
from psycopg import sql
from pytest_django import DjangoDbBlocker

_LARGE = 1_000_000  # bytes of a table above which it is truncated: deleted rows are still read past
_flush: Callable[[TransactionTestCase], None] = vars(TransactionTestCase)["_fixture_teardown"]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The test database, emptied in our way."""
    with django_db_blocker.unblock():
        emptying = Emptying()
        connection.close()

    def empty(case: TransactionTestCase) -> None:
        emptying.after(case)

    with patch.object(TransactionTestCase, "_fixture_teardown", empty):
        yield


class Emptying:
    """Knows what migrations put into the database, and takes away everything else."""

    def __init__(self) -> None:
        names = connection.introspection.django_table_names(only_existing=True, include_views=False)
        filled = self._filled(names)
        self._may_be_quick = _may_switch_triggers_off()
        self._kept = [name for name in names if name in filled]
        self._emptied = [name for name in names if name not in filled]
        self._wanted = self._content()

    def after(self, case: TransactionTestCase) -> None:
        """Bring the database back to where it was before `case`."""
        written = self._filled(self._emptied)
        is_quick = self._may_be_quick and max(written.values(), default=0) < _LARGE
        if not is_quick or self._content() != self._wanted:
            _flush(case)
            self._wanted = self._content()
        elif written:
            self._delete_from(list(written))

    def _filled(self, names: list[str]) -> dict[str, int]:
        """The tables that have rows, with their sizes in bytes."""
        one = sql.SQL("SELECT {}, pg_relation_size({}::regclass) WHERE EXISTS (SELECT FROM {})")
        each = [one.format(sql.Literal(name), sql.Literal(name), sql.Identifier(name)) for name in names]
        return dict(self._rows(sql.SQL(" UNION ALL ").join(each)))

    def _content(self) -> list[tuple[str, int]]:
        """What is in the tables that are kept, made short."""
        one = sql.SQL("SELECT md5(string_agg(row::text, ',' ORDER BY row::text)), 0 FROM {} row")
        return self._rows(sql.SQL(" UNION ALL ").join(one.format(sql.Identifier(name)) for name in self._kept))

    def _delete_from(self, names: list[str]) -> None:
        # Without triggers: some refuse to delete, some write to other tables, and references are in the way.
        statements = [sql.SQL("DELETE FROM {}").format(sql.Identifier(name)) for name in names]
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(sql.SQL("; ").join(statements))

    def _rows(self, query: sql.Composed) -> list[tuple[str, int]]:
        with connection.cursor() as cursor:
            cursor.execute(query)
            rows: list[tuple[str, int]] = cursor.fetchall()
        return rows


def _may_switch_triggers_off() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_parameter_privilege('session_replication_role', 'SET')")
        return bool(cursor.fetchone()[0])
