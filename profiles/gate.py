"""The gate before every handler: who may do what before consent (P1) and while paused (S5).

Services enforce the same again; here the person hears kindly why nothing happens.
"""

from telegram import Chat, MessageEntity, Update
from telegram.ext import ApplicationHandlerStop

from delivery.outgoing import Text
from project.threads import in_thread

from . import messages, onboarding, visits
from .context import Context
from .questions import ANSWERING

COMMANDS_BEFORE_CONSENT = {"start", "sos", "help", "privacy", "terms", "language", "delete"}
COMMANDS_WHILE_SUSPENDED = COMMANDS_BEFORE_CONSENT | {"appeal", "export", "paysupport", "balance"}
# "<app>:<verb>" of the buttons that belong to those commands.
TAPS_BEFORE_CONSENT = {
    "safety:sos",
    "profiles:agree",
    "profiles:minor",
    "profiles:welcome",
    "profiles:interface",
    "profiles:erase",
    "profiles:keep",
}
TAPS_WHILE_SUSPENDED = TAPS_BEFORE_CONSENT | {"profiles:speak", "safety:appeal"}

# Rules that change do not break into a conversation: who agreed to older ones is asked before beginning a new one.
COMMANDS_UNDER_THE_RULES_OF_TODAY = {"find", "available"}
TAPS_UNDER_THE_RULES_OF_TODAY = {
    "matching:find",
    "matching:wait",
    "matching:call",
    "chat:accept",
    "chat:switch",
    "profiles:listen",
    "profiles:quiet",
}


async def gate(update: Update, context: Context) -> None:
    """Load the visitor, close the open question at a command, and stop what this person may not do now."""
    user, chat = update.effective_user, update.effective_chat
    if user is None or (chat is not None and chat.type != Chat.PRIVATE):
        raise ApplicationHandlerStop
    command = command_of(update)
    context.visitor = await in_thread(
        visits.visit,
        telegram_id=user.id,
        language_code=user.language_code,
        closes_prompt=command is not None,
        now=context.now,
    )
    await _say_what_was_closed(context)
    refusal = await _refusal(update, context, command)
    if refusal is not None:
        await context.reply(refusal)
        if update.callback_query is not None:
            await context.close_tap()
        raise ApplicationHandlerStop


async def _say_what_was_closed(context: Context) -> None:
    closed = ANSWERING.get(context.visitor.closed_prompt or "")
    if closed is not None and closed.closed is not None:
        await context.reply(closed.closed(context.language))


def command_of(update: Update) -> str | None:
    """The command that a message begins with, in small letters without "/" and the bot's name; None for all else."""
    message = update.message
    if message is None or not message.text or not message.entities:
        return None
    first = message.entities[0]
    if first.type != MessageEntity.BOT_COMMAND or first.offset != 0:
        return None
    return message.text[1 : first.length].partition("@")[0].lower()


async def _refusal(update: Update, context: Context, command: str | None) -> Text | None:
    visitor = context.visitor
    if visitor.profile_id is None and _is_free_message(update, command):
        return messages.press_start(visitor.language)
    if not visitor.consented and not _is_open(update, command, COMMANDS_BEFORE_CONSENT, TAPS_BEFORE_CONSENT):
        if visitor.profile_id is None:
            return messages.press_start(visitor.language)
        step = await in_thread(onboarding.resume, profile_id=visitor.profile_id, now=context.now)
        return messages.agree_first(step)
    if visitor.is_suspended(context.now) and not _is_open(
        update, command, COMMANDS_WHILE_SUSPENDED, TAPS_WHILE_SUSPENDED
    ):
        return messages.screen(await in_thread(onboarding.resume, profile_id=context.profile_id, now=context.now))
    begins = command in COMMANDS_UNDER_THE_RULES_OF_TODAY or _tap(update) in TAPS_UNDER_THE_RULES_OF_TODAY
    if begins and not visitor.agrees:
        return messages.screen(await in_thread(onboarding.resume, profile_id=context.profile_id, now=context.now))
    return None


def _is_free_message(update: Update, command: str | None) -> bool:
    return command is None and update.callback_query is None and update.effective_message is not None


def _is_open(update: Update, command: str | None, commands: set[str], taps: set[str]) -> bool:
    """Whether an update is one of these; what is neither command nor button (texts, payments) is decided elsewhere."""
    if command is not None:
        return command in commands
    tap = _tap(update)
    return tap is None or tap in taps


def _tap(update: Update) -> str | None:
    """The "<app>:<verb>" of a tapped button; None for all else."""
    if update.callback_query is None:
        return None
    return ":".join((update.callback_query.data or "").split(":")[:2])
