"""The buttons under "may your partner show you something?"."""

from telegram import Update

from profiles.context import Context, Handler, Tap
from project.threads import in_thread

from . import farewells, showing, showing_messages
from .models import ChatSession

Media = ChatSession.Media


async def show(update: Update, context: Context) -> None:
    """👁 Yes, and what follows."""
    session_id = int(context.arguments[0])
    live = await in_thread(showing.show, session_id=session_id, profile_id=context.profile_id, now=context.now)
    await _say(context, session_id, Media.SHOWN, live=live)


async def refuse(update: Update, context: Context) -> None:
    """🚫 No, or no more."""
    session_id = int(context.arguments[0])
    live = await in_thread(showing.refuse, session_id=session_id, profile_id=context.profile_id, now=context.now)
    await _say(context, session_id, Media.REFUSED, live=live)


async def _say(context: Context, session_id: int, answer: ChatSession.Media, *, live: bool) -> None:
    if live:
        await context.edit(showing_messages.answered(session_id=session_id, answer=answer, language=context.language))
    else:
        await context.edit(farewells.already_over(language=context.language))


def handlers() -> list[Handler]:
    """The buttons."""
    return [Tap(show, pattern=r"chat:show:\d+"), Tap(refuse, pattern=r"chat:hide:\d+")]
