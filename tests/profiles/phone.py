"""A phone in a test: updates go through the real handlers, and what leaves for Telegram shows up on its screen."""

import asyncio
import itertools
import json
from dataclasses import dataclass, field
from typing import Any

from telegram import Update
from telegram.ext import ContextTypes, ExtBot, MessageHandler, TypeHandler, filters
from telegram.request import BaseRequest, RequestData

import profiles.bot
from profiles.context import Context
from project.bot import StrictApplication

_telegram_ids = itertools.count(9_000_000_001)
_update_ids = itertools.count(900_000)
_NOT_MODIFIED = {"ok": False, "error_code": 400, "description": "Bad Request: message is not modified"}


@dataclass
class Shown:
    """One message of the bot, as it stands now."""

    text: str
    rows: list[list[dict[str, str]]]

    @property
    def buttons(self) -> dict[str, str]:
        """Callback data by label."""
        return {button["text"]: button["callback_data"] for row in self.rows for button in row}


@dataclass
class Screen(BaseRequest):
    """Telegram's side: keeps the messages, refuses to edit one into itself."""

    messages: dict[int, Shown] = field(default_factory=dict)
    toasts: list[str] = field(default_factory=list)
    files: list[bytes] = field(default_factory=list)
    closed_taps: int = 0

    read_timeout = 1.0

    async def initialize(self) -> None:
        """Nothing to open."""

    async def shutdown(self) -> None:
        """Nothing to close."""

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *timeouts: Any, **more: Any
    ) -> tuple[int, bytes]:
        """Answer one call of the Bot API."""
        parameters = {**request_data.parameters, **request_data.multipart_data} if request_data else {}
        answer = getattr(self, f"_{url.rpartition('/')[2]}")(parameters)
        body = answer if isinstance(answer, dict) and "ok" in answer else {"ok": True, "result": answer}
        return body.get("error_code", 200), json.dumps(body).encode()

    def _getMe(self, parameters: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        return {"id": 1, "is_bot": True, "first_name": "Bot", "username": "tyneodin_bot"}

    def _sendMessage(self, parameters: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        number = len(self.messages) + 1
        self.messages[number] = _shown(parameters)
        chat = {"id": parameters["chat_id"], "type": "private"}
        return {"message_id": number, "date": 0, "chat": chat, "text": parameters["text"]}

    def _sendDocument(self, parameters: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        number = len(self.messages) + 1
        self.messages[number] = Shown(parameters["caption"], [])
        _, content, _ = parameters["document"]
        self.files.append(content)
        chat = {"id": parameters["chat_id"], "type": "private"}
        return {"message_id": number, "date": 0, "chat": chat, "caption": parameters["caption"]}

    def _editMessageText(self, parameters: dict[str, Any]) -> dict[str, Any] | bool:  # noqa: N802
        number = parameters["message_id"]
        if self.messages[number] == _shown(parameters):
            return _NOT_MODIFIED
        self.messages[number] = _shown(parameters)
        return True

    def _answerCallbackQuery(self, parameters: dict[str, Any]) -> bool:  # noqa: N802
        self.closed_taps += 1
        if "text" in parameters:
            self.toasts.append(parameters["text"])
        return True


def _shown(parameters: dict[str, Any]) -> Shown:
    return Shown(parameters["text"], parameters.get("reply_markup", {}).get("inline_keyboard", []))


class Phone:
    """One person's phone. Every act returns the raw update, which may be delivered again."""

    def __init__(self, language: str = "ru") -> None:
        self.screen = Screen()
        self.user = {"id": next(_telegram_ids), "is_bot": False, "first_name": "Anna", "language_code": language}
        self.unanswered = 0
        self._runner = asyncio.Runner()
        self._application = self._build()
        self._runner.run(self._application.initialize())

    def close(self) -> None:
        """Put the phone away."""
        self._runner.run(self._application.shutdown())
        self._runner.close()

    @property
    def last(self) -> Shown:
        """The newest message of the bot."""
        return self.screen.messages[len(self.screen.messages)]

    def sends(self, text: str, **message: Any) -> dict[str, Any]:
        """A new text; commands get their entity, as Telegram marks them."""
        if text.startswith("/"):
            message["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text.split(maxsplit=1)[0])}]
        return self._message("message", text=text, **message)

    def corrects(self, text: str) -> dict[str, Any]:
        """An edit of an earlier message."""
        return self._message("edited_message", text=text, edit_date=1)

    def sends_sticker(self) -> dict[str, Any]:
        """Something that is no text."""
        flags = {"is_animated": False, "is_video": False, "type": "regular"}
        sticker = {"file_id": "1", "file_unique_id": "1", "width": 1, "height": 1, **flags}
        return self._message("message", sticker=sticker)

    def taps(self, part: str) -> dict[str, Any]:
        """The first button of the newest message whose label contains `part`."""
        return self.taps_data(next(data for label, data in self.last.buttons.items() if part in label))

    def taps_data(self, data: str) -> dict[str, Any]:
        """A button of the newest message, by what it carries; it may be gone from the screen."""
        number = len(self.screen.messages)
        message = {"message_id": number, "date": 1, "chat": self._chat, "text": "…"}
        tap = {"id": str(next(_update_ids)), "from": self.user, "chat_instance": "1", "data": data, "message": message}
        return self.delivers({"update_id": next(_update_ids), "callback_query": tap})

    def delivers(self, update: dict[str, Any]) -> dict[str, Any]:
        """Deliver an update: a new one, or one that was delivered before."""
        parsed = Update.de_json(update, self._application.bot)
        self._runner.run(self._application.process_update(parsed))
        return update

    @property
    def _chat(self) -> dict[str, Any]:
        return {"id": self.user["id"], "type": "private"}

    def _message(self, kind: str, **content: Any) -> dict[str, Any]:
        message = {"message_id": 1, "date": 1, "chat": self._chat, "from": self.user, **content}
        return self.delivers({"update_id": next(_update_ids), kind: message})

    def _build(self) -> Any:
        bot = ExtBot("1:x", request=self.screen, get_updates_request=Screen())
        builder = StrictApplication.builder().application_class(StrictApplication).bot(bot).updater(None)
        application = builder.job_queue(None).context_types(ContextTypes(context=Context)).build()
        application.add_handler(TypeHandler(Update, profiles.bot.gate), group=-1)
        application.add_handlers(profiles.bot.handlers(), group=0)
        application.add_handler(MessageHandler(filters.ALL & ~filters.COMMAND, self._answer), group=1)
        return application

    async def _answer(self, update: Update, context: Context) -> None:
        if not await profiles.bot.answer_question(update, context):
            self.unanswered += 1
