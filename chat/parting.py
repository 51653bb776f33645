"""Parting in Telegram: `/end` with its buttons, and those below a farewell (C7, C8)."""

from telegram import Update
from telegram.ext import CommandHandler, filters

from delivery.outgoing import Text
from matching import bot as matching_bot
from matching import messages as matching_messages
from matching import services as matching
from profiles.context import Context, Handler, Tap
from project.threads import in_thread

from . import farewells, meeting_again, messages, queries, ratings, services
from .late_taps import over_without, say_already_over
from .models import ChatSession


async def ask_to_end(update: Update, context: Context) -> None:
    """`/end` asks before it ends."""
    session = await in_thread(queries.live_session, profile_id=context.profile_id)
    if session is None:
        raise services.NoSession
    await context.reply(await in_thread(_end_question, session, context.profile_id, context.language))


async def end(update: Update, context: Context) -> None:
    """Yes, end it."""
    session_id = _session_of(context)
    by_me = await in_thread(services.end, session_id=session_id, profile_id=context.profile_id, now=context.now)
    await _say_farewell(context, by_me=by_me)


async def end_and_search(update: Update, context: Context) -> None:
    """There is no answer: end it, and look for somebody else."""
    try:
        by_me = await in_thread(
            services.end_and_search, session_id=_session_of(context), profile_id=context.profile_id, now=context.now
        )
    except services.TalkedOn:
        await _ask_rather(context)
        return
    except matching.AlreadyTalking:
        await say_already_over(context)
        return
    except matching.TopicsGone:
        await context.reply(matching_messages.choose_topics(context.language))
        return
    await _say_farewell(context, by_me=by_me)
    await matching_bot.show_search(context)


async def _ask_rather(context: Context) -> None:
    session = await in_thread(queries.live_session, profile_id=context.profile_id)
    if session is None:
        await _say_farewell(context, by_me=False)
    else:
        await context.edit(await in_thread(_end_question, session, context.profile_id, context.language))


async def stay(update: Update, context: Context) -> None:
    """No, keep talking, where there is still a conversation."""
    session = await in_thread(queries.live_session, profile_id=context.profile_id)
    if session is not None and session.pk == _session_of(context):
        await context.edit(messages.stayed(session_id=session.pk, language=context.language))
    else:
        await say_already_over(context)


async def rate(update: Update, context: Context) -> None:
    """💛, 🙂 or 😕 below a farewell: what is said stays there, marked."""
    session_id, score = _session_of(context), int(context.arguments[1])
    await in_thread(ratings.rate, session_id=session_id, profile_id=context.profile_id, score=score, now=context.now)
    await context.edit_buttons(await in_thread(farewells.rows, _about(context)))
    await context.toast(farewells.thanks_for_rating(score=score, language=context.language))


async def meet_again(update: Update, context: Context) -> None:
    """🤝 below a farewell."""
    session_id = _session_of(context)
    await in_thread(meeting_again.wish, session_id=session_id, profile_id=context.profile_id, now=context.now)
    await context.edit(await in_thread(farewells.remembered, _about(context)))


async def _say_farewell(context: Context, *, by_me: bool) -> None:
    if by_me:
        await context.edit(await in_thread(farewells.farewell, _about(context)))
    else:
        # The farewell itself, with all there is to say, comes through the outbox.
        await say_already_over(context)


def _end_question(session: ChatSession, profile_id: int, language: str) -> Text:
    on_the_way = queries.on_the_way(session=session, sender_id=profile_id)
    return messages.end_question(session_id=session.pk, on_the_way=on_the_way, language=language)


def _about(context: Context) -> farewells.About:
    return farewells.About(_session_of(context), context.profile_id, context.now, context.language)


def _session_of(context: Context) -> int:
    return int(context.arguments[0])


def handlers() -> list[Handler]:
    """The command and its buttons."""
    return [
        CommandHandler("end", ask_to_end, filters=filters.UpdateType.MESSAGE & filters.ChatType.PRIVATE),
        Tap(over_without(end), pattern=r"^chat:end:\d+$"),
        Tap(over_without(end_and_search), pattern=r"^chat:switch:\d+$"),
        Tap(stay, pattern=r"^chat:stay:\d+$"),
        Tap(rate, pattern=r"^chat:rate:\d+:(?:0|50|100)$"),
        Tap(meet_again, pattern=r"^chat:again:\d+$"),
    ]
