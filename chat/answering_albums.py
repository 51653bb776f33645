"""Albums that answer something. Telegram's copies of several messages can't, an album that is sent anew can.

What is in the messages is kept in the memory of the process that took them, for the moment until their album is
complete, and nowhere else. Where that process dies, or the messages came to several, the sender falls back to copies.
"""

import asyncio
from dataclasses import dataclass, field, replace

import structlog
from django.utils import timezone
from telegram import Message, ReplyParameters

from delivery import queue
from delivery.outgoing import Album, AlbumItem, MediaGroup
from delivery.queue import Leased
from delivery.sender import Sender
from project.threads import in_thread

from .albums import COMPLETE_AFTER
from .kinds import kind_of
from .rewriting import input_media

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Gathered:
    """The messages of one album so far, by their ids, and what they answer; `leave` sends it when its time has come."""

    telegram_id: int
    album: str
    reply: ReplyParameters
    leave: asyncio.TimerHandle
    items: dict[int, AlbumItem] = field(default_factory=dict)


class AnsweringAlbums:
    """The albums that one process is about to send itself."""

    def __init__(self, *, sender: Sender) -> None:
        self._sender = sender
        self._gathered: dict[int, _Gathered] = {}
        self._under_way: set[asyncio.Task[None]] = set()

    def add(self, message: Message, *, outbox_id: int, reply: ReplyParameters) -> None:
        """Keep what is in a message of the album that is the outbox's row `outbox_id`, until a moment after the last.

        `reply` is what the album answers in the partner's chat.
        """
        assert message.media_group_id is not None
        leave = asyncio.get_running_loop().call_later(COMPLETE_AFTER.total_seconds(), self._leave, outbox_id)
        gathered = _Gathered(message.chat.id, message.media_group_id, reply, leave)
        if (before := self._gathered.get(outbox_id)) is not None:
            before.leave.cancel()
            gathered.items = before.items
        kind = kind_of(message)
        if kind.editable and isinstance(item := input_media(message, kind), AlbumItem):
            gathered.items[message.message_id] = item
        self._gathered[outbox_id] = gathered

    def let_go(self, *, telegram_id: int, unless: str | None = None) -> None:
        """The person goes on with something else: no more messages come for albums of theirs, but the one `unless`."""
        for outbox_id, gathered in list(self._gathered.items()):
            if gathered.telegram_id == telegram_id and gathered.album != unless:
                gathered.leave.cancel()
                self._leave(outbox_id)

    async def stop(self) -> None:
        """Leave to the sender what has not left yet, and finish what is under way."""
        for gathered in self._gathered.values():
            gathered.leave.cancel()
        self._gathered.clear()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    def _leave(self, outbox_id: int) -> None:
        task = asyncio.create_task(self._send(outbox_id, self._gathered.pop(outbox_id)))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _send(self, outbox_id: int, gathered: _Gathered) -> None:
        try:
            leased = await in_thread(queue.lease_early, outbox_id=outbox_id, now=timezone.now())
        except Exception as error:  # noqa: BLE001  (whatever it is: when it is due, the sender takes it)
            log.warning("album.left_to_the_sender", error=type(error).__name__)
            return
        if leased is not None:
            await self._sender.deliver(_anew(leased, gathered))


def _anew(leased: Leased, gathered: _Gathered) -> Leased:
    """The album as it is sent anew, where all of it is at hand; otherwise as copies."""
    copies, items = leased.outgoing, gathered.items
    if not isinstance(copies, Album) or not items.keys() >= set(copies.message_ids):
        return leased
    media = tuple(items[message_id] for message_id in copies.message_ids)
    return replace(leased, outgoing=MediaGroup(media=media, reply=gathered.reply, copies=copies))
