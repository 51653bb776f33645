"""Short ways to the situations that tests of pictures and albums begin with."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils import translation

from chat import albums, showing
from chat.models import ChatSession, HeldMedia
from chat.showing import Held, Shown
from chat.waiting import Waiting
from delivery import queue
from delivery.kinds import KINDS
from delivery.models import OutboxMessage
from delivery.outgoing import Outgoing
from profiles.models import Profile
from tests.safety.scenes import NOON


def picture(session: ChatSession, by: Profile, message_id: int, **more: Any) -> Waiting:
    """A picture, or what else `more` says, on its way from one to the other."""
    wanted = {"kind": "photo", **more}
    return Waiting(
        session_id=session.pk, sender_id=by.pk, peer_id=session.peer_of(by.pk), message_id=message_id, **wanted
    )


def holds(session: ChatSession, by: Profile, *message_ids: int, now: datetime = NOON, **more: Any) -> list[Held]:
    """Pictures arrive at somebody who may not have agreed to see any; what became of each."""
    return [showing.hold(picture(session, by, message_id, **more), now=now) for message_id in message_ids]


def comes(session: ChatSession, by: Profile, *message_ids: int, now: datetime = NOON, **more: Any) -> list[int | None]:
    """The messages of an album arrive one by one; the rows of the outbox in which they are."""
    wanted = {"album": "1357", **more}
    return [albums.collect(picture(session, by, message_id, **wanted), now=now) for message_id in message_ids]


def shows(session: ChatSession, reader: Profile, now: datetime = NOON) -> bool:
    """The reader, who has been asked, taps "show"."""
    _asked(reader, now)
    return showing.show(session_id=session.pk, profile_id=reader.pk, now=now) is not Shown.OVER


def refuses(session: ChatSession, reader: Profile, now: datetime = NOON) -> bool:
    """The reader, who has been asked, taps "no pictures here"."""
    _asked(reader, now)
    return showing.refuse(session_id=session.pk, profile_id=reader.pk, now=now)


def _asked(reader: Profile, now: datetime) -> None:
    question = OutboxMessage.objects.filter(kind="chat.show_question", recipient=reader.pk)
    question.update(state=OutboxMessage.State.SENT, closed_at=now)


def waiting_ids() -> list[int]:
    """The ids of what waits for somebody's "show", in order."""
    return list(HeldMedia.objects.order_by("message_id").values_list("message_id", flat=True))


def on_the_way_to(reader: Profile) -> list[int | list[int]]:
    """The ids of messages, and lists of them for albums, that wait in the outbox for a person, in order."""
    rows = OutboxMessage.objects.filter(
        recipient=reader.pk, kind__in=["chat.relay", "chat.album"], state=OutboxMessage.State.PENDING
    )
    return [row.params.get("message") or row.params["messages"] for row in rows.order_by("pk")]


def taken_by_the_sender(now: datetime) -> list[queue.Leased]:
    """What the sender takes in one round, of pictures and albums."""
    return [leased for leased in queue.lease(limit=30, now=now) if leased.kind in ("chat.relay", "chat.album")]


def delivered(leased: queue.Leased, ids: Sequence[int], now: datetime) -> None:
    """Telegram took it and gave it these ids."""
    queue.record_sent(outbox_id=leased.id, message_ids=ids, now=now)


def reads(profile: Profile) -> list[str]:
    """What the person is told about messages that did not get through, as HTML."""
    rows = OutboxMessage.objects.select_related("recipient").filter(recipient=profile.pk, kind="chat.unsent")
    return [_html(row) for row in rows.order_by("pk")]


def _html(row: OutboxMessage) -> str:
    with translation.override(row.recipient.language):
        outgoing: Outgoing | None = KINDS[row.kind].render(row)
    return getattr(outgoing, "html", "")


def quiet() -> None:
    """Everything said so far has been sent."""
    OutboxMessage.objects.all().delete()
