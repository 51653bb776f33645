"""Rewriting encrypted columns under the newest key, while everybody goes on reading and writing.

A value tells by its key id whether it is left to do: nothing else has to be remembered, whenever this is interrupted.
"""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.db import connection, models
from django.db.models import F
from django.db.models.functions import Cast, Left

from .encryption import (
    KEY_ID_LENGTH,
    EncryptedTextField,
    Undecipherable,
    current_key_id,
    decrypted,
    encrypted,
)

_PAUSE_BETWEEN_PASSES = 0.2

# Rows that somebody holds are passed over, and a value that its owner has changed meanwhile stays theirs.
_REWRITE = """
WITH wanted AS (SELECT * FROM unnest(%(pks)s::{type}[], %(old)s::text[], %(new)s::text[]) AS w (pk, old, new)),
free AS MATERIALIZED (
    SELECT {pk} AS pk FROM {table} WHERE {pk} = ANY(%(pks)s::{type}[]) ORDER BY {pk} FOR NO KEY UPDATE SKIP LOCKED)
UPDATE {table} SET {column} = wanted.new FROM wanted JOIN free USING (pk)
WHERE {table}.{pk} = wanted.pk AND {table}.{column} = wanted.old
"""


@dataclass(frozen=True, slots=True)
class Column:
    """One encrypted column of one table."""

    model: type[models.Model]
    field: EncryptedTextField

    def __str__(self) -> str:
        return f"{self.model._meta.label}.{self.field.name}"

    def stored(self) -> models.QuerySet[models.Model]:
        """All rows with something in the column, with `stored`: the value as it lies in the database."""
        raw = Cast(F(self.field.name), models.TextField())
        rows: models.QuerySet[models.Model] = (
            self.model._default_manager.alias(raw=raw).exclude(raw="").annotate(stored=raw)
        )
        return rows

    def left(self) -> models.QuerySet[models.Model]:
        """Those not under the newest key."""
        return self.stored().exclude(stored__startswith=current_key_id())


@dataclass(frozen=True, slots=True)
class Batch:
    """What became of one batch: rewritten, held or changed by somebody else, or of an unknown key."""

    rewritten: int
    passed_over: int
    unknown: int


def columns() -> list[Column]:
    """Every encrypted column of every model."""
    return [
        Column(model, field)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, EncryptedTextField)
    ]


def by_key(column: Column) -> Counter[str]:
    """How many values lie under which key, by key id."""
    counted = column.stored().annotate(key=Left("stored", KEY_ID_LENGTH)).values("key")
    return Counter({row["key"]: row["rows"] for row in counted.annotate(rows=models.Count("pk")).order_by("key")})


def rotate(column: Column, *, batch: int) -> Iterator[Batch]:
    """Rewrite what is left, `batch` rows at a time, each in a statement of its own; yields what became of each.

    Ends when nothing is left but values of unknown keys, which are counted and left as they are.
    """
    while True:
        passed_over = 0
        for done in _one_pass(column, batch):
            passed_over += done.passed_over
            yield done
        if not passed_over:
            return
        time.sleep(_PAUSE_BETWEEN_PASSES)


def _one_pass(column: Column, batch: int) -> Iterator[Batch]:
    last = None
    while True:
        rows = column.left().order_by("pk")
        found = list((rows if last is None else rows.filter(pk__gt=last)).values_list("pk", "stored")[:batch])
        if not found:
            return
        yield _rewrite(column, found)
        last = found[-1][0]


def _rewrite(column: Column, found: list[tuple[object, str]]) -> Batch:
    readable = []
    for pk, old in found:
        try:
            readable.append((pk, old, encrypted(decrypted(old))))
        except Undecipherable:
            continue
    rewritten = _update(column, readable) if readable else 0
    return Batch(rewritten, passed_over=len(readable) - rewritten, unknown=len(found) - len(readable))


def _update(column: Column, values: list[tuple[object, str, str]]) -> int:
    meta, quote = column.model._meta, connection.ops.quote_name
    statement = _REWRITE.format(
        table=quote(meta.db_table),
        pk=quote(str(meta.pk.column)),
        type=meta.pk.rel_db_type(connection),
        column=quote(str(column.field.column)),
    )
    pks, old, new = (list(each) for each in zip(*values, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(statement, {"pks": pks, "old": old, "new": new})
        return int(cursor.rowcount)
