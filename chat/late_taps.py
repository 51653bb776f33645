"""Taps that come when the conversation they are about is over."""

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any

from telegram import Update

from profiles.context import Context
from project.threads import in_thread

from . import farewells, queries
from .services import NoSession

Handle = Callable[[Update, Context], Coroutine[Any, Any, None]]


async def say_already_over(context: Context) -> None:
    """Say that it is over; to who is in another conversation by now, that nothing has changed there."""
    session = await in_thread(queries.live_session, profile_id=context.profile_id)
    await context.edit(farewells.already_over(language=context.language, is_talking=session is not None))


def over_without(handle: Handle) -> Handle:
    """The handler of a button about one conversation; where that is gone, with one of the two, it is over as well."""

    @wraps(handle)
    async def tapped(update: Update, context: Context) -> None:
        try:
            await handle(update, context)
        except NoSession:
            await say_already_over(context)

    return tapped
