"""Rows of any table: as plain values, and deleted a few at a time."""

from collections.abc import Collection
from typing import Any

from django.db import models, transaction

BATCH = 1_000


def columns_of(row: models.Model, *, without: Collection[str] = ()) -> dict[str, Any]:
    """Every column of a row by its name, except those in `without`: a column that is added later is in by itself."""
    columns = (field.attname for field in row._meta.concrete_fields)
    return {name: getattr(row, name) for name in columns if name not in without}


def delete_in_batches(rows: models.QuerySet[Any], *, batch: int = BATCH) -> int:
    """Delete `rows` in short transactions of at most `batch` each; returns how many that were.

    Interrupted, it has deleted what it has deleted; somebody else who does the same at once does no harm.
    """
    deleted = 0
    while ids := list(rows.order_by("pk").values_list("pk", flat=True)[:batch]):
        with transaction.atomic():
            # The condition once more: a row may have changed since it was found.
            _, by_model = rows.filter(pk__in=ids).delete()
        deleted += by_model.get(rows.model._meta.label, 0)
    return deleted
