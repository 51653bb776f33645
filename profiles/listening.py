"""Being ready to listen, in Telegram: /available and its buttons (P9)."""

from telegram import Update
from telegram.ext import CommandHandler, filters

from delivery.outgoing import Text
from project.threads import in_thread

from . import availability, messages
from .context import Context, Handler, Tap


async def show(update: Update, context: Context) -> None:
    """/available: ready to listen, or not."""
    await context.reply(await _shown(context))


async def show_in_place(update: Update, context: Context) -> None:
    """The same by a button."""
    await context.edit(await _shown(context))


async def switch(update: Update, context: Context) -> None:
    """Ready to listen from now on, or no longer."""
    on = context.arguments[0] == "on"
    shown = await in_thread(availability.set_listening, profile_id=context.profile_id, on=on, now=context.now)
    await context.edit(messages.screen(shown))


async def ask_quiet_hour(update: Update, context: Context) -> None:
    """Which hour shall the quiet ones begin or end with?"""
    end = availability.End(context.arguments[0])
    shown = await in_thread(availability.shown, profile_id=context.profile_id, now=context.now)
    await context.edit(messages.quiet_hour_question(shown, end))


async def set_quiet_hour(update: Update, context: Context) -> None:
    """The quiet hours begin, or end, with this one."""
    end, hour = availability.End(context.arguments[0]), int(context.arguments[1])
    shown = await in_thread(
        availability.set_quiet_hour, profile_id=context.profile_id, end=end, hour=hour, now=context.now
    )
    await context.edit(messages.quiet_hours(shown))


async def set_quiet(update: Update, context: Context) -> None:
    """Quiet hours as most people have them, or none."""
    on = context.arguments[0] == "usual"
    shown = await in_thread(availability.set_quiet, profile_id=context.profile_id, on=on, now=context.now)
    await context.edit(messages.quiet_hours(shown))


async def rest(update: Update, context: Context) -> None:
    """Not for a while."""
    shown = await in_thread(availability.rest, profile_id=context.profile_id, now=context.now)
    await context.edit(messages.rest_well(shown))


async def end_rest(update: Update, context: Context) -> None:
    """Rested enough."""
    shown = await in_thread(availability.end_rest, profile_id=context.profile_id, now=context.now)
    await context.edit(messages.screen(shown))


async def go_on(update: Update, context: Context) -> None:
    """No rest needed."""
    await context.edit(messages.no_rest(context.language))


async def _shown(context: Context) -> Text:
    shown = await in_thread(availability.shown, profile_id=context.profile_id, now=context.now)
    return messages.screen(shown)


def handlers() -> list[Handler]:
    """The command and its buttons."""
    new = filters.UpdateType.MESSAGE & filters.ChatType.PRIVATE
    return [
        CommandHandler("available", show, filters=new),
        Tap(show_in_place, pattern=r"^profiles:listen$"),
        Tap(switch, pattern=r"^profiles:listen:(?:on|off)$"),
        Tap(rest, pattern=r"^profiles:rest:on$"),
        Tap(end_rest, pattern=r"^profiles:rest:off$"),
        Tap(go_on, pattern=r"^profiles:rest:none$"),
        Tap(set_quiet, pattern=r"^profiles:quiet:(?:usual|none)$"),
        Tap(ask_quiet_hour, pattern=r"^profiles:quiet:(?:from|until)$"),
        Tap(set_quiet_hour, pattern=r"^profiles:quiet:(?:from|until):(?:1?\d|2[0-3])$"),
    ]
