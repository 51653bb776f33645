"""What every handler has at hand: who is there, and how to answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.utils import timezone
from telegram import Message, Update
from telegram.error import BadRequest
from telegram.ext import Application, BaseHandler, CallbackContext, CallbackQueryHandler, ExtBot

from delivery.outgoing import Rows, Text
from delivery.telegram import NOTHING_TO_EDIT
from project.rendering import render

from .queries import Visitor

App = Application[ExtBot[None], "Context", dict[Any, Any], dict[Any, Any], dict[Any, Any], None]
Handler = BaseHandler[Update, "Context", Any]


class Context(CallbackContext[ExtBot[None], dict[Any, Any], dict[Any, Any], dict[Any, Any]]):
    """PTB's context with our visitor (loaded by the gate) and answers that are hard to get wrong."""

    visitor: Visitor
    incoming: Update
    answered: bool = False

    @classmethod
    def from_update(cls, update: object, application: Any) -> Context:
        """Keep the update at hand for the answers."""
        context: Context = super().from_update(update, application)
        assert isinstance(update, Update)
        context.incoming = update
        return context

    @property
    def now(self) -> datetime:
        """The time of handling."""
        return timezone.now()

    @property
    def telegram_id(self) -> int:
        """Who sent the update."""
        assert self.incoming.effective_user is not None
        return self.incoming.effective_user.id

    @property
    def profile_id(self) -> int:
        """The visitor's profile; handlers behind the gate always have one."""
        assert self.visitor.profile_id is not None
        return self.visitor.profile_id

    @property
    def language(self) -> str:
        """The visitor's language: "ru", "uk" or "en"."""
        return self.visitor.language

    @property
    def arguments(self) -> list[str]:
        """The parts of the tapped button's callback data after "<app>:<verb>"."""
        assert self.incoming.callback_query is not None
        assert self.incoming.callback_query.data is not None
        return self.incoming.callback_query.data.split(":")[2:]

    def text(self, template: str, **values: Any) -> str:
        """Render a template in the visitor's language."""
        return render(template, values, language=self.language)

    async def reply(self, text: Text) -> Message:
        """Send a new message to the visitor."""
        return await self.bot.send_message(self.telegram_id, text.html, reply_markup=text.markup)

    async def send_file(self, name: str, content: bytes, caption: str) -> Message:
        """Send a file to the visitor, from memory."""
        return await self.bot.send_document(self.telegram_id, content, filename=name, caption=caption)

    async def edit(self, text: Text) -> int:
        """Turn the message whose button was tapped into `text`; sends a new one where it can't be edited.

        Returns the id of the message that now says it.
        """
        query, tapped = self.incoming.callback_query, self.incoming.effective_message
        assert query is not None
        assert tapped is not None
        try:
            await query.edit_message_text(text.html, reply_markup=text.markup)
        except BadRequest as error:
            # A double tap asks for what already stands there.
            if "not modified" not in error.message:
                return (await self.reply(text)).message_id
        return tapped.message_id

    async def edit_buttons(self, rows: Rows) -> None:
        """Put other buttons below the message whose button was tapped; nothing where that can't be done any more."""
        query = self.incoming.callback_query
        assert query is not None
        try:
            # PTB would add its default parse mode, which this method of Telegram's does not have.
            await query.edit_message_reply_markup(Text("", rows).markup, api_kwargs={"parse_mode": None})
        except BadRequest as error:
            if not any(reason in error.message.lower() for reason in NOTHING_TO_EDIT):
                raise

    async def toast(self, text: str, *, alert: bool = False) -> None:
        """Answer the tap with a short line (at most 200 characters) over the chat."""
        assert self.incoming.callback_query is not None
        self.answered = True
        await self._answer(text=text, show_alert=alert)

    async def close_tap(self) -> None:
        """Answer the tap if nothing has yet, so that the button stops spinning."""
        if not self.answered:
            self.answered = True
            await self._answer()

    async def _answer(self, **parameters: Any) -> None:
        assert self.incoming.callback_query is not None
        # Older than 15 s, or answered before a redelivery: the button has stopped spinning by itself.
        with suppress(BadRequest):
            await self.incoming.callback_query.answer(**parameters)


class Tap(CallbackQueryHandler["Context", Any]):
    """A handler of inline buttons that always answers the tap, whatever the handler does.

    `pattern` has to fit the whole of the data, of which not even a line break may be left over: people with a Telegram
    client of their own can send any. Without one, all buttons are taken.
    """

    def __init__(self, callback: Callable[[Update, Context], Coroutine[Any, Any, Any]], pattern: str = "") -> None:
        wanted = re.compile(pattern)
        super().__init__(callback, pattern=(lambda data: wanted.fullmatch(str(data)) is not None) if pattern else None)

    async def handle_update(self, update: Update, application: Any, check_result: Any, context: Context) -> Any:
        """Run the callback, then make sure that the tap is answered."""
        try:
            return await super().handle_update(update, application, check_result, context)
        finally:
            await context.close_tap()
