"""Connections of our own to Django's database, for what must not pass through the ORM."""

from typing import Any

from django.db import connection

# Django's own adapters, pool and cursor classes stay with Django.
_DJANGO_ONLY = {"context", "cursor_factory", "pool"}


def connection_parameters() -> dict[str, Any]:
    """What psycopg needs to connect to Django's database."""
    return {name: value for name, value in connection.get_connection_params().items() if name not in _DJANGO_ONLY}
