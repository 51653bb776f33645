"""The bot: every app's handlers in one Application. Wiring at the bottom, nothing else here.

The order is the policy: a text of someone who is talking goes straight to the partner (one statement decides, and
refuses whoever may not talk); then the gate; then commands and buttons; then the open question; then a hint.
"""

from typing import Any

from django.utils import timezone
from telegram import Chat, ChatMember, Update
from telegram.error import TelegramError
from telegram.ext import (
    Application,
    ApplicationHandlerStop,
    ChatMemberHandler,
    CommandHandler,
    ContextTypes,
    MessageHandler,
    TypeHandler,
    filters,
)

import chat.bot
import chat.changes_bot
import chat.command_words
import chat.talking
import delivery.services
import matching.bot
import profiles.bot
import profiles.queries
import safety.bot
import safety.messages
from delivery.telegram import Bot, Permanent, classify
from profiles.context import App, Context
from project.errors import DomainError
from project.threads import in_thread

RELAY, GATE, WORDS, RETURNING, COMMANDS, ANSWERS = range(6)


class StrictApplication(Application[Bot, Context, dict[Any, Any], dict[Any, Any], dict[Any, Any], None]):
    """PTB swallows what handlers raise; here it reaches the webhook, which must not answer 200 to a lost message."""

    async def process_error(self, update: object, error: Exception, job: Any = None, coroutine: Any = None) -> bool:
        """Tell the person what they can act on; everything else goes up. Returns True: nothing more to handle."""
        assert isinstance(update, Update)
        user = update.effective_user
        if user is None:
            raise error
        if isinstance(error, DomainError):
            try:
                await self._explain(update, error)
                return True
            except TelegramError as failure:
                error = failure
        if isinstance(error, TelegramError) and _is_gone(error):
            await in_thread(delivery.services.lose, telegram_id=user.id, now=timezone.now())
        else:
            raise error
        return True

    async def _explain(self, update: Update, error: DomainError) -> None:
        assert update.effective_user is not None
        user = update.effective_user
        visitor = await in_thread(profiles.queries.visitor, telegram_id=user.id, language_code=user.language_code)
        text = safety.messages.refusal(error, language=visitor.language)
        await self.bot.send_message(user.id, text.html, reply_markup=text.markup)


def _is_gone(error: TelegramError) -> bool:
    verdict = classify(error, attempts=1)
    return isinstance(verdict, Permanent) and verdict.gone


async def answer_or_hint(update: Update, context: Context) -> None:
    """A message that was not relayed: the answer to an open question, or one that needs a hint."""
    if not await profiles.bot.answer_question(update, context):
        await chat.bot.hint(update, context)


async def membership(update: Update, context: Context) -> None:
    """The person blocked the bot, or is back."""
    assert update.my_chat_member is not None
    if update.my_chat_member.chat.type != Chat.PRIVATE:
        # Being removed from a group says nothing about the conversation with the person who did it.
        raise ApplicationHandlerStop
    status = update.my_chat_member.new_chat_member.status
    if status in (ChatMember.BANNED, ChatMember.LEFT):
        await in_thread(delivery.services.lose, telegram_id=context.telegram_id, now=context.now)
    else:
        await in_thread(delivery.services.regain, telegram_id=context.telegram_id)
    raise ApplicationHandlerStop


def build_application(bot: Bot) -> App:
    """The Application of one web process; `bot_data["relay"]` is set by whoever starts it."""
    application: App = (
        Application.builder()
        .application_class(StrictApplication)
        .bot(bot)
        .updater(None)
        .job_queue(None)
        .context_types(ContextTypes(context=Context))
        .build()
    )
    private = filters.ChatType.PRIVATE
    messages = (filters.UpdateType.MESSAGE | filters.UpdateType.EDITED_MESSAGE) & private & ~filters.COMMAND
    application.add_handler(MessageHandler(chat.talking.WRITTEN, chat.talking.relay_message), group=RELAY)
    commands = filters.UpdateType.MESSAGE & private & filters.COMMAND
    application.add_handler(MessageHandler(commands, chat.talking.complete_albums), group=RELAY)
    application.add_handlers(chat.changes_bot.handlers_of_changes(), group=RELAY)
    application.add_handler(ChatMemberHandler(membership, ChatMemberHandler.MY_CHAT_MEMBER), group=RELAY)
    application.add_handler(TypeHandler(Update, profiles.bot.gate), group=GATE)
    application.add_handler(MessageHandler(commands, chat.command_words.say_unsent), group=WORDS)
    start = CommandHandler("start", chat.bot.start_again, filters=filters.UpdateType.MESSAGE & private)
    application.add_handler(start, group=RETURNING)
    for app in (profiles.bot, matching.bot, safety.bot, chat.bot):
        application.add_handlers(app.handlers(), group=COMMANDS)
    application.add_handler(MessageHandler(messages, answer_or_hint), group=ANSWERS)
    return application
