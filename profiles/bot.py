"""Profiles in Telegram: onboarding, the commands about oneself and about the bot, answers to open questions."""

from collections.abc import Callable, Coroutine

from telegram import Update
from telegram.ext import CommandHandler, filters

from delivery.outgoing import Text
from project.errors import DomainError
from project.threads import in_thread

from . import answering, erasure, export, languages, listening, messages, onboarding, queries
from .answering import Outcome
from .context import Context, Handler, Tap
from .gate import gate
from .prompts import Question
from .questions import ANSWERING

__all__ = ["answer_question", "gate", "handlers"]


async def answer_question(update: Update, context: Context) -> bool:
    """Take a message as the answer to what is being asked; False where nothing is.

    A message that can't be an answer (an edit, a picture, a text where buttons are to be tapped) is told what would be
    one, with the step once more.
    """
    visitor = context.visitor
    answering_it = ANSWERING.get(visitor.prompt or "")
    suspended = visitor.is_suspended(context.now)
    if answering_it is not None and (answering_it.while_suspended or not suspended):
        await answering_it.take(update, context)
        return True
    redelivered = visitor.last_update_id == update.update_id
    if visitor.is_complete and visitor.prompt is None and not redelivered and not suspended:
        return False
    if suspended or update.message is None or update.message.text is None:
        step = await in_thread(onboarding.resume, profile_id=context.profile_id, now=context.now)
        await context.reply(messages.once_more(step, edited=update.edited_message is not None))
        return True
    outcome = await in_thread(
        answering.answer,
        profile_id=context.profile_id,
        text=update.message.text,
        update_id=update.update_id,
        now=context.now,
    )
    again = messages.once_more(outcome.step) if outcome.unasked else messages.screen(outcome.step, outcome.refusal)
    await context.reply(again)
    return True


async def start(update: Update, context: Context) -> None:
    """Begin, or go on where the person left."""
    assert update.effective_user is not None
    step = await in_thread(
        onboarding.start,
        telegram_id=context.telegram_id,
        language_code=update.effective_user.language_code,
        now=context.now,
    )
    await context.reply(messages.screen(step))


async def agree(update: Update, context: Context) -> None:
    """18 or older, and the rules are fine."""
    version = int(context.arguments[0])
    step = await in_thread(onboarding.agree, profile_id=context.profile_id, rules_version=version, now=context.now)
    await context.edit(messages.screen(step))


async def say_under_18(update: Update, context: Context) -> None:
    """Under 18."""
    step = await in_thread(onboarding.say_under_18, profile_id=context.profile_id, now=context.now)
    await context.edit(messages.screen(step))


async def welcome_in(update: Update, context: Context) -> None:
    """Another language on the very first screen."""
    (language,) = context.arguments
    await in_thread(languages.switch_interface, telegram_id=context.telegram_id, language=language)
    step = await in_thread(onboarding.resume, profile_id=context.profile_id, now=context.now)
    await context.edit(messages.screen(step))


async def choose_nickname(update: Update, context: Context) -> None:
    """One of the suggested nicknames."""
    await _choose(context, Question.NICKNAME, context.arguments[0])


async def choose_timezone(update: Update, context: Context) -> None:
    """One of the offered timezones."""
    await _choose(context, Question.TIMEZONE, context.arguments[0])


async def choose_no_bio(update: Update, context: Context) -> None:
    """No bio, or no longer one."""
    await _choose(context, Question.BIO, "")


async def tick_topic(update: Update, context: Context) -> None:
    """Tick or untick a topic, in place."""
    verb, bit = context.arguments
    outcome = await in_thread(
        answering.tick_topic, profile_id=context.profile_id, bit=int(bit), chosen=verb == "add", now=context.now
    )
    await _edit_or_toast(context, outcome)


async def finish_topics(update: Update, context: Context) -> None:
    """Enough topics."""
    outcome = await in_thread(answering.finish_topics, profile_id=context.profile_id, now=context.now)
    await _edit_or_toast(context, outcome)


async def profile(update: Update, context: Context) -> None:
    """/profile: the profile, with a button to change each field."""
    await context.reply(await _profile(context))


async def show_profile(update: Update, context: Context) -> None:
    """The same in place of a question."""
    await context.edit(await _profile(context))


async def change(update: Update, context: Context) -> None:
    """Ask for one field again."""
    question = Question(context.arguments[0])
    step = await in_thread(answering.change, profile_id=context.profile_id, question=question, now=context.now)
    await context.edit(messages.screen(step))


async def language(update: Update, context: Context) -> None:
    """/language: of the interface, and those to talk in."""
    await context.reply(await _languages(context))


async def show_languages(update: Update, context: Context) -> None:
    """The same by the button under the profile."""
    await context.edit(await _languages(context))


async def switch_interface(update: Update, context: Context) -> None:
    """Speak this language with me."""
    (code,) = context.arguments
    chosen = await in_thread(languages.switch_interface, telegram_id=context.telegram_id, language=code)
    await context.edit(messages.languages(chosen))


