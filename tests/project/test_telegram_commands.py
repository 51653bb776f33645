"""What staff tell and ask Telegram: webhook, name, descriptions, menus."""

from collections.abc import Iterator
from datetime import timedelta
from io import StringIO

import httpx
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django.fixtures import Settings
from telegram import WebhookInfo

from project import set_up
from project.supervisor import Stack
from simulator.client import Simulator
from tests.project.test_command_line import manage


@pytest.fixture(autouse=True)
def this_process_too(settings: Settings, stack: Stack, sim: Simulator) -> Iterator[None]:
    """Commands run here speak to the stack's Telegram, with the stack's address; afterwards its webhook is back."""
    settings.TELEGRAM_API_URL = stack.simulator_url
    settings.TELEGRAM_BOT_TOKEN = stack.environment["TELEGRAM_BOT_TOKEN"]
    settings.TELEGRAM_WEBHOOK_SECRET = stack.environment["TELEGRAM_WEBHOOK_SECRET"]
    settings.PUBLIC_URL = stack.web_url
    yield
    settings.TELEGRAM_API_URL = stack.simulator_url
    settings.TELEGRAM_BOT_TOKEN = stack.environment["TELEGRAM_BOT_TOKEN"]
    settings.PUBLIC_URL = stack.web_url
    said("set_webhook")


def said(command: str, **options: object) -> tuple[str, int]:
    """What a command printed, and its exit code."""
    out = StringIO()
    try:
        call_command(command, stdout=out, **options)
    except SystemExit as end:
        return out.getvalue(), int(str(end.code))
    return out.getvalue(), 0


def ask(stack: Stack, method: str, **parameters: object) -> object:
    """One call of the Bot API."""
    url = f"{stack.simulator_url}/bot{stack.environment['TELEGRAM_BOT_TOKEN']}/{method}"
    return httpx.post(url, json=parameters).raise_for_status().json()["result"]


def test_a_webhook_as_it_should_be(stack: Stack) -> None:
    """O5: everything at a glance, and nothing to do."""
    # What went wrong in other tests is still known of the old one.
    said("set_webhook", delete=True)
    said("set_webhook")
    text, code = said("webhook_info")
    assert code == 0
    assert f"url          {stack.web_url}/telegram/webhook" in text
    assert "waiting      0 updates" in text
    assert "message_reaction" in text


def test_a_webhook_that_leads_elsewhere(stack: Stack) -> None:
    """O5: exit code 1, and the command that mends it does."""
    ask(stack, "setWebhook", url="http://127.0.0.1:9/other")
    text, code = said("webhook_info")
    assert code == 1
    assert text.splitlines()[-1].startswith(f"Updates go elsewhere than to {stack.web_url}/telegram/webhook: run")
    assert said("set_webhook") == (f"Updates go to {stack.web_url}/telegram/webhook.\n", 0)
    assert said("webhook_info")[1] == 0


def test_a_webhook_may_be_taken_away(sim: Simulator, settings: Settings) -> None:
    """O5: and without PUBLIC_URL that is as it should be."""
    assert said("set_webhook", delete=True) == ("There is no webhook any more.\n", 0)
    assert sim.webhook()["url"] == ""
    assert said("webhook_info")[0].splitlines()[-1] == "No webhook is registered: run manage.py set_webhook."
    settings.PUBLIC_URL = ""
    assert said("webhook_info")[1] == 0


def test_what_waits_is_dropped_only_when_asked_to(sim: Simulator, stack: Stack) -> None:
    """C4: messages are never lost by the way."""
    ask(stack, "deleteWebhook")
    sim.person("Мира").sends("/start", wait=False)
    said("set_webhook", delete=True)
    assert len(sim.pending()) == 1
    said("set_webhook", delete=True, drop_pending_updates=True)
    assert sim.pending() == []


def advice_on(
    *, waiting: int = 0, updates: tuple[str, ...] = tuple(set_up.ALLOWED_UPDATES), failed: timedelta | None = None
) -> str:
    """What is said of our own webhook with so many updates waiting and the last failure so long ago."""
    now = timezone.now()
    info = WebhookInfo(
        set_up.webhook_url(),
        has_custom_certificate=False,
        pending_update_count=waiting,
        last_error_date=None if failed is None else now - failed,
        last_error_message="Wrong response from the webhook: 503",
        allowed_updates=updates,
    )
    return set_up.webhook_advice(info, now=now)


def test_each_trouble_says_what_to_do() -> None:
    """O5: one line; a failure of long ago that nothing waits for any more is none."""
    assert advice_on() == advice_on(waiting=3) == advice_on(failed=timedelta(hours=2)) == ""
    assert advice_on(updates=("message",)).startswith("Telegram keeps kinds of updates back")
    for trouble in (advice_on(failed=timedelta(minutes=1)), advice_on(failed=timedelta(hours=2), waiting=1)):
        assert trouble.startswith("Telegram's last try failed")


def test_the_bot_introduces_itself_in_every_language(stack: Stack, sim: Simulator) -> None:
    """P6: name, descriptions and menus; what stands already is left alone, since Telegram limits changes."""
    ask(stack, "setMyName", name="Ты не один", language_code="uk")
    ask(stack, "setMyShortDescription", short_description="x")
    first, _ = said("set_up_bot")
    assert "name (uk)" in first
    assert "short description (default)" in first
    assert [ask(stack, "getMyName", language_code=code) for code in ("ru", "uk", "en", "de")] == [
        {"name": name} for name in ("Ты не один", "Ти не один", "You're not alone", "Ты не один")
    ]
    description = str(ask(stack, "getMyDescription", language_code="en"))
    assert "no crisis service" in description
    assert "/sos" in description
    last = sim.calls()[-1]["number"]
    assert said("set_up_bot") == ("Everything stands already.\n", 0)
    assert not [call for call in sim.calls(after=last) if call["method"].startswith("setMy")]


@pytest.mark.parametrize("command", ["set_webhook", "webhook_info", "set_up_bot"])
def test_a_telegram_that_is_away_is_one_line(settings: Settings, command: str) -> None:
    """O5: no traceback."""
    settings.TELEGRAM_API_URL = "http://127.0.0.1:9"
    with pytest.raises(CommandError, match=r"^Telegram does not answer at http://127.0.0.1:9 \(NotSent\): try"):
        said(command)


def test_a_wrong_token_is_one_line(stack: Stack) -> None:
    """O5: exit code 1 and what to compare; the token itself is not printed."""
    wrong = f"{10**9}:{'w' * 35}"
    done = manage("webhook_info", TELEGRAM_API_URL=str(stack.simulator_url), TELEGRAM_BOT_TOKEN=wrong)
    assert done.returncode == 1
    assert (
        done.stderr == "CommandError: Telegram does not know this TELEGRAM_BOT_TOKEN: compare it with @BotFather's.\n"
    )


def test_polling_beside_a_webhook_is_refused() -> None:
    """O4: with PUBLIC_URL Telegram brings the updates; two ways at once would take the webhook away."""
    with pytest.raises(CommandError, match="PUBLIC_URL is set"):
        said("poll")
