"""/sos and its buttons, in every state and with everything else broken."""

import asyncio
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connections
from telegram import Bot, Update
from telegram.error import Forbidden, NetworkError, TelegramError
from telegram.request import BaseRequest, RequestData

from delivery.models import Language, Recipient
from profiles.models import Profile
from safety import sos

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PERSON = 4242


class Telegram(BaseRequest):
    """Takes the calls of a real Bot, records them, and answers as told."""

    def __init__(self, **refusals: tuple[int, str]) -> None:
        """`refusals` names methods with the status and the description to refuse them with."""
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self._refusals = refusals

    @property
    def read_timeout(self) -> float:
        """Never waits."""
        return 1.0

    async def initialize(self) -> None:
        """Needs nothing."""

    async def shutdown(self) -> None:
        """Holds nothing."""

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *args: Any, **kwargs: Any
    ) -> tuple[int, bytes]:
        """Record the call, then refuse or accept it."""
        name = url.rsplit("/", 1)[1]
        self.calls.append((name, request_data.parameters if request_data else {}))
        if name in self._refusals:
            status, description = self._refusals[name]
            return status, f'{{"ok": false, "error_code": {status}, "description": "{description}"}}'.encode()
        if name == "answerCallbackQuery":
            return 200, b'{"ok": true, "result": true}'
        chat = f'{{"id": {PERSON}, "type": "private"}}'
        return 200, f'{{"ok": true, "result": {{"message_id": 7, "date": 1, "chat": {chat}}}}}'.encode()

    @property
    def methods(self) -> list[str]:
        """What was called, in order."""
        return [name for name, _ in self.calls]

    @property
    def text(self) -> str:
        """The text of the first message that was sent or edited."""
        return next(str(parameters["text"]) for _, parameters in self.calls if "text" in parameters)


def says(text: str, language: str | None = "ru") -> Update:
    """The update of a message."""
    sender = {"id": PERSON, "is_bot": False, "first_name": "x", "language_code": language}
    chat = {"id": PERSON, "type": "private"}
    message = {"message_id": 1, "date": 1, "chat": chat, "from": sender, "text": text}
    update = Update.de_json({"update_id": 1, "message": message})
    assert update
    return update


def taps(action: str, language: str | None = "ru") -> Update:
    """The update of a tap on a button."""
    sender = {"id": PERSON, "is_bot": False, "first_name": "x", "language_code": language}
    message = {"message_id": 5, "date": 1, "chat": {"id": PERSON, "type": "private"}, "text": "…"}
    tap = {"id": "9", "from": sender, "chat_instance": "1", "data": action, "message": message}
    update = Update.de_json({"update_id": 1, "callback_query": tap})
    assert update
    return update


def answer(update: Update, telegram: Telegram) -> bool:
    """Let the product answer the update."""
    return asyncio.run(sos.answer_if_sos(update, Bot("1:x", request=telegram, get_updates_request=telegram)))


def profile(state: str, **fields: Any) -> Profile:
    """Somebody in Warsaw who reads Ukrainian and is at this step."""
    recipient = Recipient.objects.create(telegram_id=PERSON, language=Language.UKRAINIAN)
    consent = {"consented_at": NOW, "rules_version": 1}
    known = {"nickname": "Мира", "nickname_key": "мира", "timezone": "Europe/Warsaw", "topic_mask": 3}
    return Profile.objects.create(recipient=recipient, state=state, speaks_uk=True, **{**consent, **known, **fields})


@pytest.fixture(autouse=True)
def _threads_keep_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a thread of the product keeps open would be in the way of removing the test database."""
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)


@pytest.fixture
def _database_refuses(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nobody listens where the database should be."""
    server = connections.settings["default"]
    with monkeypatch.context() as patch:
        patch.setitem(server, "HOST", "127.0.0.1")
        patch.setitem(server, "PORT", "9")
        yield


