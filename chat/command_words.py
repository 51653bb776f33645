"""Words behind a command, which reach nobody: whoever writes "/end goodbye" must not think that it was read."""

from functools import partial

from telegram import Update

from profiles.context import Context
from profiles.gate import command_of

from . import messages
from .bursts import Bursts
from .relay import Relay
from .talking import message_of

# What stands behind it comes from a link, and nobody wrote it.
_WITH_ARGUMENTS = frozenset({"start"})


async def say_unsent(update: Update, context: Context) -> None:
    """Say to who talks with somebody that their words behind a command were not passed on; the command follows."""
    message, command = message_of(update), command_of(update)
    if command is None or command in _WITH_ARGUMENTS or len((message.text or "").split(maxsplit=1)) == 1:
        return
    relay: Relay = context.bot_data["relay"]
    if await relay.conversation(telegram_id=context.telegram_id) is None:
        return
    answer = messages.words_unsent(command=command, language=context.language)
    say = partial(message.reply_html, answer.html, do_quote=True, allow_sending_without_reply=True)
    bursts: Bursts = context.bot_data["bursts"]
    # The command may fail, and the update come again.
    await bursts.once(context.telegram_id, f"words:{message.message_id}", say)
