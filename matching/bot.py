"""Searching from Telegram: /find, /cancel and their buttons. A proposal's buttons belong to the chat."""

from telegram import Update
from telegram.ext import CommandHandler, filters

from profiles.context import Context, Handler, Tap
from project.threads import in_thread

from . import messages, services

# Correcting an old command is not giving it again.
_NEW = filters.UpdateType.MESSAGE & filters.ChatType.PRIVATE


async def find(update: Update, context: Context) -> None:
    """Search for somebody to talk with."""
    found = await in_thread(services.find, profile_id=context.profile_id, now=context.now)
    await context.reply(messages.searching(found, context.language))


async def cancel(update: Update, context: Context) -> None:
    """Stop searching, on command."""
    await in_thread(services.cancel, profile_id=context.profile_id, now=context.now)
    await context.reply(messages.cancelled(context.language))


async def tap_cancel(update: Update, context: Context) -> None:
    """Stop searching, by the button under "I'm looking for someone"."""
    await in_thread(services.cancel, profile_id=context.profile_id, now=context.now)
    await context.edit(messages.cancelled(context.language))


def handlers() -> list[Handler]:
    """The commands and buttons of searching."""
    return [
        CommandHandler("find", find, filters=_NEW),
        CommandHandler("cancel", cancel, filters=_NEW),
        Tap(find, pattern=r"^matching:find$"),
        Tap(tap_cancel, pattern=r"^matching:cancel$"),
    ]
