"""The only way out to Telegram: the Bot, what one message needs, and what an error means."""

import asyncio
import json
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from telegram import LinkPreviewOptions, ReplyParameters
from telegram.constants import ParseMode
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, RetryAfter, TelegramError
from telegram.ext import Defaults, ExtBot

from .models import Uncopied
from .outgoing import Album, Copy, Edit, MediaGroup, Outgoing
from .transport import AiohttpRequest, AnswerLost

Bot = ExtBot[None]

# What Telegram says of a message that was deleted, is too old, or says already what it should.
NOTHING_TO_EDIT = ("message is not modified", "message to edit not found", "message can't be edited")

_UNCOPIED = {
    "voice_messages_forbidden": Uncopied.VOICE_FORBIDDEN,
    "message to copy not found": Uncopied.DELETED,
}

# What follows an album that answers something, and itself is the answer. Needs no translation.
_ANSWER_ABOVE = "↩️"

# PTB's coming way of giving durations; the old one warns at every 429.
os.environ.setdefault("PTB_TIMEDELTA", "1")


def build_bot() -> Bot:
    """A Bot of the configured token and API address; it belongs to the event loop that uses it first."""
    timeout = settings.TELEGRAM_TIMEOUT.total_seconds()
    return ExtBot(
        token=settings.TELEGRAM_BOT_TOKEN,
        base_url=f"{settings.TELEGRAM_API_URL}/bot",
        base_file_url=f"{settings.TELEGRAM_API_URL}/file/bot",
        request=AiohttpRequest(timeout=timeout),
        get_updates_request=AiohttpRequest(connections=1, timeout=timeout),
        defaults=Defaults(parse_mode=ParseMode.HTML, link_preview_options=LinkPreviewOptions(is_disabled=True)),
    )


async def send(bot: Bot, *, chat_id: int, outgoing: Outgoing, answer_within: float | None = None) -> tuple[int, ...]:
    """Send one message or album, or edit a message, and return their ids in that chat.

    Of an album Telegram leaves out what it can't copy: there may be fewer ids than messages. `answer_within` (seconds)
    replaces the configured time to wait for Telegram's answer. Raises PTB's TelegramError.
    """
    read_timeout = answer_within or settings.TELEGRAM_TIMEOUT.total_seconds()
    if isinstance(outgoing, Copy):
        return (await _copy(bot, chat_id, outgoing, read_timeout),)
    if isinstance(outgoing, Album):
        return await _copy_album(bot, chat_id, outgoing, read_timeout)
    if isinstance(outgoing, MediaGroup):
        return await _send_album(bot, chat_id, outgoing, read_timeout)
    if isinstance(outgoing, Edit):
        await _edit(bot, chat_id, outgoing, read_timeout)
        return (outgoing.message_id,)
    message = await bot.send_message(
        chat_id,
        outgoing.html,
        reply_markup=outgoing.markup,
        reply_parameters=None if outgoing.reply_to is None else reply_to(outgoing.reply_to),
        read_timeout=read_timeout,
    )
    return (message.message_id,)


async def _copy(bot: Bot, chat_id: int, copy: Copy, read_timeout: float) -> int:
    reply = copy.reply
    while True:
        try:
            copied = await bot.copy_message(
                chat_id, copy.from_telegram_id, copy.message_id, reply_parameters=reply, read_timeout=read_timeout
            )
        except BadRequest as error:
            if reply is None or not reply.quote or "quote" not in error.message.lower():
                raise
            # What is quoted was changed meanwhile: the answer still points at it.
            reply = reply_to(reply.message_id)
        else:
            return copied.message_id


async def _copy_album(bot: Bot, chat_id: int, album: Album, read_timeout: float) -> tuple[int, ...]:
    # Both calls together take no longer than one: the caller's lease lasts for that.
    until = asyncio.get_running_loop().time() + read_timeout
    copied = await bot.copy_messages(chat_id, album.from_telegram_id, album.message_ids, read_timeout=read_timeout)
    if not copied:
        raise BadRequest("Nothing of the album could be copied")
    if album.reply_to is not None:
        # What is there already must not come again for the sake of an arrow.
        with suppress(TelegramError, TimeoutError):
            async with asyncio.timeout_at(until):
                await bot.send_message(chat_id, _ANSWER_ABOVE, reply_parameters=reply_to(album.reply_to))
    return tuple(each.message_id for each in copied)


