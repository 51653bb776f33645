"""Whether a text that somebody else will send may go to the partner, and to whom that is (`POST /chat/relay`).

The same statement, limit and screens as for a message in Telegram, from a thread. Each is a step of its own, as there:
what is counted is counted in one statement, and nothing is held meanwhile.
"""

from datetime import datetime
from typing import Any

from django.db import connection

from project.errors import DomainError

from . import flood, routing
from .anonymity import Author, Writing, look_through
from .services import NoSession


class TooFast(DomainError):
    """The person has written too much; in `seconds` they may write again."""

    template = "chat/too_fast.html"
    status = 429


class NotYetItsTurn(DomainError):
    """Something that the partner must read first is still on its way."""

    template = "chat/not_yet_its_turn.html"


class ShowsItsWriter(DomainError):
    """The text could show the partner who its writer is (`clues`), who has not confirmed it."""

    template = "chat/reveals.html"


# Telegram's are positive.
_NO_UPDATE = -1


def admit(*, telegram_id: int, text: str, confirmed: bool, now: datetime) -> int:
    """Entry: count a text of this person's to their partner; returns the partner's Telegram id.

    `confirmed`: its writer wants to send it whatever it shows of them (C9). Raises NoSession, NotYetItsTurn, TooFast,
    ShowsItsWriter;
    nothing is counted then. Raises redis.exceptions.RedisError where Redis is away.
    """
    message = routing.parameters(telegram_id=telegram_id, message_id=0, update_id=_NO_UPDATE, sent_at=now, now=now)
    located = _route(routing.LOCATED, message)
    if located is None:
        raise NoSession
    if located.queued:
        raise NotYetItsTurn
    if wait := flood.wait(telegram_id):
        raise TooFast(seconds=wait)
    # What the account shows of itself is not known here.
    finding = None if confirmed else look_through(Writing(author=Author(), text=text))
    if finding is not None:
        raise ShowsItsWriter(clues=finding.clues)
    route = _route(routing.COUNTED_ONCE, message)
    if route is None:
        raise NoSession
    return route.peer_telegram_id


def _route(statement: str, message: dict[str, Any]) -> routing.Route | None:
    with connection.cursor() as cursor:
        cursor.execute(statement, message)
        row = cursor.fetchone()
        return None if row is None else routing.Route(*row)
