"""What the system checks say about a misconfiguration: one line, and what to do."""

import asyncio
from collections.abc import Callable
from secrets import token_hex, token_urlsafe
from typing import Any

import pytest
from django.core.checks import run_checks
from pytest_django.fixtures import Settings

from project.lifespan import Lifespan
from project.secret_strength import weakness

FERNET_KEY = "qW4nV0sBzX7yT2mKcRj9hLpUe5aGf8dNi1oZx3vQw6M="
ZEROS = "A" * 43 + "="
LONG = "k3J9-v7Qx_Zt5Lm2Rb8Wn4Yc6Hd1Pf0Sg"


@pytest.fixture(autouse=True)
def production(settings: Settings) -> None:
    """Production as it should be; each test spoils one thing."""
    settings.ENVIRONMENT = "production"
    settings.PRODUCTION = True
    settings.SECRET_KEY = LONG
    settings.TELEGRAM_WEBHOOK_SECRET = LONG[::-1]
    settings.TELEGRAM_ID_HASH_KEY = LONG.swapcase()
    settings.INTERNAL_BOT_SECRET = LONG[::-1].swapcase()
    settings.TELEGRAM_BOT_TOKEN = "1234567890:AAE"
    settings.PUBLIC_URL = "https://example.org"
    settings.SUPPORT_CONTACT = "help@example.org"


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
        ("FIELD_ENCRYPTION_KEYS", [FERNET_KEY, ZEROS], "FIELD_ENCRYPTION_KEYS: key 2 repeats itself too much."),
        ("TELEGRAM_ID_HASH_KEY", "", "TELEGRAM_ID_HASH_KEY is not set."),
        ("INTERNAL_BOT_SECRET", "", "INTERNAL_BOT_SECRET is not set."),
        ("INTERNAL_BOT_SECRET", LONG[:31], "INTERNAL_BOT_SECRET is shorter than 32 characters."),
        ("INTERNAL_BOT_SECRET", LONG, "SECRET_KEY and INTERNAL_BOT_SECRET are the same."),
        ("SECRET_KEY", "a" * 64, "SECRET_KEY repeats itself too much."),
        ("SECRET_KEY", "k3J9v7Qx" * 8, "SECRET_KEY repeats itself too much."),
        ("SECRET_KEY", f"django-insecure-{LONG}", "SECRET_KEY is a placeholder or contains one."),
        ("TELEGRAM_ID_HASH_KEY", f"CHANGEME{LONG}", "TELEGRAM_ID_HASH_KEY is a placeholder or contains one."),
        ("TELEGRAM_WEBHOOK_SECRET", LONG, "SECRET_KEY and TELEGRAM_WEBHOOK_SECRET are the same."),
        (
            "TELEGRAM_WEBHOOK_SECRET",
            f"{LONG[::-1]} ",
            "TELEGRAM_WEBHOOK_SECRET has characters that Telegram refuses.",
        ),
        ("DEBUG", True, "DEBUG is on in production."),
        ("ALLOWED_HOSTS", ["*"], "ALLOWED_HOSTS=* lets anybody choose our name."),
        ("METRICS_NETWORKS", ["10.0.0.0/8", "inside"], "METRICS_NETWORKS: 'inside' is no network."),
        ("TELEGRAM_BOT_TOKEN", "", "TELEGRAM_BOT_TOKEN is not set."),
        ("PUBLIC_URL", "http://example.org", "PUBLIC_URL is not an https address."),
        ("PUBLIC_URL", "nope", "PUBLIC_URL=nope is no web address."),
        ("SUPPORT_CONTACT", "", "SUPPORT_CONTACT is not set."),
        ("ENVIRONMENT", "staging", "ENVIRONMENT=staging is unknown."),
    ],
)
def test_each_mistake_is_one_clear_line(settings: Settings, name: str, value: str, error: str) -> None:
    """O4, O5: production without a token is an error, never the simulator; a weak secret is named."""
    setattr(settings, name, value)
    assert said() == [error]


@pytest.mark.parametrize("make", [lambda: token_hex(16), lambda: token_urlsafe(24), lambda: token_urlsafe(48)])
def test_random_secrets_are_strong(make: Callable[[], str]) -> None:
    """O5: what a random generator makes is never refused."""
    assert [secret for secret in (make() for _ in range(500)) if weakness(secret)] == []


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
