"""An update that fails by a bug: tried three times, then the person is told; the log has none of what they wrote."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from pytest_django.fixtures import Settings
from redis.exceptions import ConnectionError as RedisConnectionError
from telegram import Update
from telegram.error import NetworkError
from telegram.ext import TypeHandler

from delivery.ledger import Ledger
from delivery.redis import connect_redis
from delivery.telegram import build_bot
from profiles.context import Context
from project.bot import build_application
from project.supervisor import Stack
from project.webhook import Webhook
from simulator.client import Simulator

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = "wh-secret"


@pytest.fixture(autouse=True)
def pointed_at_the_simulator(settings: Settings, stack: Stack) -> None:
    """This process speaks to the stack's Telegram."""
    settings.TELEGRAM_API_URL = stack.simulator_url
    settings.TELEGRAM_BOT_TOKEN = stack.environment["TELEGRAM_BOT_TOKEN"]
    settings.TELEGRAM_WEBHOOK_SECRET = SECRET


def statuses(update: dict[str, Any], error: Exception, *, times: int, pause: float = 0) -> list[int]:
    """What Telegram hears when this update comes so often, `pause` seconds apart, and handling it raises `error`."""

    async def fail(update: Update, context: Context) -> None:
        raise error

    async def run() -> list[int]:
        bot, redis = build_bot(), connect_redis()
        application = build_application(bot)
        application.add_handler(TypeHandler(Update, fail), group=-100)
        await application.initialize()
        webhook = Webhook(application=application, ledger=Ledger(redis))
        try:
            return [await knock(webhook, update, after=pause) for _ in range(times)]
        finally:
            await application.shutdown()
            await redis.aclose()

    return asyncio.run(run())


async def knock(webhook: Webhook, update: dict[str, Any], *, after: float) -> int:
    """One delivery, at the ASGI interface, `after` so many seconds."""
    await asyncio.sleep(after)
    answers: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": json.dumps(update).encode()}

    async def send(event: Any) -> None:
        answers.append(event)

    headers = [(b"x-telegram-bot-api-secret-token", SECRET.encode())]
    await webhook({"type": "http", "method": "POST", "headers": headers}, receive, send)
    return int(answers[0]["status"])


def written_by(sim: Simulator, text: str) -> tuple[dict[str, Any], Any]:
    """An update as Telegram would send it, and who wrote it."""
    person = sim.person("Мира", language="ru")
    person.sends(text)
    update = dict(sim.updates(person)[-1]["update"])
    update["update_id"] += 7_000_000
    person.catches_up()
    return update, person


def test_a_bug_is_tried_three_times_then_said(sim: Simulator, caplog: pytest.LogCaptureFixture) -> None:
    """C4, C3: the queue of this person goes on, the person knows, and the log has the place but not the words."""
    update, person = written_by(sim, "сокровенное")
    assert statuses(update, ValueError("сокровенное"), times=4) == [503, 503, 200, 200]
    person.sees("сломалось")
    person.sees_nothing(0.3)
    assert "webhook.bug" in caplog.text
    assert "ValueError" in caplog.text
    assert "сокровенное" not in caplog.text


def test_a_passing_trouble_is_given_back_for_as_long_as_it_lasts(sim: Simulator) -> None:
    """C4: Telegram or the network being away is no bug of the update."""
    update, person = written_by(sim, "привет")
    assert statuses(update, NetworkError("away"), times=5) == [503] * 5
    person.sees_nothing(0.3)


def test_what_waits_behind_a_redis_that_is_away_is_given_back_to_its_writer(
    sim: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C4, S3: a message must not hold up the /sos behind it for as long as something is down; its writer is told.

    What is old has only just been brought, after an outage: it is tried as long as any other.
    """
    update, person = written_by(sim, "привет")
    update["message"]["date"] -= 60
    monkeypatch.setattr("project.webhook.GIVE_UP_AFTER", timedelta(seconds=1))
    assert statuses(update, RedisConnectionError("away"), times=3, pause=0.6) == [503, 503, 200]
    person.sees("могло не дойти")
