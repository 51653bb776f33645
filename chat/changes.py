"""What people do with a message after it was sent, carried over to its twin: edits, reactions, deletion (C2).

A twin is looked up in the map of the live conversation and of no other: after the end nothing reaches anybody.
"""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from datetime import datetime, timedelta
from enum import StrEnum

from django.utils import timezone
from telegram import Message, MessageReactionUpdated, ReactionType, ReactionTypeEmoji
from telegram.error import BadRequest, TelegramError

from delivery.metrics import telegram_api_errors
from delivery.telegram import Bot, Permanent, classify
from delivery.transport import AnswerLost
from project.threads import in_thread

from . import services, taking_back
from .kinds import Kind
from .message_map import Side
from .models import ChatSession
from .relay import DIRECT_SECONDS, Relay
from .rewriting import rewrite
from .routing import Conversation
from .taking_back import Place
from .waiting import Waiting

# An edit or a /del that comes again and again holds up all that its writer says next: rather say that it did not work.
PATIENCE = timedelta(seconds=10)
# Reactions come in a queue of their own, and hold up nothing else.
_PATIENCE_WITH_REACTIONS = timedelta(minutes=5)
# So long after an edit its update comes where nothing is in the way.
_IN_TIME = timedelta(seconds=5)
# Until then the twin of a message that has just arrived may still have to be written down.
_UNTIL_MAPPED = timedelta(seconds=DIRECT_SECONDS)


class NotYet(TimeoutError):
    """It can't be done at this moment. Passing trouble: Telegram is asked to bring the update again."""


class Unchanged(StrEnum):
    """Why the partner does not see an edit, as chat/unchanged.html knows it."""

    UNKNOWN = "unknown"
    # Of what was written before the conversation.
    EARLY = "early"
    OVER = "over"
    UNSEEN = "unseen"
    MENTION = "mention"
    # Its writer is asked: see keeping_back.py.
    REVEALING = "revealing"
    COMMAND = "command"
    WITHHELD = "withheld"
    # With its album, about which its writer is asked: see kept_albums.py.
    KEPT = "kept"
    # The copy may have been made after the edit, with all that is in it: it was deleted, or that was not possible.
    RETRACTED = "retracted"
    EXPOSED = "exposed"
    GONE = "gone"
    IMPOSSIBLE = "impossible"
    BUSY = "busy"
    TOO_FAST = "too_fast"


# What may have shown who its writer is (C9, P8).
_EXPOSING = frozenset({Unchanged.MENTION, Unchanged.REVEALING})


class Undeleted(StrEnum):
    """Why a /del deleted nothing, as chat/undeleted.html knows it."""

    UNCLEAR = "unclear"
    THEIRS = "theirs"
    OURS = "ours"
    OVER = "over"
    UNKNOWN = "unknown"
    IMPOSSIBLE = "impossible"
    BUSY = "busy"


