"""Edits, reactions and /del in Telegram."""

from functools import partial

from telegram import Chat, Message, Update
from telegram.ext import (
    ApplicationHandlerStop,
    CommandHandler,
    MessageHandler,
    MessageReactionHandler,
    filters,
)

from profiles.context import Context, Handler
from project.threads import in_thread

from . import kept_albums, messages, queries
from .anonymity import Finding
from .bursts import BURST_SECONDS, QUIET_SECONDS, Bursts
from .changes import Changes, Unchanged, Undeleted, as_waiting
from .flood import FloodLimit
from .keeping_back import ask_to_change, ask_to_send, finding_in
from .kinds import Kind, Treatment, kind_of
from .relay import Relay
from .routing import Conversation
from .talking import message_of, refusal

_EDITED = filters.UpdateType.EDITED_MESSAGE & filters.ChatType.PRIVATE
# Its writer may let the new form go: where the partner has the old one, and where the message was still on its way.
_ASKED_ABOUT = {Unchanged.REVEALING: ask_to_change, Unchanged.WITHHELD: ask_to_send}
# Said of a message, these are news with each; the others are told once, however many messages are changed in a row.
_ONCE_A_BURST = frozenset({Unchanged.UNKNOWN, Unchanged.OVER, Unchanged.TOO_FAST})


async def carry_edit(update: Update, context: Context) -> None:
    """Carry an edit over to the partner; falls through where there is no conversation, or something is being asked."""
    message = _edited_of(update)
    kind = kind_of(message)
    if kind.treatment is not Treatment.COPIED or message.edit_date is None:
        # A place that moves, a poll that is voted in, something that bots do not see: nobody wrote anything.
        raise ApplicationHandlerStop
    relay: Relay = context.bot_data["relay"]
    conversation = await relay.conversation(telegram_id=context.telegram_id)
    if conversation is None:
        return
    flood: FloodLimit = context.bot_data["flood"]
    changes: Changes = context.bot_data["changes"]
    wait = await flood.wait(context.telegram_id)
    # Also where it is too fast: what has no copy yet is copied as it is then.
    against = _against(message, kind)
    finding = finding_in(message, kind) if against is None else None
    unchanged = await changes.edit(
        conversation,
        message,
        kind,
        against=against if finding is None else Unchanged.REVEALING,
        too_fast=bool(wait),
    )
    if unchanged is Unchanged.UNKNOWN:
        if conversation.asked:
            return
        early = conversation.began_after(message.date)
        unchanged = against or (Unchanged.EARLY if early else unchanged)
    if unchanged is Unchanged.KEPT:
        assert finding is not None
        await _ask_about_album(message, kind, finding, conversation, context)
        raise ApplicationHandlerStop
    # There may be any number of edits that are too fast: they are told about once, and nothing is asked.
    asked = _ASKED_ABOUT.get(unchanged) if unchanged is not None and not wait else None
    if finding is not None and asked is not None:
        await asked(message, kind, finding, session_id=conversation.session_id, language=conversation.language)
    elif unchanged is not None:
        await _tell(message, context, unchanged, language=conversation.language, seconds=wait)
    raise ApplicationHandlerStop


async def _ask_about_album(
    message: Message, kind: Kind, finding: Finding, conversation: Conversation, context: Context
) -> None:
    """What waits with its album shows something in its new form as well: the yes to an old question holds no more."""
    assert message.edit_date is not None
    edited = as_waiting(conversation, message.message_id, kind=kind.name, album=message.media_group_id or "")
    await in_thread(kept_albums.ask_anew, edited, clues=finding.clues, edited_at=message.edit_date, now=context.now)


def _against(message: Message, kind: Kind) -> Unchanged | None:
    """What speaks against passing on the new form of a message; None where nothing does."""
    if filters.COMMAND.filter(message):
        return Unchanged.COMMAND
    return None if refusal(message, kind) is None else Unchanged.MENTION


async def carry_reaction(update: Update, context: Context) -> None:
    """Show a reaction to the partner. Nobody is told where that can't be."""
    reaction = update.message_reaction
    assert reaction is not None
    if reaction.chat.type != Chat.PRIVATE:
        raise ApplicationHandlerStop
    flood: FloodLimit = context.bot_data["flood"]
    if await flood.lets_react(context.telegram_id):
        relay: Relay = context.bot_data["relay"]
        conversation = await relay.conversation(telegram_id=context.telegram_id)
        if conversation is not None:
            changes: Changes = context.bot_data["changes"]
            await changes.react(conversation, reaction)
    raise ApplicationHandlerStop


async def delete(update: Update, context: Context) -> None:
    """/del in answer to a message of one's own: away with it on both sides. What is gone says so itself."""
    command = message_of(update)
    relay: Relay = context.bot_data["relay"]
    conversation = await relay.conversation(telegram_id=context.telegram_id)
    changes: Changes = context.bot_data["changes"]
    undeleted = Undeleted.OVER if conversation is None else await changes.delete(conversation, command)
    if undeleted is not None:
        answer = messages.undeleted(reason=undeleted, language=context.language)
        await command.reply_html(answer.html, do_quote=True, allow_sending_without_reply=True)


async def say_where_edit_went(update: Update, context: Context) -> None:
    """An edit that was neither carried over nor an answer to anything."""
    whereabouts = await in_thread(queries.whereabouts, profile_id=context.profile_id)
    unchanged = Unchanged.UNKNOWN if whereabouts is queries.Whereabouts.TALKING else Unchanged.OVER
    await _tell(_edited_of(update), context, unchanged, language=context.language)


async def _tell(message: Message, context: Context, unchanged: Unchanged, *, language: str, seconds: int = 0) -> None:
    """Say in answer to a message why the partner does not see its change."""
    what = unchanged if unchanged in _ONCE_A_BURST else f"{unchanged}:{message.message_id}"
    answer = messages.unchanged(reason=unchanged, language=language, seconds=seconds)
    say = partial(message.reply_html, answer.html, do_quote=True, allow_sending_without_reply=True)
    # Once the seconds that it names have passed, there is something new to say.
    holds = max(seconds, QUIET_SECONDS) if unchanged is Unchanged.TOO_FAST else BURST_SECONDS
    bursts: Bursts = context.bot_data["bursts"]
    await bursts.once(context.telegram_id, what, say, seconds=holds)


def _edited_of(update: Update) -> Message:
    assert update.edited_message is not None
    return update.edited_message


def handlers() -> list[Handler]:
    """The command."""
    return [CommandHandler("del", delete, filters=filters.UpdateType.MESSAGE & filters.ChatType.PRIVATE)]


def handlers_of_changes() -> list[Handler]:
    """What is no message of its own; goes before the gate, as messages to the partner do."""
    return [MessageHandler(_EDITED, carry_edit), MessageReactionHandler(carry_reaction)]
