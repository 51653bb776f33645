"""The buttons under "may your partner show you something?"."""

from telegram import Update

from profiles.context import Context, Handler, Tap
from project.threads import in_thread

from . import showing, showing_messages
from .late_taps import over_without, say_already_over
from .models import ChatSession
from .showing import Shown

Media = ChatSession.Media


async def show(update: Update, context: Context) -> None:
    """👁 Yes, and what follows."""
    session_id = int(context.arguments[0])
    shown = await in_thread(showing.show, session_id=session_id, profile_id=context.profile_id, now=context.now)
    answer = None if shown is Shown.OVER else Media.SHOWN
    await _say(context, session_id, answer, after_all=shown is Shown.AFTER_ALL)


async def refuse(update: Update, context: Context) -> None:
    """🚫 No, or no more."""
    session_id = int(context.arguments[0])
    live = await in_thread(showing.refuse, session_id=session_id, profile_id=context.profile_id, now=context.now)
    await _say(context, session_id, Media.REFUSED if live else None)


async def _say(context: Context, session_id: int, answer: ChatSession.Media | None, *, after_all: bool = False) -> None:
    """What the person sees from now on; with no answer the conversation is over."""
    if answer is None:
        await say_already_over(context)
        return
    said = showing_messages.answered(
        session_id=session_id, answer=answer, after_all=after_all, language=context.language
    )
    await context.edit(said)


def handlers() -> list[Handler]:
    """The buttons."""
    return [
        Tap(over_without(show), pattern=r"chat:show:\d+"),
        Tap(over_without(refuse), pattern=r"chat:hide:\d+"),
    ]
