"""The buttons under "this shows who you are: send it anyway?"."""

from typing import Protocol

from telegram import Message, Update

from delivery.outgoing import Text
from profiles.context import Context, Handler, Tap
from project.threads import in_thread

from . import holding, holding_messages, kept_albums, messages
from .anonymity import Finding
from .changes import Changes, Unchanged
from .flood import FloodLimit
from .holding import Decision, KeptBack
from .holding_messages import Asked
from .keeping_back import asked_about, finding_in
from .kinds import Treatment, kind_of
from .late_taps import over_without, say_already_over
from .message_map import Side
from .relay import Relay
from .talking import refusal


class Question(Protocol):
    """How its writer is asked about a message, see holding_messages.py."""

    def __call__(self, finding: Finding, *, asked: Asked, language: str) -> Text:
        """What is said, with its buttons."""


async def send(update: Update, context: Context) -> None:
    """📨 Send it anyway: in its turn, with what it answers."""
    asked = _asked(context)
    original = await _original(update, context, asked, holding_messages.question)
    if original is None or await _is_too_fast(context):
        return
    relay: Relay = context.bot_data["relay"]
    reply_to = None
    if asked.answers is not None:
        reply_to = await relay.map.twin(session_id=asked.session_id, of=Side(context.profile_id, asked.answers))
    kind = kind_of(original)
    kept = KeptBack(
        session_id=asked.session_id,
        sender_id=context.profile_id,
        message_id=asked.message_id,
        kind=kind.name,
        shown=kind.shown,
        reply_to=reply_to,
    )
    await _say(context, await in_thread(holding.send_anyway, kept, now=context.now))


async def unsend(update: Update, context: Context) -> None:
    """🙈 Don't send it."""
    session_id, message_id = map(int, context.arguments)
    decision = await in_thread(holding.keep, session_id=session_id, sender_id=context.profile_id, message_id=message_id)
    await _say(context, decision)


async def send_album(update: Update, context: Context) -> None:
    """📨 Send it anyway: the whole album."""
    session_id, album, question_id = context.arguments
    if await _is_too_fast(context):
        return
    decision = await in_thread(
        kept_albums.send_anyway,
        album,
        session_id=int(session_id),
        sender_id=context.profile_id,
        question_id=int(question_id),
        now=context.now,
    )
    await _say(context, decision)


async def unsend_album(update: Update, context: Context) -> None:
    """🙈 Don't send it: nothing of the album."""
    session_id, album = context.arguments
    decision = await in_thread(kept_albums.keep, album, session_id=int(session_id), sender_id=context.profile_id)
    await _say(context, decision)


async def change(update: Update, context: Context) -> None:
    """✏️ Change it anyway: the partner sees what the message says now."""
    asked = _asked(context)
    original = await _original(update, context, asked, holding_messages.question_of_edit)
    if original is None or await _is_too_fast(context):
        return
    relay: Relay = context.bot_data["relay"]
    conversation = await relay.conversation(telegram_id=context.telegram_id)
    if conversation is None or conversation.session_id != asked.session_id:
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
    if decision is Decision.FULL:
        # The buttons stay for another try.
        await context.toast(holding_messages.too_many_wait(language=context.language), alert=True)
    elif decision is Decision.OVER:
        await say_already_over(context)
    else:
        await context.edit(holding_messages.decided(decision, language=context.language))


async def _is_too_fast(context: Context) -> bool:
    """Whether there is no token left for it (C6), of which the person is told; the buttons stay for another try."""
    flood: FloodLimit = context.bot_data["flood"]
    wait = await flood.wait(context.telegram_id)
    if wait:
        await context.toast(holding_messages.too_fast(seconds=wait, language=context.language), alert=True)
    return bool(wait)


def _asked(context: Context) -> Asked:
    """What the tapped question is about. A button says no more than where to look: people with a Telegram client of
    their own can send any."""
    session_id, message_id, digest, *answers = context.arguments
    return Asked(int(session_id), int(message_id), digest, int(answers[0]) if answers else None)


async def _original(update: Update, context: Context, asked: Asked, question: Question) -> Message | None:
    """The message that the tapped question is about, as it is now.

    None where it is gone, or may not be sent at all; and where it shows something since that nobody was asked about:
    its writer is told so, or asked anew.
    """
    assert update.callback_query is not None
    message = update.callback_query.message
    original = message.reply_to_message if isinstance(message, Message) else None
    kind = None if original is None else kind_of(original)
    if (
        original is None
        or kind is None
        or original.message_id != asked.message_id
        or original.from_user != update.effective_user
        or kind.treatment is not Treatment.COPIED
        or refusal(original, kind) is not None
    ):
        await context.edit(holding_messages.gone(language=context.language))
        return None
    anew = asked_about(original, kind, session_id=asked.session_id, answers=asked.answers)
    if anew.digest != asked.digest and (finding := finding_in(original, kind)) is not None:
        await context.edit(question(finding, asked=anew, language=context.language))
        return None
    return original


def handlers() -> list[Handler]:
    """The buttons."""
    return [
        Tap(over_without(send), pattern=r"chat:send:\d+:\d+:[0-9a-f]{8}(:\d+)?"),
        Tap(over_without(unsend), pattern=r"chat:unsend:\d+:\d+"),
        Tap(over_without(send_album), pattern=r"chat:send_album:\d+:\w+:\d+"),
        Tap(over_without(unsend_album), pattern=r"chat:unsend_album:\d+:\w+"),
        Tap(change, pattern=r"chat:change:\d+:\d+:[0-9a-f]{8}"),
        Tap(leave, pattern=r"chat:leave:\d+"),
    ]
