"""A mistake in the configuration ends any of our processes with one clear line a mistake, never with a traceback."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError
from environs import EnvValidationError
from psycopg import OperationalError as PostgresError


@contextmanager
def ends_in_one_line() -> Iterator[None]:
    """Around whatever reads the settings first."""
    try:
        yield
    except EnvValidationError as error:
        sys.exit(f"{error} Correct it in .env or in the environment.")
    except OperationalError as error:
        # What the server itself refuses has a code; without one, it was never reached.
        if not isinstance(error.__cause__, PostgresError) or error.__cause__.sqlstate is not None:
            raise
        sys.exit("The database does not answer: start `make run`, or set DATABASE_URL.")


def refuse_to_start() -> None:
    """End this process if the system checks find a mistake; for those that no management command starts."""
    from project.checks import mistakes

    if found := mistakes():
        sys.exit("\n".join(f"{mistake.msg} {mistake.hint or ''}".strip() for mistake in found))