async def _send_album(bot: Bot, chat_id: int, album: MediaGroup, read_timeout: float) -> tuple[int, ...]:
    try:
        sent = await bot.send_media_group(chat_id, album.media, reply_parameters=album.reply, read_timeout=read_timeout)
    except BadRequest:
        return await _copy_album(bot, chat_id, album.copies, read_timeout)
    return tuple(each.message_id for each in sent)


def reply_to(message_id: int) -> ReplyParameters:
    """An answer to a message of the same chat, sent all the same where that is gone."""
    return ReplyParameters(message_id, allow_sending_without_reply=True)


async def _edit(bot: Bot, chat_id: int, outgoing: Edit, read_timeout: float) -> None:
    try:
        await bot.edit_message_text(
            outgoing.text.html,
            chat_id=chat_id,
            message_id=outgoing.message_id,
            reply_markup=outgoing.text.markup,
            read_timeout=read_timeout,
        )
    except BadRequest as error:
        if not any(reason in error.message.lower() for reason in NOTHING_TO_EDIT):
            raise


class UpdateSource:
    """getUpdates on a connection of its own, as Telegram wrote them: nothing it adds later is lost on the way."""

    def __init__(self, bot: Bot) -> None:
        self._url = f"{bot.base_url}/getUpdates"
        self._request = AiohttpRequest(connections=1)

    async def fetch(
        self, *, offset: int | None, limit: int, wait_seconds: int, allowed_updates: Sequence[str]
    ) -> list[dict[str, Any]]:
        """At most `limit` updates, oldest first, waiting up to `wait_seconds` for the first.

        An `offset` confirms every update with a smaller id; Telegram then forgets them. Raises PTB's TelegramError.
        """
        wanted = {"limit": limit, "timeout": wait_seconds, "allowed_updates": json.dumps(allowed_updates)}
        if offset is not None:
            wanted["offset"] = offset
        patience = settings.TELEGRAM_TIMEOUT.total_seconds() + wait_seconds
        answer = await self._request.post(f"{self._url}?{urlencode(wanted)}", read_timeout=patience)
        assert isinstance(answer, list)
        return answer

    async def close(self) -> None:
        """Close the connection."""
        await self._request.shutdown()


_MISCONFIGURED_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Permanent:
    """Trying again can't help. `reason` is an `Uncopied`, or the class of the error; `gone`: the person blocked the bot
    or deleted the account."""

    reason: str
    gone: bool = False


@dataclass(frozen=True, slots=True)
class RetryIn:
    """Worth another try after that many seconds; `unknown`: it may have been delivered already."""

    seconds: float
    reason: str
    unknown: bool = False


def classify(error: TelegramError, *, attempts: int) -> Permanent | RetryIn:
    """What a failed call means after `attempts` tries; pauses grow as 1, 2, 4 … 60 s where Telegram names none."""
    reason = type(error).__name__
    if isinstance(error, RetryAfter):
        return RetryIn(seconds=retry_seconds(error), reason=reason)
    if isinstance(error, Forbidden):
        return Permanent(reason, gone=True)
    if isinstance(error, BadRequest):
        said = error.message.lower()
        known = (why.value for words, why in _UNCOPIED.items() if words in said)
        return Permanent(next(known, reason), gone="chat not found" in said)
    if isinstance(error, ChatMigrated):
        return Permanent(reason)
    if isinstance(error, InvalidToken):
        # 401 and 404: the token or the address is wrong, not the message. It waits until somebody has mended that.
        return RetryIn(seconds=_MISCONFIGURED_SECONDS, reason=reason)
    pause = float(min(60, 2 ** min(max(attempts - 1, 0), 6)))
    return RetryIn(seconds=pause, reason=reason, unknown=isinstance(error, AnswerLost))


def retry_seconds(error: RetryAfter) -> float:
    """The pause that Telegram asks for, in seconds."""
    pause = error.retry_after
    return pause if isinstance(pause, int) else pause.total_seconds()
