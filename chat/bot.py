"""The chat in Telegram: the relay, the buttons of a proposal, `/end`."""

from telegram import Message, MessageEntity, Update
from telegram.ext import ApplicationHandlerStop, CommandHandler, MessageHandler, filters

from matching import messages as matching_messages
from matching import services as matching
from profiles.context import Context, Handler, Tap
from project.threads import in_thread

from . import meeting_again, messages, queries, services
from .relay import Outcome, Relay, Written

TALK = filters.UpdateType.MESSAGE & filters.ChatType.PRIVATE & filters.TEXT & ~filters.COMMAND


async def relay_text(update: Update, context: Context) -> None:
    """Pass a text on to the partner. Falls through to the other handlers where this person is not in a conversation."""
    message = _message(update)
    relay: Relay = context.bot_data["relay"]
    written = Written(
        telegram_id=context.telegram_id,
        message_id=message.message_id,
        update_id=update.update_id,
        sent_at=message.date,
    )
    mentions = any(entity.type == MessageEntity.TEXT_MENTION for entity in message.entities)
    route = await relay.route(written, counts=not mentions)
    if route is None:
        return
    if mentions:
        await _refuse(message, reason="mention", language=route.language)
        raise ApplicationHandlerStop
    outcome = await relay.pass_on(route, written)
    if outcome is Outcome.REFUSED:
        await _refuse(message, reason="telegram", language=route.language)
    raise ApplicationHandlerStop


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


async def ask_to_end(update: Update, context: Context) -> None:
    """`/end` asks before it ends."""
    session = await in_thread(queries.live_session, profile_id=context.profile_id)
    if session is None:
        raise services.NoSession
    await context.reply(messages.end_question(session_id=session.pk, language=context.language))


async def end(update: Update, context: Context) -> None:
    """Yes, end it."""
    session_id = int(context.arguments[0])
    ended = await in_thread(services.end, session_id=session_id, profile_id=context.profile_id, now=context.now)
    again = ended.session_id if ended.may_meet_again else None
    await context.edit(messages.farewell(ended_by_me=ended.by_me, language=context.language, again=again))


async def stay(update: Update, context: Context) -> None:
    """No, keep talking, where there is still a conversation."""
    session = await in_thread(queries.live_session, profile_id=context.profile_id)
    if session is not None and session.pk == int(context.arguments[0]):
        await context.edit(messages.stayed(language=context.language))
    else:
        await context.edit(messages.already_over(language=context.language))


async def meet_again(update: Update, context: Context) -> None:
    """🤝 under a farewell."""
    session_id = int(context.arguments[0])
    await in_thread(meeting_again.wish, session_id=session_id, profile_id=context.profile_id, now=context.now)
    await context.edit(messages.remembered(language=context.language))


async def hint(update: Update, context: Context) -> None:
    """A message that nobody took: say what to do, or why it can't be passed on."""
    message = update.effective_message
    assert message is not None
    whereabouts = await in_thread(queries.whereabouts, profile_id=context.profile_id)
    if whereabouts is not queries.Whereabouts.TALKING:
        await context.reply(messages.hint(whereabouts=whereabouts, language=context.language))
        return
    await _refuse(message, reason=_reason(update), language=context.language)


def _reason(update: Update) -> str:
    """Why a message of someone who is talking went nowhere."""
    if update.edited_message is not None:
        return "edit"
    # A text is relayed, unless it was written before the conversation began.
    return "early" if _message(update).text else "kind"


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
    await _refuse(_message(update), reason="command", language=context.language)


async def _refuse(message: Message, *, reason: str, language: str) -> None:
    answer = messages.refused(reason=reason, language=language)
    # The message may have been deleted meanwhile.
    await message.reply_html(answer.html, do_quote=True, allow_sending_without_reply=True)


def _message(update: Update) -> Message:
    assert update.message is not None
    return update.message


def handlers() -> list[Handler]:
    """Commands and buttons of the chat."""
    private = filters.ChatType.PRIVATE
    return [
        CommandHandler("end", ask_to_end, filters=filters.UpdateType.MESSAGE & private),
        Tap(accept, pattern=r"^chat:accept:\d+$"),
        Tap(skip, pattern=r"^chat:skip:\d+$"),
        Tap(take_back, pattern=r"^chat:back:\d+$"),
        Tap(end, pattern=r"^chat:end:\d+$"),
        Tap(stay, pattern=r"^chat:stay:\d+$"),
        Tap(meet_again, pattern=r"^chat:again:\d+$"),
        MessageHandler(filters.UpdateType.MESSAGE & private & filters.COMMAND, unknown_command),
        Tap(stale_tap),
    ]
