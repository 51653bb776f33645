"""Connections of our own to Django's database, for what must not pass through the ORM."""

from typing import Any

from django.db import connection

# Django's own adapters, pool and cursor classes stay with Django.
_DJANGO_ONLY = {"context", "cursor_factory", "pool"}


def without_waiting_for_the_disk(parameters: dict[str, Any]) -> dict[str, Any]:
    """The same parameters, for statements that need not survive a crash of the database server itself.

    A commit then returns before the disk has it. What it did is seen by everybody at once, and lost only if PostgreSQL
    or the machine dies within about half a second: fine for counts of messages, wrong for everything else.
    """
    options = f"{parameters.get('options') or ''} -c synchronous_commit=off".strip()
    return {**parameters, "options": options}


def connection_parameters() -> dict[str, Any]:
    """What psycopg needs to connect to Django's database."""
    return {name: value for name, value in connection.get_connection_params().items() if name not in _DJANGO_ONLY}
