"""Searching from Telegram: /find, /cancel and their buttons. A proposal's buttons belong to the chat."""

from telegram import Update
from telegram.ext import CommandHandler, filters

from delivery.outgoing import Text
from profiles.context import Context, Handler, Tap
from project.threads import in_thread

from . import messages, services, waiting

# Correcting an old command is not giving it again.
_NEW = filters.UpdateType.MESSAGE & filters.ChatType.PRIVATE


async def find(update: Update, context: Context) -> None:
    """Search for somebody to talk with; the answer is kept up to date while the person waits."""
    try:
        await in_thread(services.find, profile_id=context.profile_id, now=context.now)
    except services.TopicsGone:
        await context.reply(messages.choose_topics(context.language))
        return
    await show_search(context)


async def show_search(context: Context) -> None:
    """Say how the search goes that has just begun."""
    shown = await in_thread(waiting.progress, profile_id=context.profile_id, now=context.now)
    message = await context.reply(messages.searching(shown, context.language))
    await _remember(context, shown, message.message_id)


async def keep_waiting(update: Update, context: Context) -> None:
    """It takes longer than usual, and the person waits on."""
    await _show(context, await in_thread(waiting.keep_waiting, profile_id=context.profile_id, now=context.now))


async def call_me(update: Update, context: Context) -> None:
    """Do not wait at the phone: be called when someone comes."""
    await _show(context, await in_thread(waiting.call_me, profile_id=context.profile_id, now=context.now))


async def _show(context: Context, shown: waiting.Progress | waiting.Over) -> None:
    await _remember(context, shown, await context.edit(messages.searching(shown, context.language)))


async def _remember(context: Context, shown: waiting.Progress | waiting.Over, message_id: int) -> None:
    if isinstance(shown, waiting.Progress):
        await in_thread(
            waiting.remember, profile_id=context.profile_id, message_id=message_id, shown=shown, now=context.now
        )


async def cancel(update: Update, context: Context) -> None:
    """Stop searching, on command."""
    await context.reply(await _cancelled(context))


async def tap_cancel(update: Update, context: Context) -> None:
    """Stop searching, by the button under "I'm looking for someone"."""
    await context.edit(await _cancelled(context))


async def _cancelled(context: Context) -> Text:
    was = await in_thread(services.cancel, profile_id=context.profile_id, now=context.now)
    after = messages.not_now if was is services.Cancelled.LISTENING else messages.cancelled
    return after(context.language)


def handlers() -> list[Handler]:
    """The commands and buttons of searching."""
    return [
        CommandHandler("find", find, filters=_NEW),
        CommandHandler("cancel", cancel, filters=_NEW),
        Tap(find, pattern=r"^matching:find$"),
        Tap(keep_waiting, pattern=r"^matching:wait$"),
        Tap(call_me, pattern=r"^matching:call$"),
        Tap(tap_cancel, pattern=r"^matching:cancel$"),
    ]
