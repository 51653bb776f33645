"""The chat in Telegram: the buttons of a proposal, and what fits nowhere else."""

from telegram import Update
from telegram.ext import ApplicationHandlerStop, MessageHandler, filters

from matching import messages as matching_messages
from matching import services as matching
from profiles.context import Context, Handler, Tap
from project.threads import in_thread

from . import changes_bot, holding_bot, messages, parting, queries, services, showing_bot
from .kinds import Treatment, kind_of
from .talking import message_of, refuse


async def accept(update: Update, context: Context) -> None:
    """✅ under a proposal."""
    match_id = int(context.arguments[0])
    both = await in_thread(services.accept, match_id=match_id, profile_id=context.profile_id, now=context.now)
    await context.edit(messages.accepted(match_id=match_id, both=both, language=context.language))


async def skip(update: Update, context: Context) -> None:
    """➖ under a proposal: who was searching is asked whether to go on."""
    match_id = int(context.arguments[0])
    searched = await in_thread(matching.skip, match_id=match_id, profile_id=context.profile_id, now=context.now)
    after = matching_messages.asked_to_go_on if searched else matching_messages.not_now
    await context.edit(after(context.language))


async def take_back(update: Update, context: Context) -> None:
    """↩️ under a yes that the other has not answered yet."""
    match_id = int(context.arguments[0])
    searched = await in_thread(matching.take_back, match_id=match_id, profile_id=context.profile_id, now=context.now)
    after = matching_messages.cancelled if searched else matching_messages.not_now
    await context.edit(after(context.language))


async def hint(update: Update, context: Context) -> None:
    """A message that nobody took: say what to do, or why it can't be passed on."""
    if update.edited_message is not None:
        await changes_bot.say_where_edit_went(update, context)
        return
    message = message_of(update)
    kind = kind_of(message)
    if kind.treatment is Treatment.SERVICE:
        # A payment: nobody wrote anything.
        return
    whereabouts = await in_thread(queries.whereabouts, profile_id=context.profile_id)
    if whereabouts is not queries.Whereabouts.TALKING:
        await context.reply(messages.hint(whereabouts=whereabouts, language=context.language))
        return
    # What can be passed on was, unless it was written before the conversation began.
    reason = "early" if kind.treatment is Treatment.COPIED else kind.reason
    await refuse(message, reason=reason, language=context.language)


async def stale_tap(update: Update, context: Context) -> None:
    """A button that nothing answers to any more."""
    await context.toast(messages.stale_button(language=context.language))


async def start_again(update: Update, context: Context) -> None:
    """`/start` in the middle of things says where the person is; otherwise it goes on to the profile."""
    if not context.visitor.is_complete:
        return
    whereabouts = await in_thread(queries.whereabouts, profile_id=context.profile_id)
    if whereabouts is not queries.Whereabouts.IDLE:
        await context.reply(messages.hint(whereabouts=whereabouts, language=context.language))
        raise ApplicationHandlerStop


async def unknown_command(update: Update, context: Context) -> None:
    """A command that does not exist is never passed on to the partner."""
    await refuse(message_of(update), reason="command", language=context.language)


def handlers() -> list[Handler]:
    """Commands and buttons of the chat."""
    private = filters.ChatType.PRIVATE
    return [
        Tap(accept, pattern=r"^chat:accept:\d+$"),
        Tap(skip, pattern=r"^chat:skip:\d+$"),
        Tap(take_back, pattern=r"^chat:back:\d+$"),
        *parting.handlers(),
        *showing_bot.handlers(),
        *holding_bot.handlers(),
        *changes_bot.handlers(),
        MessageHandler(filters.UpdateType.MESSAGE & private & filters.COMMAND, unknown_command),
        Tap(stale_tap),
    ]