@pytest.mark.parametrize("text", ["/sos", "/SOS", "/Sos", "/sos@OneBot", "/sos please", "/sos\nplease"])
@pytest.mark.django_db(transaction=True)
def test_the_command_is_answered_however_it_is_written(text: str) -> None:
    """S3: /sos is answered in any case, with the bot's name or words after it."""
    telegram = Telegram()
    assert answer(says(text), telegram)
    assert telegram.methods == ["sendMessage"]
    assert telegram.calls[0][1]["parse_mode"] == "HTML"
    assert telegram.calls[0][1]["chat_id"] == PERSON


@pytest.mark.parametrize("language", ["ru", "uk", "en"])
@pytest.mark.django_db(transaction=True)
def test_words_behind_it_are_one_short_line_at_the_end(language: str) -> None:
    """S3, C4: whoever writes them must not wait for an answer to them; the hotlines stay as they are."""
    plain, with_words = Telegram(), Telegram()
    assert answer(says("/sos!", language), plain)
    assert answer(says("/sos мне плохо", language), with_words)
    assert with_words.methods == ["sendMessage"]
    line = with_words.text.removeprefix(plain.text).strip()
    assert with_words.text.startswith(plain.text)
    assert "/sos" in line
    assert len(line) < 50
    assert "мне плохо" not in line


@pytest.mark.parametrize("text", ["sos", "/sosed", "please /sos", "/so", "/help"])
def test_other_texts_are_left_to_the_others(text: str) -> None:
    """S3: what is not /sos passes untouched, and nothing is asked of the database."""
    telegram = Telegram()
    assert not answer(says(text), telegram)
    assert not telegram.calls


@pytest.mark.parametrize("action", ["matching:find", "safety:sosed", "safety:sos:", "safety:sos:ua", "x:safety:sos"])
def test_other_buttons_are_left_to_the_others(action: str) -> None:
    """S3: buttons of others pass untouched."""
    telegram = Telegram()
    assert not answer(taps(action), telegram)
    assert not telegram.calls


@pytest.mark.parametrize("state", Profile.State.values)
@pytest.mark.django_db(transaction=True)
def test_every_state_gets_the_lines_of_their_country(state: str) -> None:
    """S3: in every state of onboarding, in the person's own language, for the country of their timezone."""
    profile(state)
    telegram = Telegram()
    assert answer(says("/sos", language="en"), telegram)
    assert "🇵🇱" in telegram.text
    assert "Польща" in telegram.text


@pytest.mark.parametrize(
    "fields",
    [
        {"suspended_until": datetime(2999, 1, 1, tzinfo=UTC)},
        {"minor_until": datetime(2999, 1, 1, tzinfo=UTC)},
        {"timezone": "", "nickname": "", "nickname_key": None, "consented_at": None, "rules_version": None},
    ],
    ids=["suspended", "under 18", "before consent"],
)
@pytest.mark.django_db(transaction=True)
def test_nobody_is_left_out(fields: dict[str, Any]) -> None:
    """S3: suspended, under 18, before consent: everybody is answered, always."""
    profile(Profile.State.WAITING_NICKNAME, **fields)
    telegram = Telegram()
    assert answer(says("/sos"), telegram)
    assert "7333" in telegram.text or "🇵🇱" in telegram.text


@pytest.mark.django_db(transaction=True)
def test_without_a_timezone_the_language_of_the_profile_counts() -> None:
    """S3: someone without a timezone sees all countries of the language they chose, not of Telegram's."""
    Recipient.objects.create(telegram_id=PERSON, language=Language.UKRAINIAN)
    telegram = Telegram()
    assert answer(says("/sos", language="en"), telegram)
    assert "Словаччина" in telegram.text


@pytest.mark.parametrize(
    ("language", "expected"), [("ru", "Казахстан"), ("uk-UA", "Україна"), ("de", "Ireland"), (None, "Казахстан")]
)
@pytest.mark.django_db(transaction=True)
def test_strangers_see_the_countries_of_their_language(language: str | None, expected: str) -> None:
    """S3: without a profile, all countries of the language that Telegram names."""
    telegram = Telegram()
    assert answer(says("/sos", language), telegram)
    assert expected in telegram.text


