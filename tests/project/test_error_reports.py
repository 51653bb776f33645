"""What an error report holds: the kind of the error and its place, and nothing that people wrote or are."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import pytest
import sentry_sdk
import structlog
from celery import Celery
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport
from telegram import Update
from telegram.ext import TypeHandler

import project.celery  # noqa: F401  (its signals are part of what is tested)
from delivery import queue
from delivery.admin import OutboxMessageAdmin
from delivery.kinds import KINDS
from delivery.ledger import Claim, Ledger
from delivery.limits import SendLimit
from delivery.sender import Sender
from delivery.telegram import Bot, build_bot
from profiles.context import Context
from project import error_reports
from project.bot import build_application
from project.webhook import Webhook
from tests.base import person
from tests.delivery.letters import letter

pytestmark = pytest.mark.django_db

CANARY, TELEGRAM_ID, USERNAME, TOKEN = "канарейка7f3a", 7_000_123_456, "canary_user_7f3a", "700:AAcanary7f3a"
SECRETS = (CANARY, CANARY.encode("unicode_escape").decode(), str(TELEGRAM_ID), USERNAME, TOKEN)
REPORTED = {"event_id", "timestamp", "level", "platform", "environment", "release", "sdk"}
REPORTED |= {"tags", "exception", "message"}
QUOTED = f"{CANARY} {TELEGRAM_ID} @{USERNAME} /bot{TOKEN}/sendMessage"


class Caught(Transport):
    """Instead of Sentry: what would have left this machine."""

    envelopes: list[bytes] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        """One report."""
        self.envelopes.append(envelope.serialize())


@pytest.fixture(autouse=True)
def told() -> Iterator[Callable[[], dict[str, Any]]]:
    """Errors are reported; gives a function that returns the only report, once nothing is in it that must not be."""
    error_reports.start(dsn="https://key@sentry.invalid/1", environment="test", transport=Caught)

    def only_report() -> dict[str, Any]:
        (envelope,) = Caught.envelopes
        for secret in SECRETS:
            assert secret not in envelope.decode()
        report: dict[str, Any] = json.loads(envelope.splitlines()[2])
        # Nothing comes along that nobody has thought of.
        assert set(report) <= REPORTED
        return report

    yield only_report
    sentry_sdk.get_global_scope().set_client(None)
    Caught.envelopes.clear()


def stumble(*quoted: object, **more: object) -> None:
    """What libraries do: they say what they stumbled over; its cause says it as well."""
    local = QUOTED
    try:
        dict[str, None]()[local]
    except KeyError as cause:
        raise ValueError(f"{local} {quoted} {more}") from cause


def types_of(report: dict[str, Any]) -> list[str]:
    """The types of the reported error and what it came from, the last first."""
    return [error["type"] for error in reversed(report["exception"]["values"])]


def place_of(report: dict[str, Any]) -> str:
    """The function in which it happened."""
    return str(report["exception"]["values"][-1]["stacktrace"]["frames"][-1]["function"])


@pytest.fixture
def update() -> dict[str, Any]:
    """Somebody wrote."""
    somebody = {"id": TELEGRAM_ID, "is_bot": False, "first_name": CANARY, "username": USERNAME}
    chat = {"id": TELEGRAM_ID, "type": "private", "username": USERNAME}
    message = {"message_id": 1, "date": 1_700_000_000, "chat": chat, "from": somebody, "text": CANARY}
    return {"update_id": 5, "message": message}


async def bring(update: dict[str, Any]) -> int:
    """To a web process with a bug; returns what it answers."""

    async def fail(update: Update, context: Context) -> None:
        stumble(update)

    application = build_application(build_bot())
    application._initialized = True
    application.add_handler(TypeHandler(Update, fail), group=-100)
    ledger = mock.AsyncMock(spec=Ledger)
    ledger.claim.return_value, ledger.fail.return_value = Claim.CLAIMED, 1
    webhook = Webhook(application=application, ledger=ledger)
    return (await webhook._take(json.dumps(update).encode())).status


def test_a_bug_in_a_handler(told: Callable[[], dict[str, Any]], update: dict[str, Any]) -> None:
    """C3, P8: the update is named by its number."""
    assert asyncio.run(bring(update)) == 503
    report = told()
    assert (types_of(report), place_of(report)) == (["ValueError", "KeyError"], "stumble")
    assert report["tags"] == {"update_id": 5, "event": "webhook.bug"}


def test_an_update_that_can_not_be_read(told: Callable[[], dict[str, Any]], update: dict[str, Any]) -> None:
    """C3, P8: a shape that Telegram never had."""
    update["message"]["date"] = CANARY
    assert asyncio.run(bring(update)) == 200
    assert told()["tags"]["event"] == "webhook.unreadable"


def test_a_task_that_fails(told: Callable[[], dict[str, Any]]) -> None:
    """C3, P8: the task is named, its arguments are not."""
    app = Celery(set_as_current=False)
    app.task(name="stumble")(stumble).apply(args=(QUOTED,), kwargs={}, task_id="b2c1")
    report = told()
    assert types_of(report) == ["ValueError", "KeyError"]
    assert (report["tags"]["task"], report["tags"]["task_id"]) == ("stumble", "b2c1")


@pytest.mark.django_db(transaction=True)
def test_a_bug_in_the_sender(told: Callable[[], dict[str, Any]]) -> None:
    """C3, P8: the message is named by its number in the outbox."""
    message = letter(person("Мира"), "matching.left_pool", state="pending")
    (leased,) = queue.lease(limit=1, now=timezone.now())
    bot, limit = mock.AsyncMock(spec=Bot), mock.AsyncMock(spec=SendLimit)
    bot.send_message.side_effect = stumble
    asyncio.run(Sender(bot=bot, limit=limit).deliver(leased))
    report = told()
    assert types_of(report) == ["ValueError", "KeyError"]
    assert report["tags"] == {"outbox_id": message.pk, "event": "outbox.delivery_failed"}


def test_a_text_that_can_not_be_rendered(told: Callable[[], dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    """C3, P8: nor what it would have said."""
    letter(person("Мира"), "matching.left_pool", state="pending")
    monkeypatch.setitem(KINDS, "matching.left_pool", mock.Mock(render=stumble))
    assert queue.lease(limit=1, now=timezone.now()) == []
    assert told()["tags"]["event"] == "outbox.render_failed"


def test_a_page_that_fails(
    told: Callable[[], dict[str, Any]], monkeypatch: pytest.MonkeyPatch, admin_user: User
) -> None:
    """C3, P8, D4: neither address, form, cookies nor who asked; the request's number leads to its line in the log."""
    monkeypatch.setattr(OutboxMessageAdmin, "get_queryset", stumble)
    client = Client(raise_request_exception=False, headers={"User-Agent": QUOTED})
    client.force_login(admin_user)
    answer = client.post(f"/admin/delivery/outboxmessage/?q={CANARY}", {"text": QUOTED})
    assert answer.status_code == 500
    report = told()
    assert types_of(report) == ["ValueError", "KeyError"]
    assert report["tags"]["request_id"] == answer["X-Request-ID"]


def test_an_error_without_an_exception(told: Callable[[], dict[str, Any]]) -> None:
    """C3: as the log has it, in our own words."""
    structlog.get_logger("project.webhook").error("webhook.given_up", text=QUOTED)
    report = told()
    assert (report["message"], report["level"]) == ("webhook.given_up", "error")


def test_what_is_no_error_is_not_reported() -> None:
    """C4: a Telegram that is away for a moment is nobody's bug."""
    structlog.get_logger("project.webhook").warning("webhook.telegram_away")
    assert Caught.envelopes == []


@pytest.mark.parametrize("process", ["project.asgi", "project.celery"])
def test_every_process_reports(process: str) -> None:
    """C3: whatever is started with SENTRY_DSN; without one the library stays asleep."""
    code = f"import {process}, django; django.setup(); import sentry_sdk; print(sentry_sdk.is_initialized())"
    printed = []
    for dsn in ("https://key@sentry.invalid/1", ""):
        environment = os.environ | {"DJANGO_SETTINGS_MODULE": "project.settings", "SENTRY_DSN": dsn}
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
        printed.append(done.stdout.strip())
    assert printed == ["True", "False"]
