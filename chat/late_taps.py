"""Taps that come when the conversation they are about is over."""

from profiles.context import Context
from project.threads import in_thread

from . import farewells, queries


async def say_already_over(context: Context) -> None:
    """Say that it is over; to who is in another conversation by now, that nothing has changed there."""
    session = await in_thread(queries.live_session, profile_id=context.profile_id)
    await context.edit(farewells.already_over(language=context.language, is_talking=session is not None))