@pytest.mark.usefixtures("_database_refuses")
def test_it_is_answered_with_the_database_down() -> None:
    """S3: when the database refuses connections, the answer comes within a second, for Telegram's language."""
    telegram = Telegram()
    started = time.monotonic()
    assert answer(says("/sos", "uk"), telegram)
    assert time.monotonic() - started < 1
    assert "Словаччина" in telegram.text


def test_it_is_answered_while_the_database_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    """S3: when the database does not answer, the person waits half a second, not longer."""
    released = threading.Event()

    def hangs(*, telegram_id: int) -> None:
        released.wait(20)

    monkeypatch.setattr(sos, "whereabouts", hangs)

    async def answered_after() -> float:
        # Measured inside the loop: closing it waits for the thread that hangs.
        started = time.monotonic()
        bot = Bot("1:x", request=telegram, get_updates_request=telegram)
        assert await sos.answer_if_sos(says("/sos", "uk"), bot)
        return time.monotonic() - started

    telegram = Telegram()
    try:
        assert asyncio.run(answered_after()) < 1
    finally:
        released.set()
    assert "Словаччина" in telegram.text


@pytest.mark.django_db(transaction=True)
def test_the_button_sends_a_message_of_its_own() -> None:
    """S3: the 🆘 button leaves the message that it is on as it is, and stops spinning."""
    telegram = Telegram()
    assert answer(taps("safety:sos"), telegram)
    assert telegram.methods == ["sendMessage", "answerCallbackQuery"]


@pytest.mark.django_db(transaction=True)
def test_a_flag_changes_the_country() -> None:
    """S3: the country is changed by a button, in place."""
    profile(Profile.State.COMPLETE)
    telegram = Telegram()
    assert answer(taps("safety:sos:IL"), telegram)
    assert telegram.methods == ["editMessageText", "answerCallbackQuery"]
    assert telegram.calls[0][1]["message_id"] == 5
    assert "1201" in telegram.text


@pytest.mark.django_db(transaction=True)
def test_a_second_tap_on_the_same_flag_is_no_error() -> None:
    """S3: a double tap shows what stands there, once."""
    telegram = Telegram(editMessageText=(400, "Bad Request: message is not modified: …"))
    assert answer(taps("safety:sos:IL"), telegram)
    assert telegram.methods == ["editMessageText", "answerCallbackQuery"]


@pytest.mark.django_db(transaction=True)
def test_a_message_that_cannot_be_edited_is_sent_again() -> None:
    """S3: under a message too old to edit, the lines come in a new one."""
    telegram = Telegram(editMessageText=(400, "Bad Request: message can't be edited"))
    assert answer(taps("safety:sos:IL"), telegram)
    assert telegram.methods == ["editMessageText", "sendMessage", "answerCallbackQuery"]


@pytest.mark.django_db(transaction=True)
def test_a_country_that_is_not_ours_falls_back_to_the_persons_own() -> None:
    """S3: the flag of a country that has gone since gives the usual answer."""
    profile(Profile.State.COMPLETE)
    telegram = Telegram()
    assert answer(taps("safety:sos:ZZ"), telegram)
    assert "🇵🇱" in telegram.text


@pytest.mark.django_db(transaction=True)
def test_a_tap_answered_too_late_is_no_error() -> None:
    """S3: a tap that is too old to be answered still gets its hotlines."""
    telegram = Telegram(answerCallbackQuery=(400, "Bad Request: query is too old"))
    assert answer(taps("safety:sos"), telegram)
    assert "sendMessage" in telegram.methods


@pytest.mark.parametrize(
    ("status", "error"), [(403, Forbidden), (502, NetworkError)], ids=["blocked the bot", "Telegram in trouble"]
)
@pytest.mark.django_db(transaction=True)
def test_what_telegram_did_not_take_is_told_to_the_caller(status: int, error: type[TelegramError]) -> None:
    """S3: an answer that Telegram did not take is not counted as given."""
    with pytest.raises(error):
        answer(says("/sos"), Telegram(sendMessage=(status, "…")))
