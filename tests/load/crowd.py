"""People of a `population` in the product's own tables, as onboarding and searching would have left them, by COPY."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import psycopg
from django.conf import settings
from psycopg import sql

from .population import ZONES, Integers, People

FIRST_TELEGRAM_ID = 7_000_000_001  # above what fits into 32 bits, as Telegram's ids of today are
# So many ratings that a profile's helpfulness is nearly its own mean.
_RATINGS = 200
# The cost of a row whose trigger writes others grows with the size of the transaction.
_BATCH = 5_000

_REGISTER = """
INSERT INTO delivery_recipient (id, telegram_id, language, reachable)
SELECT id, id + %(first_telegram_id)s - 1, 'ru', true FROM newcomer;

INSERT INTO profiles_profile (
    recipient_id, subject, state, consented_at, rules_version, nickname, nickname_key, timezone, topic_mask, bio,
    speaks_ru, speaks_uk, speaks_en, listens, rating_sum, rating_count, seen_at
)
SELECT id, gen_random_uuid(), 'complete', %(now)s, %(rules)s, 'Мира' || id, 'мира' || id,
    (%(zones)s::text[])[zone + 1], topics, '', languages & 1 > 0, languages & 2 > 0, languages & 4 > 0, false,
    round(helpfulness * 100 * %(ratings)s), %(ratings)s, %(now)s
FROM newcomer;

SELECT setval(pg_get_serial_sequence('delivery_recipient', 'id'), max(id)) FROM delivery_recipient;
"""


def register(connection: psycopg.Connection[Any], people: People, *, now: datetime) -> None:
    """Everybody with a complete profile; person `i` gets the id `i + 1`. The tables must be empty."""
    given = {
        "first_telegram_id": FIRST_TELEGRAM_ID,
        "now": now,
        "rules": settings.RULES_VERSION,
        "zones": list(ZONES),
        "ratings": _RATINGS,
    }
    with connection.transaction(), _unchecked(connection):
        connection.execute(
            "CREATE TEMPORARY TABLE newcomer"
            " (id bigint, topics bigint, languages int, zone int, helpfulness float) ON COMMIT DROP"
        )
        columns = (people.topics, people.languages, people.zones, people.helpfulness)
        ids = range(1, len(people) + 1)
        _copy(connection, "newcomer", None, zip(ids, *(column.tolist() for column in columns), strict=True))
        psycopg.ClientCursor(connection).execute(_REGISTER, given)


def wait(
    connection: psycopg.Connection[Any], people: People, ids: Integers, *, now: datetime, within: timedelta, seed: int
) -> None:
    """Put person `i` under `ids[i]` into the pool, since a random moment of the last `within`."""
    seconds = np.random.default_rng(seed).uniform(0, within.total_seconds(), size=len(people))
    since = [now - timedelta(seconds=ago) for ago in seconds.tolist()]
    columns = {
        "profile_id": ids.tolist(),
        "since": since,
        "joined_at": since,
        "topic_mask": people.topics.tolist(),
        "language_mask": people.languages.tolist(),
        "utc_offset": people.offsets(now).tolist(),
        "helpfulness": people.helpfulness.tolist(),
        "requeues": [0] * len(people),
    }
    rows = list(zip(*columns.values(), strict=True))
    for first in range(0, len(rows), _BATCH):
        _copy(connection, "matching_poolentry", columns, rows[first : first + _BATCH])


def rest(connection: psycopg.Connection[Any], ids: Integers, pairs: Integers, *, until: datetime) -> None:
    """A cooldown for every pair (places in `ids`), in both directions as the product keeps it."""
    both_ways = np.concatenate([pairs, pairs[:, ::-1]])
    rows = ((one, other, until, "conversation") for one, other in ids[both_ways].tolist())
    with connection.transaction(), _unchecked(connection), _unindexed(connection, "matching_recentcontact"):
        _copy(connection, "matching_recentcontact", ("user_id", "other_id", "until", "reason"), rows)


@contextmanager
def _unchecked(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Without looking up every foreign key, which takes most of the time and holds by construction."""
    (allowed,) = connection.execute("SELECT usesuper FROM pg_user WHERE usename = current_user").fetchone() or (False,)
    if allowed:
        connection.execute("SET LOCAL session_replication_role = replica")
    yield
    if allowed:
        connection.execute("SET LOCAL session_replication_role = origin")


@contextmanager
def _unindexed(connection: psycopg.Connection[Any], table: str) -> Iterator[None]:
    """Without the table's indexes, which are made again afterwards: that is several times faster for many rows."""
    name = sql.Identifier(table)
    constraints = connection.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid = %s::regclass AND contype IN ('p', 'u') ORDER BY contype",
        [table],
    ).fetchall()
    for constraint, _ in constraints:
        connection.execute(sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(name, sql.Identifier(constraint)))
    indexes = connection.execute("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s", [table]).fetchall()
    for index, _ in indexes:
        connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(index)))
    yield
    for constraint, definition in constraints:
        add = sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}")
        connection.execute(add.format(name, sql.Identifier(constraint), sql.SQL(definition)))
    for _, definition in indexes:
        connection.execute(sql.SQL(definition))


def _copy(connection: psycopg.Connection[Any], table: str, columns: Iterable[str] | None, rows: Iterable[Any]) -> None:
    listed = sql.SQL("({})").format(sql.SQL(", ").join(map(sql.Identifier, columns))) if columns else sql.SQL("")
    command = sql.SQL("COPY {} {} FROM STDIN").format(sql.Identifier(table), listed)
    with connection.cursor() as cursor, cursor.copy(command) as copy:
        for row in rows:
            copy.write_row(row)
