"""Searching from Telegram: /find, /cancel and their buttons. A proposal's buttons belong to the chat."""

from telegram import Update
from telegram.ext import CommandHandler

from profiles.context import Context, Handler, Tap
from project.threads import in_thread

from . import messages, services


async def find(update: Update, context: Context) -> None:
    """Search for somebody to talk with."""
    found = await in_thread(services.find, profile_id=_profile_id(context), now=context.now)
    await context.reply(messages.searching(found, context.language))


async def cancel(update: Update, context: Context) -> None:
    """Stop searching, on command."""
    await in_thread(services.cancel, profile_id=_profile_id(context), now=context.now)
    await context.reply(messages.cancelled(context.language))


async def tap_cancel(update: Update, context: Context) -> None:
    """Stop searching, by the button under "I'm looking for someone"."""
    await in_thread(services.cancel, profile_id=_profile_id(context), now=context.now)
    await context.edit(messages.cancelled(context.language))


def handlers() -> list[Handler]:
    """The commands and buttons of searching."""
    return [
        CommandHandler("find", find),
        CommandHandler("cancel", cancel),
        Tap(find, pattern=r"^matching:find$"),
        Tap(tap_cancel, pattern=r"^matching:cancel$"),
    ]


def _profile_id(context: Context) -> int:
    # The gate lets nobody through to here who has not agreed to the rules.
    assert context.visitor.profile_id is not None
    return context.visitor.profile_id