class Changes:
    """What one web process carries over; `relay` says to whom.

    Where a change may work in a moment, NotYet or PTB's TelegramError is raised: the same again does no harm.
    """

    def __init__(self, *, relay: Relay, bot: Bot) -> None:
        self._relay = relay
        self._bot = bot

    async def edit(
        self,
        conversation: Conversation,
        original: Message,
        kind: Kind,
        *,
        against: Unchanged | None = None,
        too_fast: bool = False,
    ) -> Unchanged | None:
        """Let the copy say what its original says now; returns why the partner does not see that, None where they will.

        What waits is copied as it will be then. `against` speaks against the new form: the old one stays with the
        partner, and what still waits never goes out. `too_fast`: nothing may be carried over now (C6).
        """
        since = original.edit_date or original.date
        twin = await self._twin(conversation, original.message_id)
        if twin is None:
            waits = as_waiting(conversation, original.message_id, kind=kind.name)
            return await self._edit_unsent(waits, against=against, since=since)
        if against in _EXPOSING and await self._may_show(conversation, original.message_id, since=since):
            remains = await self._delete_twin(conversation, twin, since=since)
            return Unchanged.RETRACTED if remains is None else Unchanged.EXPOSED
        if too_fast:
            return Unchanged.TOO_FAST
        if against is not None:
            return against
        if kind.shown and conversation.media != ChatSession.Media.SHOWN:
            return Unchanged.UNSEEN
        if not await self._relay.has_turn():
            _come_again(since)
            return Unchanged.BUSY
        # Waiting for one's turn takes its time.
        present = await self._relay.conversation(telegram_id=original.chat.id)
        if present is None or present.session_id != conversation.session_id:
            return Unchanged.OVER
        chat_id = conversation.peer_telegram_id
        new_form = rewrite(
            self._bot, chat_id=chat_id, message_id=twin, original=original, kind=kind, answer_within=DIRECT_SECONDS
        )
        error = await self._call(conversation, new_form, since=since, patience=PATIENCE)
        return None if error is None else _why_unchanged(error)

    async def _may_show(self, conversation: Conversation, message_id: int, *, since: datetime) -> bool:
        """Whether the copy may have been made after the edit of `since`: it then says what its original says now."""
        waited = await in_thread(taking_back.left_with, as_waiting(conversation, message_id), since)
        # Nothing is known about a direct copy but that it came before this update, which may be late itself.
        return waited if waited is not None else not _is_within(_IN_TIME, since)

    async def react(self, conversation: Conversation, reaction: MessageReactionUpdated) -> None:
        """Show a person's reaction under the twin, as far as a bot can: one standard emoji, or none."""
        wanted = _standard(reaction.new_reaction)
        if wanted == _standard(reaction.old_reaction):
            return
        twin = await self._twin(conversation, reaction.message_id)
        if twin is None:
            if _is_within(_UNTIL_MAPPED, reaction.date):
                raise NotYet
            # Under a screen of the bot's, or under what never reached the partner.
            return
        shown = self._bot.set_message_reaction(conversation.peer_telegram_id, twin, wanted, read_timeout=DIRECT_SECONDS)
        await self._call(conversation, shown, since=reaction.date, patience=_PATIENCE_WITH_REACTIONS)

    async def delete(self, conversation: Conversation, command: Message) -> Undeleted | None:
        """Delete what a /del answers on both sides, and the command with it; returns why not, None where it is gone."""
        answered = command.reply_to_message
        if answered is None or answered.from_user is None:
            return Undeleted.UNCLEAR
        twin = await self._twin(conversation, answered.message_id)
        if answered.from_user.id != command.chat.id:
            return Undeleted.OURS if twin is None else Undeleted.THEIRS
        ids = [answered.message_id]
        if twin is None:
            remains, ids = await self._delete_unsent(conversation, answered, since=command.date)
        elif answered.media_group_id is None:
            remains = await self._delete_twin(conversation, twin, since=command.date)
        else:
            remains, ids = await self._delete_album(conversation, answered, twin, since=command.date)
        if remains is None:
            with suppress(BadRequest):
                # On their own side people can delete for themselves.
                await self._bot.delete_messages(command.chat.id, [*ids, command.message_id])
        return remains

    async def _edit_unsent(self, message: Waiting, *, against: Unchanged | None, since: datetime) -> Unchanged | None:
        now = timezone.now()
        if against is None:
            place = await in_thread(taking_back.follow_edit, message, now=now)
        else:
            # What its writer is asked about anyway stays where it is, and they are asked anew.
            asked = against is Unchanged.REVEALING
            place = await in_thread(taking_back.take_back, message, now=now, unless_kept=asked)
        if place is Place.NOWHERE:
            return Unchanged.UNKNOWN
        if place is Place.KEPT:
            return Unchanged.KEPT
        if place is Place.LEAVING:
            _come_again(since)
            return Unchanged.BUSY
        return Unchanged.WITHHELD if against is not None or place is Place.UNWELCOME else None

    async def _delete_unsent(
        self, conversation: Conversation, original: Message, *, since: datetime
    ) -> tuple[Undeleted | None, list[int]]:
        """Take back what waits, an album as a whole; returns as `delete`, and the ids of what never goes out."""
        message = as_waiting(conversation, original.message_id, album=original.media_group_id or "")
        if message.album:
            place, ids = await in_thread(taking_back.take_back_album, message, now=timezone.now())
        else:
            place, ids = await in_thread(taking_back.take_back, message, now=timezone.now()), [message.message_id]
        if place is Place.LEAVING:
            _come_again(since)
            return Undeleted.BUSY, []
        return (None, ids) if place is Place.WAITING else (Undeleted.UNKNOWN, [])

    async def _delete_album(
        self, conversation: Conversation, original: Message, twin: int, *, since: datetime
    ) -> tuple[Undeleted | None, list[int]]:
        """Delete an album on the other side: whoever answers one means all of it, since Telegram shows it as one."""
        side = Side(conversation.profile_id, original.message_id)
        album = await self._relay.map.album(session_id=conversation.session_id, of=side)
        twins = album or {original.message_id: twin}
        chat_id = conversation.peer_telegram_id
        deletion = self._bot.delete_messages(chat_id, list(twins.values()), read_timeout=DIRECT_SECONDS)
        return await self._deleted(conversation, deletion, since=since), list(twins)

    async def _delete_twin(self, conversation: Conversation, twin: int, *, since: datetime) -> Undeleted | None:
        deletion = self._bot.delete_message(conversation.peer_telegram_id, twin, read_timeout=DIRECT_SECONDS)
        return await self._deleted(conversation, deletion, since=since)

    async def _deleted(
        self, conversation: Conversation, deletion: Awaitable[object], *, since: datetime
    ) -> Undeleted | None:
        error = await self._call(conversation, deletion, since=since, patience=PATIENCE)
        if error is None or _is_not_there(error):
            return None
        return Undeleted.IMPOSSIBLE if isinstance(error, BadRequest) else Undeleted.BUSY

    async def _twin(self, conversation: Conversation, message_id: int) -> int | None:
        side = Side(conversation.profile_id, message_id)
        return await self._relay.map.twin(session_id=conversation.session_id, of=side)

    async def _call(
        self, conversation: Conversation, call: Awaitable[object], *, since: datetime, patience: timedelta
    ) -> TelegramError | None:
        """Make a call in the partner's chat; returns why Telegram does not do it, None where it did.

        Also None where the partner is gone: that ends the conversation, and both are told. Raises what may pass within
        `patience` of `since`.
        """
        error: TelegramError
        try:
            async with asyncio.timeout(DIRECT_SECONDS):
                await call
        except TimeoutError:
            error = AnswerLost("DirectDeadline")
        except TelegramError as failure:
            error = failure
        else:
            return None
        verdict = classify(error, attempts=1)
        if not isinstance(verdict, Permanent) and _is_within(patience - timedelta(seconds=verdict.seconds), since):
            raise error
        telegram_api_errors.labels(code=verdict.reason).inc()
        if isinstance(verdict, Permanent) and verdict.gone:
            await in_thread(services.peer_is_gone, profile_id=conversation.peer_id, now=timezone.now())
            return None
        return error


