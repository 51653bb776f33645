"""Reporting and blocking in Telegram: /report, /block and their buttons.

The message with the questions of a report is a reply to the message that /report itself was a reply to: so every tap
brings that message along, and nothing of it has to be kept until the person has agreed to attach it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from telegram import Message, ReplyParameters, Update
from telegram.ext import CommandHandler, filters

from chat import messages as chat_messages
from chat import queries as chat_queries
from delivery.outgoing import Text
from profiles.context import Context, Handler, Tap
from profiles.questions import answers
from project.threads import in_thread

from . import blocks, messages, queries, reports
from .models import Report

# Correcting an old command is not giving it again.
_NEW = filters.UpdateType.MESSAGE & filters.ChatType.PRIVATE

# What a button says, in the words of a report.
_CHOICES: dict[str, dict[str, Any]] = {
    "spam": {"reason": Report.Reason.SPAM},
    "abuse": {"reason": Report.Reason.ABUSE},
    "threat": {"reason": Report.Reason.DANGER, "danger": Report.Danger.THREAT},
    "fear": {"reason": Report.Reason.DANGER, "danger": Report.Danger.FEAR},
    "minor": {"reason": Report.Reason.OTHER, "looks_under_18": True},
    "other": {"reason": Report.Reason.OTHER},
}


@dataclass(frozen=True, slots=True)
class _Quoted:
    text: str
    sent_at: datetime


async def ask_what_happened(update: Update, context: Context) -> None:
    """/report: on the conversation going on, or the last one."""
    recent = await in_thread(queries.recent_conversation, profile_id=context.profile_id, now=context.now)
    if recent is None:
        raise reports.NoSessionToReport
    await _ask_below(update, context, messages.reasons(session_id=recent.session_id, language=context.language))


async def ask_which_danger(update: Update, context: Context) -> None:
    """Danger to whom?"""
    await context.edit(messages.which_danger(session_id=int(context.arguments[0]), language=context.language))


async def report(update: Update, context: Context) -> None:
    """A reason: from here on there is a report."""
    session_id, choice = context.arguments
    made = await in_thread(
        reports.report,
        reporter_id=context.profile_id,
        session_id=int(session_id),
        asks_comment=True,
        now=context.now,
        **_CHOICES[choice],
    )
    if not made.evidence and _quoted(update, context) is not None:
        question = messages.evidence_question(report_id=made.pk, language=context.language)
    else:
        question = messages.next_question(made, language=context.language)
    if made.danger == Report.Danger.FEAR:
        await context.edit(messages.how_to_help(language=context.language))
        # Below what there is to read: the question that takes the next words has to be the last thing seen.
        await _ask_below(update, context, question)
    else:
        await context.edit(question)


async def attach(update: Update, context: Context) -> None:
    """Yes, attach it."""
    quoted = _quoted(update, context)
    if quoted is None:
        await context.toast(messages.evidence_gone(language=context.language), alert=True)
        await detach(update, context)
        return
    made = await in_thread(
        reports.attach_evidence,
        report_id=int(context.arguments[0]),
        reporter_id=context.profile_id,
        text=quoted.text,
        sent_at=quoted.sent_at,
        now=context.now,
    )
    await context.edit(messages.next_question(made, language=context.language))


async def detach(update: Update, context: Context) -> None:
    """No, go on without it."""
    report_id = int(context.arguments[0])
    made = await in_thread(reports.ask_comment, report_id=report_id, reporter_id=context.profile_id, now=context.now)
    await context.edit(messages.next_question(made, language=context.language))


async def skip_comment(update: Update, context: Context) -> None:
    """No comment."""
    report_id = int(context.arguments[0])
    made = await in_thread(reports.skip_comment, report_id=report_id, reporter_id=context.profile_id, now=context.now)
    await context.edit(messages.what_now(made, language=context.language))


@answers(reports.COMMENT, closed=messages.comment_closed)
async def take_comment(update: Update, context: Context) -> None:
    """A comment, for the moderators only."""
    if update.message is None or update.message.text is None:
        await context.reply(messages.comment_needs_words(language=context.language))
        return
    commented = await in_thread(
        reports.add_comment,
        reporter_id=context.profile_id,
        text=update.message.text,
        update_id=update.update_id,
        now=context.now,
    )
    if commented is None:
        raise reports.NotYourReport
    if commented.refusal is not None:
        raise commented.refusal
    await context.reply(messages.what_now(commented.report, language=context.language))


async def cancel(update: Update, context: Context) -> None:
    """Not reported after all."""
    await context.edit(messages.not_reported(language=context.language))


async def ask_to_block(update: Update, context: Context) -> None:
    """/block asks before it blocks."""
    recent = await in_thread(queries.recent_conversation, profile_id=context.profile_id, now=context.now)
    if recent is None:
        raise blocks.NoSessionToBlock
    if recent.blocked:
        await context.reply(messages.blocked(language=context.language))
        return
    question = messages.block_question(session_id=recent.session_id, live=recent.live, language=context.language)
    await context.reply(question)


async def block(update: Update, context: Context) -> None:
    """Yes, block."""
    session_id = int(context.arguments[0])
    await in_thread(blocks.block, profile_id=context.profile_id, session_id=session_id, now=context.now)
    await context.edit(messages.blocked(language=context.language))


async def stay(update: Update, context: Context) -> None:
    """Neither end nor block."""
    session = await in_thread(chat_queries.live_session, profile_id=context.profile_id)
    if session is not None and session.pk == int(context.arguments[0]):
        await context.edit(chat_messages.stayed(session_id=session.pk, language=context.language))
    else:
        await context.edit(messages.nothing_changed(language=context.language))


async def _ask_below(update: Update, context: Context, question: Text) -> None:
    """Ask in a new message, as a reply to the message that the report is about, if there is one."""
    message = update.effective_message
    about = message.reply_to_message if isinstance(message, Message) else None
    await context.bot.send_message(
        context.telegram_id,
        question.html,
        reply_markup=question.markup,
        # Deleted meanwhile, it is not needed.
        reply_parameters=ReplyParameters(about.message_id, allow_sending_without_reply=True) if about else None,
    )


def _quoted(update: Update, context: Context) -> _Quoted | None:
    """The message of the partner's that the report answers, as Telegram brings it along.

    What people write arrives from the bot and without buttons; whatever of the bot's own repeats the words of its
    reader has some. The service judges by its time whether it belongs to the conversation.
    """
    tapped = update.callback_query.message if update.callback_query else None
    quoted = tapped.reply_to_message if isinstance(tapped, Message) else None
    if quoted is None or quoted.from_user is None or quoted.from_user.id != context.bot.id or quoted.reply_markup:
        return None
    text = quoted.text or quoted.caption
    return _Quoted(text, quoted.date) if text else None


def handlers() -> list[Handler]:
    """The commands and buttons of reporting and blocking. 🆘 is answered before them, see sos.py."""
    return [
        CommandHandler("report", ask_what_happened, filters=_NEW),
        CommandHandler("block", ask_to_block, filters=_NEW),
        Tap(ask_which_danger, pattern=r"^safety:danger:\d+$"),
        Tap(report, pattern=r"^safety:report:\d+:(?:spam|abuse|threat|fear|minor|other)$"),
        Tap(attach, pattern=r"^safety:attach:\d+$"),
        Tap(detach, pattern=r"^safety:detach:\d+$"),
        Tap(skip_comment, pattern=r"^safety:skip:\d+$"),
        Tap(cancel, pattern=r"^safety:cancel$"),
        Tap(block, pattern=r"^safety:block:\d+$"),
        Tap(stay, pattern=r"^safety:stay:\d+$"),
    ]
