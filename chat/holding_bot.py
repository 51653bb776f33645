"""The buttons under "this shows who you are: send it anyway?"."""

from telegram import Message, Update

from profiles.context import Context, Handler, Tap
from project.threads import in_thread

from . import farewells, holding, holding_messages, messages
from .changes import Changes, Unchanged
from .flood import FloodLimit
from .holding import Decision, KeptBack
from .kinds import Treatment, kind_of
from .message_map import Side
from .relay import Relay
from .talking import refusal


async def send(update: Update, context: Context) -> None:
    """📨 Send it anyway: in its turn, with what it answers."""
    session_id, message_id, *answered = map(int, context.arguments)
    original = _original(update, message_id)
    if original is None:
        await context.edit(holding_messages.gone(language=context.language))
        return
    if await _is_too_fast(context):
        return
    relay: Relay = context.bot_data["relay"]
    reply_to = None
    if answered:
        reply_to = await relay.map.twin(session_id=session_id, of=Side(context.profile_id, answered[0]))
    kind = kind_of(original)
    kept = KeptBack(
        session_id=session_id,
        sender_id=context.profile_id,
        message_id=message_id,
        kind=kind.name,
        shown=kind.shown,
        reply_to=reply_to,
    )
    decision = await in_thread(holding.send_anyway, kept, now=context.now)
    if decision is Decision.FULL:
        # The buttons stay for another try.
        await context.toast(holding_messages.too_many_wait(language=context.language), alert=True)
    else:
        await _say(context, decision)


async def unsend(update: Update, context: Context) -> None:
    """🙈 Don't send it."""
    session_id, message_id = map(int, context.arguments)
    decision = await in_thread(holding.keep, session_id=session_id, sender_id=context.profile_id, message_id=message_id)
    await _say(context, decision)


async def change(update: Update, context: Context) -> None:
    """✏️ Change it anyway: the partner sees what the message says now."""
    session_id, message_id = map(int, context.arguments)
    original = _original(update, message_id)
    if original is None:
        await context.edit(holding_messages.gone(language=context.language))
        return
    if await _is_too_fast(context):
        return
    relay: Relay = context.bot_data["relay"]
    conversation = await relay.conversation(telegram_id=context.telegram_id)
    if conversation is None or conversation.session_id != session_id:
        await _say(context, Decision.OVER)
        return
    changes: Changes = context.bot_data["changes"]
    unchanged = await changes.edit(conversation, original, kind_of(original))
    if unchanged is None:
        await context.edit(holding_messages.changed(language=context.language))
    elif unchanged is Unchanged.BUSY:
        # The buttons stay for another try.
        await context.toast(messages.unchanged(reason=unchanged, language=context.language).html, alert=True)
    else:
        await context.edit(messages.unchanged(reason=unchanged, language=context.language))


async def leave(update: Update, context: Context) -> None:
    """🙈 Leave it as it was."""
    (session_id,) = map(int, context.arguments)
    relay: Relay = context.bot_data["relay"]
    conversation = await relay.conversation(telegram_id=context.telegram_id)
    if conversation is None or conversation.session_id != session_id:
        await _say(context, Decision.OVER)
    else:
        await context.edit(holding_messages.left(language=context.language))


async def _say(context: Context, decision: Decision) -> None:
    if decision is Decision.OVER:
        await context.edit(farewells.already_over(language=context.language))
    else:
        await context.edit(holding_messages.decided(decision, language=context.language))


async def _is_too_fast(context: Context) -> bool:
    """Whether there is no token left for it (C6), of which the person is told; the buttons stay for another try."""
    flood: FloodLimit = context.bot_data["flood"]
    wait = await flood.wait(context.telegram_id)
    if wait:
        await context.toast(holding_messages.too_fast(seconds=wait, language=context.language), alert=True)
    return bool(wait)


def _original(update: Update, message_id: int) -> Message | None:
    """The message that the tapped question is about, as it is now; None where it is gone, or may not be sent at all.

    A button says no more than where to look: people with a Telegram client of their own can send any.
    """
    assert update.callback_query is not None
    asked = update.callback_query.message
    original = asked.reply_to_message if isinstance(asked, Message) else None
    if original is None or original.message_id != message_id or original.from_user != update.effective_user:
        return None
    kind = kind_of(original)
    if kind.treatment is not Treatment.COPIED or refusal(original, kind) is not None:
        return None
    return original


def handlers() -> list[Handler]:
    """The buttons."""
    return [
        Tap(send, pattern=r"chat:send:\d+:\d+(:\d+)?"),
        Tap(unsend, pattern=r"chat:unsend:\d+:\d+"),
        Tap(change, pattern=r"chat:change:\d+:\d+"),
        Tap(leave, pattern=r"chat:leave:\d+"),
    ]
