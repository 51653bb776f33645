"""Misconfiguration as system checks: one clear line each, at `manage.py check` and before anything starts."""

from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, register, run_checks
from django.core.exceptions import ImproperlyConfigured

_MINIMUM_SECRET = 32


@register()
def secrets_are_set(**kwargs: Any) -> list[Error]:
    """Every secret is set; in production it is long as well."""
    errors = []
    for name in ("SECRET_KEY", "TELEGRAM_WEBHOOK_SECRET", "TELEGRAM_ID_HASH_KEY"):
        value = _secret(name)
        if not value:
            errors.append(
                Error(
                    f"{name} is not set.",
                    hint=f"Put {name}=… into .env; `make run` does it for you.",
                    id="project.E001",
                )
            )
        elif settings.PRODUCTION and len(value) < _MINIMUM_SECRET:
            errors.append(
                Error(
                    f"{name} is shorter than {_MINIMUM_SECRET} characters.",
                    hint="Use a longer random one.",
                    id="project.E002",
                )
            )
    return errors


def _secret(name: str) -> str:
    try:
        return str(getattr(settings, name))
    except ImproperlyConfigured:
        # What Django raises for an empty SECRET_KEY would be a traceback instead of a line.
        return ""


@register()
def encryption_keys_are_usable(**kwargs: Any) -> list[Error]:
    """There is at least one key for encrypted columns, and each is one."""
    hint = (
        'Make one with python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"; '
        "`make run` does it for you."
    )
    if not settings.FIELD_ENCRYPTION_KEYS:
        return [Error("FIELD_ENCRYPTION_KEYS is not set.", hint=hint, id="project.E007")]
    return [
        Error(f"FIELD_ENCRYPTION_KEYS: key {number} is not 32 bytes in URL-safe base64.", hint=hint, id="project.E008")
        for number, key in enumerate(settings.FIELD_ENCRYPTION_KEYS, start=1)
        if not _is_fernet_key(key)
    ]


def _is_fernet_key(key: str) -> bool:
    try:
        Fernet(key)
    except ValueError:
        return False
    return True


@register()
def telegram_is_configured(**kwargs: Any) -> list[Error]:
    """There is a bot token; in production it talks to the real Telegram over an https webhook."""
    errors = []
    if not settings.TELEGRAM_BOT_TOKEN:
        errors.append(
            Error(
                "TELEGRAM_BOT_TOKEN is not set.",
                hint="Ask @BotFather for one, or use `make run`, which brings a simulator.",
                id="project.E003",
            )
        )
    if settings.PUBLIC_URL and not settings.PUBLIC_URL.startswith(("http://", "https://")):
        hint = "Write it with http:// or https://, or leave it empty."
        errors.append(Error(f"PUBLIC_URL={settings.PUBLIC_URL} is no web address.", hint=hint, id="project.E006"))
    elif settings.PRODUCTION and not settings.PUBLIC_URL.startswith("https://"):
        errors.append(
            Error(
                "PUBLIC_URL is not an https address.", hint="Telegram sends updates to https only.", id="project.E004"
            )
        )
    return errors


@register()
def environment_is_known(**kwargs: Any) -> list[Error]:
    """ENVIRONMENT is one of the three."""
    if settings.ENVIRONMENT in {"local", "test", "production"}:
        return []
    return [
        Error(
            f"ENVIRONMENT={settings.ENVIRONMENT} is unknown.", hint="Use local, test or production.", id="project.E005"
        )
    ]


def mistakes() -> list[CheckMessage]:
    """What must be mended before anything starts; for processes that no management command starts."""
    return [message for message in run_checks() if message.is_serious()]
