"""/sos: answered before everything else, for everyone, with the database and Redis down if need be (S3)."""

import asyncio
import re
from contextlib import suppress

import structlog
from django.db import Error as AnyDatabaseError
from telegram import Bot, CallbackQuery, Update, User
from telegram.constants import ParseMode
from telegram.error import BadRequest

from delivery.outgoing import Text
from profiles.queries import language_guess
from project.threads import in_thread

from .hotlines import Country, countries, country_of
from .messages import sos
from .queries import Whereabouts, whereabouts

# Someone in need waits for at most this long for us to find out where they are.
PATIENCE_SECONDS = 0.5

# However it is written in a hurry: "/sos!", "/SOS", "/сос".
_COMMAND = re.compile(r"/(sos|сос)(@\w+)?(?!\w)", re.IGNORECASE)
_WORD = re.compile(r"\w")
_BUTTON = re.compile(r"safety:sos(?::(?P<country>[A-Z]{2}))?")

_log = structlog.get_logger(__name__)


async def answer_if_sos(update: Update, bot: Bot) -> bool:
    """Answer `update` if it is /sos or one of its buttons; returns whether it was.

    Raises telegram.error.TelegramError when Telegram did not take the answer.
    """
    message, tap = update.message, update.callback_query
    if message and message.from_user and (command := _COMMAND.match(message.text or "")):
        has_words = _WORD.search(command.string, command.end()) is not None
        await _answer(message.from_user, None, None, bot, has_words=has_words)
    elif tap and (button := _BUTTON.fullmatch(tap.data or "")):
        await _answer(tap.from_user, countries().get(button["country"]), tap, bot)
    else:
        return False
    return True


async def _answer(
    person: User, chosen: Country | None, tap: CallbackQuery | None, bot: Bot, *, has_words: bool = False
) -> None:
    known = await _whereabouts(person)
    text = sos(known.language, chosen or country_of(known.timezone), has_words=has_words)
    # Choosing a country changes the message with the flags; every other tap leaves its message as it is.
    if not (tap and chosen and await _edited(tap, text, bot)):
        await bot.send_message(person.id, text.html, parse_mode=ParseMode.HTML, reply_markup=text.markup)
    if tap:
        await _close(tap, bot)


async def _whereabouts(person: User) -> Whereabouts:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            known = await in_thread(whereabouts, telegram_id=person.id)
    except (AnyDatabaseError, TimeoutError) as error:
        _log.warning("sos.without_database", error=type(error).__name__)
        known = None
    return known or Whereabouts(language=language_guess(person.language_code), timezone="")


async def _edited(tap: CallbackQuery, text: Text, bot: Bot) -> bool:
    if tap.message is None:
        return False
    try:
        await bot.edit_message_text(
            text.html,
            chat_id=tap.message.chat.id,
            message_id=tap.message.message_id,
            parse_mode=ParseMode.HTML,
            reply_markup=text.markup,
        )
    except BadRequest as error:
        # A second tap on the same flag asks for what already stands there; anything else can't be edited any more.
        return "not modified" in error.message
    return True


async def _close(tap: CallbackQuery, bot: Bot) -> None:
    # Too old, or answered before a redelivery: the button has stopped spinning by itself.
    with suppress(BadRequest):
        await bot.answer_callback_query(tap.id)
