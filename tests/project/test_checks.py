"""What the system checks say about a misconfiguration: one line, and what to do."""

import asyncio
from typing import Any

import pytest
from django.core.checks import run_checks
from pytest_django.fixtures import Settings

from project.lifespan import Lifespan

FERNET_KEY = "aGVsbG8gaGVsbG8gaGVsbG8gaGVsbG8gaGVsbG8gaGU="
LONG = "k3J9-v7Qx_Zt5Lm2Rb8Wn4Yc6Hd1Pf0Sg"


@pytest.fixture(autouse=True)
def production(settings: Settings) -> None:
    """Production as it should be; each test spoils one thing."""
    settings.ENVIRONMENT = "production"
    settings.PRODUCTION = True
    settings.SECRET_KEY = settings.TELEGRAM_WEBHOOK_SECRET = settings.TELEGRAM_ID_HASH_KEY = LONG
    settings.TELEGRAM_BOT_TOKEN = "1234567890:AAE"
    settings.PUBLIC_URL = "https://example.org"


def said() -> list[str]:
    """The messages of our own errors."""
    return [str(error.msg) for error in run_checks() if str(error.id).startswith("project.")]


def test_a_complete_production_has_nothing_to_say() -> None:
    """O5: no error where nothing is wrong."""
    assert said() == []


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("SECRET_KEY", "", "SECRET_KEY is not set."),
        ("SECRET_KEY", "short", "SECRET_KEY is shorter than 32 characters."),
        ("TELEGRAM_WEBHOOK_SECRET", "", "TELEGRAM_WEBHOOK_SECRET is not set."),
        ("FIELD_ENCRYPTION_KEYS", [], "FIELD_ENCRYPTION_KEYS is not set."),
        (
            "FIELD_ENCRYPTION_KEYS",
            [FERNET_KEY, "short"],
            "FIELD_ENCRYPTION_KEYS: key 2 is not 32 bytes in URL-safe base64.",
        ),
        ("TELEGRAM_ID_HASH_KEY", "", "TELEGRAM_ID_HASH_KEY is not set."),
        ("TELEGRAM_BOT_TOKEN", "", "TELEGRAM_BOT_TOKEN is not set."),
        ("PUBLIC_URL", "http://example.org", "PUBLIC_URL is not an https address."),
        ("PUBLIC_URL", "nope", "PUBLIC_URL=nope is no web address."),
        ("ENVIRONMENT", "staging", "ENVIRONMENT=staging is unknown."),
    ],
)
def test_each_mistake_is_one_clear_line(settings: Settings, name: str, value: str, error: str) -> None:
    """O4, O5: production without a token is an error, never the simulator; a weak secret is named."""
    setattr(settings, name, value)
    assert said() == [error]


def test_the_web_process_does_not_start_with_a_mistake(settings: Settings) -> None:
    """O4, O5: no management command starts the web process, so it looks for itself and says the same line."""
    settings.TELEGRAM_BOT_TOKEN = ""
    said: list[Any] = []

    async def receive() -> dict[str, str]:
        return {"type": "lifespan.startup"}

    async def send(event: Any) -> None:
        said.append(event)

    asyncio.run(Lifespan()(receive, send))
    assert [event["type"] for event in said] == ["lifespan.startup.failed"]
    assert said[0]["message"].startswith("TELEGRAM_BOT_TOKEN is not set.")
