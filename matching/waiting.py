"""The one message that tells a person how their search is going, kept up to date while they wait (M7, M10)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q

from delivery.models import OutboxMessage, Priority
from delivery.services import Notice, enqueue_all
from profiles.models import Profile

from . import candidates, listeners, queries
from .locks import lock_people
from .models import PoolEntry, SearchMessage, Seat
from .notices import tell_person

EDIT = "matching.search"
# Seconds until the message is looked at again: often at first, then once a minute.
_PAUSES = (10, 20, 40, 60)
# As many are locked at once, and as often in one call.
_AT_ONCE, _ROUNDS = 25, 80
# Fewer others than this are not mentioned: nobody shall read that there is nobody.
_WORTH_MENTIONING = 2


class Over(StrEnum):
    """How a search is over, for the message that told of it; MOVED: a newer message tells of it."""

    FOUND = "found"
    MOVED = "moved"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Progress:
    """How a search is going: whole minutes waited and expected (None: can't tell), how many others search (or None).

    `alone`: nobody who would be allowed has come for long; `waits_on`: the person has read that. `called_until`: they
    asked to be called until then.
    """

    minutes: int
    expected: int | None
    others: int | None
    alone: bool
    waits_on: bool
    called_until: datetime | None
    timezone: str

    @property
    def key(self) -> str:
        """The same where the message would say the same; how many others there are is no reason to edit it."""
        if self.called_until is not None:
            return "called"
        state = "searching" if not self.alone else "waits on" if self.waits_on else "alone"
        return f"{state}:{self.minutes}:{self.expected}"


def progress(*, profile_id: int, now: datetime) -> Progress | Over:
    """How the search of this person is going, or how it ended."""
    entry = PoolEntry.objects.select_related("profile").defer("profile__bio").filter(pk=profile_id).first()
    if entry is None:
        return Over.FOUND if Seat.objects.filter(pk=profile_id).exists() else Over.STOPPED
    message = SearchMessage.objects.filter(pk=profile_id).first()
    return _progress(entry, _Surroundings.at(now), now, waits_on=message is not None and message.waits_on)


def told_by(*, message_id: int, profile_id: int, now: datetime) -> Progress | Over:
    """What this message should say now: how the search is going, unless a newer message tells it."""
    newer = SearchMessage.objects.filter(pk=profile_id).exclude(message_id=message_id).exists()
    return Over.MOVED if newer else progress(profile_id=profile_id, now=now)


@transaction.atomic(durable=True)
def remember(*, profile_id: int, message_id: int, shown: Progress | Over, now: datetime) -> None:
    """Entry: this message, which says `shown`, now tells the person how their search is going; an earlier one points
    to it."""
    if lock_people([profile_id]):
        adopt(profile_id=profile_id, message_id=message_id, shown=shown, now=now)


def adopt(*, profile_id: int, message_id: int, shown: Progress | Over, now: datetime) -> None:
    """Step: the same for a message that was sent as a notification. The newest of a chat's messages counts."""
    assert connection.in_atomic_block
    known = SearchMessage.objects.filter(pk=profile_id).first()
    if known is not None and known.message_id > message_id:
        return
    if known is not None and known.message_id != message_id:
        _edit([known], now)
    called = isinstance(shown, Progress) and shown.called_until is not None
    columns = {
        "message_id": message_id,
        "shown": shown.key if isinstance(shown, Progress) else "",
        "refresh_at": None if called else now + timedelta(seconds=_PAUSES[0]),
        "refreshes": 0,
    }
    SearchMessage.objects.update_or_create(profile_id=profile_id, defaults=columns)


def adopt_again(*, profile_id: int, message_id: int, now: datetime) -> None:
    """Step: a message was edited that had been given up; where the search goes on after all, it tells of it again."""
    if SearchMessage.objects.filter(pk=profile_id).exists():
        return
    shown = progress(profile_id=profile_id, now=now)
    if isinstance(shown, Progress):
        adopt(profile_id=profile_id, message_id=message_id, shown=shown, now=now)


def refresh(*, now: datetime) -> int:
    """Edit the messages that say something old, a few in each transaction; returns how many edits.

    The message of who does not wait any more is edited one last time. Several at once share the work.
    """
    edits = 0
    for _ in range(_ROUNDS):
        looked_at, edited = _refresh_some(now)
        edits += edited
        if looked_at < _AT_ONCE:
            break
    return edits


@transaction.atomic(durable=True)
def _refresh_some(now: datetime) -> tuple[int, int]:
    """How many messages were looked at, and how many will be edited."""
    waits = PoolEntry.objects.filter(pk=OuterRef("pk"))
    unlocked = SearchMessage.objects.select_for_update(skip_locked=True, of=("self",))
    ended = list(unlocked.filter(~Exists(waits))[:_AT_ONCE])
    # None is due later than that, but where the clock was set back.
    turn = Q(refresh_at__lte=now) | Q(refresh_at__gt=now + timedelta(seconds=2 * _PAUSES[-1]))
    due = list(unlocked.filter(turn, Exists(waits)).order_by("refresh_at")[:_AT_ONCE])
    changed = _look_at(due, now)
    SearchMessage.objects.filter(pk__in=[message.pk for message in ended]).delete()
    SearchMessage.objects.bulk_update(due, ["shown", "refreshes", "refresh_at"])
    _edit([*ended, *changed], now)
    return len(ended) + len(due), len(ended) + len(changed)


@transaction.atomic(durable=True)
def keep_waiting(*, profile_id: int, now: datetime) -> Progress | Over:
    """Entry: the person has read that it takes longer than usual, and waits on, at the phone."""
    if lock_people([profile_id]):
        PoolEntry.objects.filter(pk=profile_id).update(on_call_until=None)
        SearchMessage.objects.filter(pk=profile_id).update(waits_on=True)
    return progress(profile_id=profile_id, now=now)


@transaction.atomic(durable=True)
def call_me(*, profile_id: int, now: datetime) -> Progress | Over:
    """Entry: the person would rather be called when someone comes; they keep their place, for ON_CALL_LASTS.

    A second tap changes nothing.
    """
    if lock_people([profile_id]):
        not_yet = PoolEntry.objects.filter(pk=profile_id, on_call_until=None)
        not_yet.update(on_call_until=now + settings.ON_CALL_LASTS)
    return progress(profile_id=profile_id, now=now)


@transaction.atomic(durable=True)
def end_calls(*, now: datetime) -> int:
    """Entry: whose call has not come in time leaves the pool and is told; returns how many people that were."""
    due = PoolEntry.objects.filter(on_call_until__lte=now)
    people = lock_people(due.values_list("pk", flat=True)[:_AT_ONCE], skip_locked=True)
    ended = list(due.filter(pk__in=people).values_list("pk", "on_call_until"))
    PoolEntry.objects.filter(pk__in=[profile_id for profile_id, _ in ended]).delete()
    for profile_id, until in ended:
        tell_person(kind="matching.call_ended", profile_id=profile_id, about=f"{until:%Y%m%d%H%M%S}", now=now)
    return len(ended)


def _look_at(due: list[SearchMessage], now: datetime) -> list[SearchMessage]:
    """Those of the messages that say something old, all of them with the time of their next look."""
    if not due:
        return []
    entries = PoolEntry.objects.select_related("profile").defer("profile__bio").in_bulk([row.pk for row in due])
    pending = _with_an_edit_pending(entries)
    around = _Surroundings.at(now)
    changed = []
    for message in due:
        message.refreshes += 1
        message.refresh_at = now + timedelta(seconds=_PAUSES[min(message.refreshes, len(_PAUSES) - 1)])
        # Who has left the pool this moment is seen to next time.
        if message.pk not in entries:
            continue
        shown = _progress(entries[message.pk], around, now, waits_on=message.waits_on)
        if shown.called_until is not None:
            message.refresh_at = None
        # An edit that waits to be sent will say what is true by then.
        if shown.key != message.shown and message.pk not in pending:
            message.shown = shown.key
            changed.append(message)
    return changed


def _edit(messages: list[SearchMessage], now: datetime) -> None:
    """Let these messages say what is true by the time they are edited."""
    if not messages:
        return
    enqueue_all(
        [
            Notice(
                kind=EDIT,
                recipient_id=message.pk,
                dedupe_key=f"{EDIT}:{message.pk}:{message.message_id}:{now.isoformat()}",
                priority=Priority.WAITING,
                params={"message": message.message_id},
            )
            for message in messages
        ],
        now=now,
    )


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What is the same for everybody who waits at one moment."""

    waits: list[queries.Wait]
    searching: Counter[int]
    answering: list[int]

    @classmethod
    def at(cls, now: datetime) -> _Surroundings:
        return cls(
            waits=queries.recent_waits(now=now),
            searching=queries.searching_by_language(),
            answering=queries.answering_a_proposal(),
        )


def _progress(entry: PoolEntry, around: _Surroundings, now: datetime, *, waits_on: bool) -> Progress:
    waited = max(now - entry.since, timedelta(0))
    expected = queries.typical_wait(around.waits, entry.profile)
    if expected is not None and waited >= expected:
        # Who waits longer than most must not read that something is wrong with them.
        expected = None
    alike = sum(count for languages, count in around.searching.items() if languages & entry.language_mask)
    # The person themselves is one of them, unless they asked to be called.
    others = alike - (entry.on_call_until is None)
    return Progress(
        minutes=int(waited.total_seconds() // 60),
        expected=None if expected is None else max(1, round(expected.total_seconds() / 60)),
        others=others if others >= _WORTH_MENTIONING else None,
        alone=now - entry.joined_at >= settings.ALONE_AFTER and not _somebody_may_come(entry, around, now),
        waits_on=waits_on,
        called_until=entry.on_call_until,
        timezone=entry.profile.timezone,
    )


def _somebody_may_come(entry: PoolEntry, around: _Surroundings, now: datetime) -> bool:
    """Whether somebody allowed waits, or is about to answer another proposal."""
    if candidates.nearest(entry, now=now):
        return True
    answering = Profile.objects.filter(pk__in=around.answering)
    return listeners.allowed_with(answering, entry, now).exists()


def _with_an_edit_pending(profile_ids: Collection[int]) -> set[int]:
    pending = OutboxMessage.objects.filter(recipient__in=profile_ids, kind=EDIT, state=OutboxMessage.State.PENDING)
    return set(pending.values_list("recipient_id", flat=True))
