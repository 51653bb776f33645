"""Conversations that have fallen silent: who waits long for an answer is offered another way, both are reminded before
a silent conversation is closed, and it is closed (C8).

Each conversation is looked after in a short transaction of its own. Whatever is decided counts only if nobody has
written since: a message that arrives in the same moment wins.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThan, GreaterThanOrEqual, LessThan, LessThanOrEqual

from delivery.models import Priority
from delivery.services import enqueue
from matching.locks import lock_people

from . import services
from .models import ChatSession

_AT_ONCE = 500
# No two clocks of ours are as far from each other.
_FUTURE = timedelta(minutes=1)

# As ChatSession.silent_since.
_SILENT_SINCE = Coalesce("last_message_at", "started_at")

Sessions = QuerySet[ChatSession]


def look_after(*, now: datetime) -> int:
    """Close, remind and offer wherever it is time to; returns how many conversations that were."""
    _forget_the_future(now)
    return sum(
        (
            _each(_to_close(now), close, now),
            _each(_to_remind(now), remind, now),
            _each(_to_offer(now), offer, now),
        )
    )


@transaction.atomic(durable=True)
def close(*, session_id: int, now: datetime) -> bool:
    """Entry: close a conversation in which nobody has written for settings.SESSION_IDLE, if both were reminded in time.

    Both are told. False where it is not time, or one of them is being dealt with elsewhere at this moment.
    """
    session = _held(_to_close(now), session_id)
    return session is not None and services.close_silent(session, now=now)


@transaction.atomic(durable=True)
def remind(*, session_id: int, now: datetime) -> bool:
    """Entry: tell both that their conversation will be closed in settings.SESSION_IDLE_REMINDER. False as `close`."""
    session = _held(_to_remind(now), session_id)
    if session is None or not _unchanged(session).update(reminded_at=now):
        return False
    for profile_id in (session.a_id, session.b_id):
        _tell(kind="chat.idle_soon", session=session, profile_id=profile_id, now=now)
    return True


@transaction.atomic(durable=True)
def offer(*, session_id: int, now: datetime) -> bool:
    """Entry: ask who has waited settings.ANSWER_WAIT for an answer whether to look for somebody else, once. False as
    `close`."""
    session = _held(_to_offer(now), session_id)
    if session is None or session.last_message_by_id is None:
        return False
    mine = f"wait_offered_{session.side_of(session.last_message_by_id)}"
    if not _unchanged(session).filter(**{mine: False}).update(**{mine: True}):
        return False
    _tell(kind="chat.waiting_long", session=session, profile_id=session.last_message_by_id, now=now)
    return True


def _each(due: Sessions, step: Callable[..., bool], now: datetime) -> int:
    ids = list(due.order_by("pk").values_list("pk", flat=True)[:_AT_ONCE])
    return sum(step(session_id=session_id, now=now) for session_id in ids)


def _live() -> Sessions:
    return ChatSession.objects.filter(ended_at__isnull=True)


def _to_close(now: datetime) -> Sessions:
    """Silent for long enough, and reminded long enough ago, however late the reminder was."""
    return _live().filter(
        LessThanOrEqual(_SILENT_SINCE, now - settings.SESSION_IDLE),
        GreaterThanOrEqual(F("reminded_at"), _SILENT_SINCE),
        reminded_at__lte=now - settings.SESSION_IDLE_REMINDER,
    )


def _to_remind(now: datetime) -> Sessions:
    before_the_last_message = Q(LessThan(F("reminded_at"), _SILENT_SINCE))
    not_yet = Q(reminded_at__isnull=True) | before_the_last_message | Q(reminded_at__gt=now + _FUTURE)
    return _live().filter(not_yet, LessThanOrEqual(_SILENT_SINCE, _reminded_from(now)))


def _to_offer(now: datetime) -> Sessions:
    of_a = Q(last_message_by=F("a"), wait_offered_a=False)
    of_b = Q(last_message_by=F("b"), wait_offered_b=False)
    # Who is about to be told that it will be closed is not asked as well.
    return _live().filter(
        of_a | of_b, last_message_at__lte=now - settings.ANSWER_WAIT, last_message_at__gt=_reminded_from(now)
    )


def _reminded_from(now: datetime) -> datetime:
    return now - settings.SESSION_IDLE + settings.SESSION_IDLE_REMINDER


def _held(due: Sessions, session_id: int) -> ChatSession | None:
    """The conversation under the locks of both its people; None where it is not due, or one of them is not free."""
    assert connection.in_atomic_block
    this = due.filter(pk=session_id)
    session = this.first()
    if session is None or len(lock_people([session.a_id, session.b_id], skip_locked=True)) < 2:
        return None
    return this.first()


def _unchanged(session: ChatSession) -> Sessions:
    """The conversation, if it goes on and nobody has written since it was read."""
    return ChatSession.objects.filter(
        pk=session.pk, ended_at__isnull=True, last_message_at=session.last_message_at, reminded_at=session.reminded_at
    )


def _forget_the_future(now: datetime) -> None:
    """What a clock that was set back has left in the future counts as written now."""
    _live().filter(GreaterThan(_SILENT_SINCE, now + _FUTURE)).update(last_message_at=now)


def _tell(*, kind: str, session: ChatSession, profile_id: int, now: datetime) -> None:
    enqueue(
        kind=kind,
        recipient_id=profile_id,
        dedupe_key=f"{kind}:{session.pk}:{profile_id}:{now.isoformat()}",
        priority=Priority.NOTICE,
        params={"session": session.pk},
        now=now,
    )