async def set_spoken(update: Update, context: Context) -> None:
    """I talk in this language, or don't."""
    verb, code = context.arguments
    try:
        chosen = await in_thread(
            languages.set_spoken, profile_id=context.profile_id, language=code, spoken=verb == "add", now=context.now
        )
    except languages.LastLanguage as refusal:
        await context.toast(messages.toast(refusal, context.language), alert=True)
        return
    await context.edit(messages.languages(chosen))


async def send_export(update: Update, context: Context) -> None:
    """/export: everything stored about the person, as a file."""
    file = await in_thread(
        export.export_oneself, telegram_id=context.telegram_id, update_id=update.update_id, now=context.now
    )
    if file is None:
        await context.reply(messages.nothing_stored(context.language))
        return
    await context.send_file(file.filename, file.content, messages.export_caption(context.language))


async def ask_to_erase(update: Update, context: Context) -> None:
    """/delete asks before it deletes."""
    profile_id = await in_thread(queries.erasable, telegram_id=context.telegram_id)
    if profile_id is None:
        await context.reply(messages.nothing_stored(context.language))
    else:
        await context.reply(messages.deletion_question(profile_id, context.language))


async def erase(update: Update, context: Context) -> None:
    """Delete everything. A second tap reads the same goodbye; who has begun anew since is asked about that."""
    asked_about = int(context.arguments[0])
    await in_thread(erasure.erase_oneself, telegram_id=context.telegram_id, profile_id=asked_about, now=context.now)
    remains = await in_thread(queries.erasable, telegram_id=context.telegram_id)
    if remains is None:
        await context.edit(messages.erased(context.language))
    else:
        await context.edit(messages.deletion_question(remains, context.language))


async def keep(update: Update, context: Context) -> None:
    """Delete nothing."""
    await context.edit(messages.kept(context.language))


def _saying(text: Callable[[str], Text]) -> Callable[[Update, Context], Coroutine[None, None, None]]:
    async def say(update: Update, context: Context) -> None:
        await context.reply(text(context.language))

    return say


async def _choose(context: Context, question: Question, value: str) -> None:
    outcome = await in_thread(
        answering.choose, profile_id=context.profile_id, question=question, value=value, now=context.now
    )
    await context.edit(messages.screen(outcome.step, outcome.refusal))
    await _say_if_unasked(context, outcome)


async def _edit_or_toast(context: Context, outcome: Outcome) -> None:
    refusal: DomainError | None = outcome.refusal
    if refusal is not None:
        await context.toast(messages.toast(refusal, outcome.step.language), alert=True)
        return
    await context.edit(messages.screen(outcome.step))
    await _say_if_unasked(context, outcome)


async def _say_if_unasked(context: Context, outcome: Outcome) -> None:
    if outcome.unasked:
        await context.toast(messages.answered_before(outcome.step.language), alert=True)


async def _profile(context: Context) -> Text:
    shown = await in_thread(answering.leave_question, profile_id=context.profile_id, now=context.now)
    return messages.screen(shown)


async def _languages(context: Context) -> Text:
    chosen = await in_thread(languages.chosen, telegram_id=context.telegram_id, guess=context.language)
    return messages.languages(chosen)


def handlers() -> list[Handler]:
    """Commands and buttons of profiles."""
    new = filters.UpdateType.MESSAGE & filters.ChatType.PRIVATE
    return [
        CommandHandler("start", start, filters=new),
        CommandHandler("profile", profile, filters=new),
        CommandHandler("language", language, filters=new),
        CommandHandler("help", _saying(messages.commands), filters=new),
        CommandHandler("export", send_export, filters=new),
        CommandHandler("delete", ask_to_erase, filters=new),
        CommandHandler("privacy", _saying(messages.privacy), filters=new),
        CommandHandler("terms", _saying(messages.terms), filters=new),
        Tap(agree, pattern=r"^profiles:agree:\d+$"),
        Tap(say_under_18, pattern=r"^profiles:minor$"),
        Tap(welcome_in, pattern=r"^profiles:welcome:(?:ru|uk|en)$"),
        Tap(choose_nickname, pattern=r"^profiles:nickname:[^:]+$"),
        Tap(choose_timezone, pattern=r"^profiles:zone:[\w+/-]+$"),
        Tap(tick_topic, pattern=r"^profiles:topic:(?:add|remove):\d{1,2}$"),
        Tap(finish_topics, pattern=r"^profiles:topics:done$"),
        Tap(choose_no_bio, pattern=r"^profiles:bio:none$"),
        Tap(show_profile, pattern=r"^profiles:show$"),
        Tap(change, pattern=r"^profiles:change:(?:nickname|timezone|topics|bio)$"),
        Tap(show_languages, pattern=r"^profiles:languages$"),
        Tap(switch_interface, pattern=r"^profiles:interface:(?:ru|uk|en)$"),
        Tap(set_spoken, pattern=r"^profiles:speak:(?:add|remove):(?:ru|uk|en)$"),
        Tap(erase, pattern=r"^profiles:erase:\d{1,18}$"),
        Tap(keep, pattern=r"^profiles:keep$"),
        *listening.handlers(),
    ]