def _come_again(since: datetime) -> None:
    """Have what happened at `since` brought again, unless that has gone on for too long."""
    if _is_within(PATIENCE, since):
        raise NotYet


def _is_within(patience: timedelta, since: datetime) -> bool:
    # A clock that is far off must not make us wait for ever.
    return abs(timezone.now() - since) <= patience


def as_waiting(conversation: Conversation, message_id: int, *, kind: str = "", album: str = "") -> Waiting:
    """A message of the person's that may wait; `kind` is its name in kinds.py, `album` its media_group_id if any."""
    return Waiting(
        session_id=conversation.session_id,
        sender_id=conversation.profile_id,
        peer_id=conversation.peer_id,
        message_id=message_id,
        kind=kind,
        album=album,
    )


def _standard(reactions: tuple[ReactionType, ...]) -> ReactionTypeEmoji | None:
    """The last one that bots can give as well; None where there is none."""
    standard = [reaction for reaction in reactions if isinstance(reaction, ReactionTypeEmoji)]
    return standard[-1] if standard else None


def _why_unchanged(error: TelegramError) -> Unchanged:
    if not isinstance(error, BadRequest):
        return Unchanged.BUSY
    return Unchanged.GONE if _is_not_there(error) else Unchanged.IMPOSSIBLE


def _is_not_there(error: TelegramError) -> bool:
    """Whether the partner has deleted the message."""
    said = error.message.lower()
    return "not found" in said or "message_id_invalid" in said
