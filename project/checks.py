"""Misconfiguration as system checks: one clear line each, at `manage.py check` and before anything starts."""

import re
from collections.abc import Iterable
from ipaddress import ip_network
from itertools import combinations
from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, register, run_checks
from django.core.exceptions import ImproperlyConfigured

from .secret_strength import weakness

_SECRETS = ("SECRET_KEY", "TELEGRAM_WEBHOOK_SECRET", "TELEGRAM_ID_HASH_KEY", "INTERNAL_BOT_SECRET")


@register()
def secrets_are_set(**kwargs: Any) -> list[Error]:
    """Every secret is set; in production nobody can guess it."""
    errors = []
    for name in _SECRETS:
        value = _secret(name)
        if not value:
            errors.append(
                Error(
                    f"{name} is not set.",
                    hint=f"Put {name}=… into .env; `make run` does it for you.",
                    id="project.E001",
                )
            )
        elif settings.PRODUCTION and (weak := weakness(value)):
            hint = 'Make one with python -c "import secrets; print(secrets.token_urlsafe(48))".'
            errors.append(Error(f"{name} {weak}.", hint=hint, id="project.E002"))
    return errors


@register()
def secrets_differ(**kwargs: Any) -> list[Error]:
    """In production whoever learns one secret has learnt one secret."""
    if not settings.PRODUCTION:
        return []
    values = {name: [_secret(name)] for name in _SECRETS} | {"FIELD_ENCRYPTION_KEYS": settings.FIELD_ENCRYPTION_KEYS}
    return [
        Error(f"{one} and {other} are the same.", hint="Give each a random value of its own.", id="project.E009")
        for one, other in combinations(values, 2)
        if set(filter(None, values[one])) & set(values[other])
    ]


@register()
def webhook_secret_is_acceptable(**kwargs: Any) -> list[Error]:
    """Telegram takes letters, digits, _ and - only."""
    if re.fullmatch(r"[A-Za-z0-9_-]{0,256}", settings.TELEGRAM_WEBHOOK_SECRET):
        return []
    hint = "Use at most 256 letters, digits, _ and -."
    return [Error("TELEGRAM_WEBHOOK_SECRET has characters that Telegram refuses.", hint=hint, id="project.E010")]


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
    errors = []
    for number, key in enumerate(settings.FIELD_ENCRYPTION_KEYS, start=1):
        name = f"FIELD_ENCRYPTION_KEYS: key {number}"
        if not _is_fernet_key(key):
            errors.append(Error(f"{name} is not 32 bytes in URL-safe base64.", hint=hint, id="project.E008"))
        elif settings.PRODUCTION and (weak := weakness(key)):
            errors.append(Error(f"{name} {weak}.", hint=hint, id="project.E002"))
    return errors


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


@register()
def production_is_closed(**kwargs: Any) -> list[Error]:
    """In production errors show no insides, and the host name is ours."""
    errors = []
    if settings.PRODUCTION and settings.DEBUG:
        hint = "It shows everybody settings and data: remove it."
        errors.append(Error("DEBUG is on in production.", hint=hint, id="project.E011"))
    if settings.PRODUCTION and "*" in settings.ALLOWED_HOSTS:
        hint = "List the names under which the web process answers."
        errors.append(Error("ALLOWED_HOSTS=* lets anybody choose our name.", hint=hint, id="project.E012"))
    return errors


@register()
def people_know_where_to_write(**kwargs: Any) -> list[Error]:
    """In production /privacy and /terms name somebody to write to."""
    if settings.SUPPORT_CONTACT or not settings.PRODUCTION:
        return []
    hint = "Put SUPPORT_CONTACT=… into .env: an e-mail address, or a @name in Telegram."
    return [Error("SUPPORT_CONTACT is not set.", hint=hint, id="project.E014")]


@register()
def metrics_networks_are_networks(**kwargs: Any) -> list[Error]:
    """Each is an IP network such as 10.0.0.0/8."""
    hint = "Write networks such as 10.0.0.0/8, separated by commas."
    return [
        Error(f"METRICS_NETWORKS: {network!r} is no network.", hint=hint, id="project.E013")
        for network in _not_networks(settings.METRICS_NETWORKS)
    ]


def _not_networks(values: Iterable[str]) -> list[str]:
    wrong = []
    for value in values:
        try:
            ip_network(value)
        except ValueError:
            wrong.append(value)
    return wrong


def mistakes() -> list[CheckMessage]:
    """What must be mended before anything starts; for processes that no management command starts."""
    return [message for message in run_checks() if message.is_serious()]
