"""Bot API methods about where the bot's updates go."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from simulator.delivery import DEFAULT_CONNECTIONS, Webhook, described_webhook
from simulator.errors import BadRequestError
from simulator.schema import load
from simulator.state import JSON
from simulator.telegram import Telegram

SECRET_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,256}")
MAX_CONNECTIONS = 100
UPDATE_KINDS = load().types["Update"].fields.keys() - {"update_id"}


def set_webhook(telegram: Telegram, params: JSON) -> bool:
    """Deliver updates to a URL from now on; an empty URL takes the webhook away."""
    if not params["url"]:
        return delete_webhook(telegram, params)
    # Telegram insists on HTTPS and on few ports; here the bot runs next door, without a certificate.
    parts = urlsplit(params["url"])
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise BadRequestError("bad webhook: An HTTPS URL must be provided for webhook")
    if "certificate" in params:
        raise BadRequestError("certificates of webhooks are published but not simulated")
    secret_token = params.get("secret_token", "")
    if secret_token and not SECRET_TOKEN.fullmatch(secret_token):
        raise BadRequestError("secret token contains unallowed characters")
    telegram.delivery.set_webhook(
        Webhook(
            url=params["url"],
            secret_token=secret_token,
            max_connections=min(max(params.get("max_connections", DEFAULT_CONNECTIONS), 1), MAX_CONNECTIONS),
            allowed_updates=wanted_kinds(telegram, params),
        ),
        drop_pending=bool(params.get("drop_pending_updates")),
    )
    return True


def delete_webhook(telegram: Telegram, params: JSON) -> bool:
    """Deliver no more; updates wait for getUpdates or the next webhook."""
    allowed = telegram.delivery.webhook.allowed_updates
    drop_pending = bool(params.get("drop_pending_updates"))
    telegram.delivery.set_webhook(Webhook(allowed_updates=allowed), drop_pending=drop_pending)
    return True


def get_webhook_info(telegram: Telegram, params: JSON) -> JSON:
    """Return the WebhookInfo."""
    return described_webhook(telegram.delivery)


def wanted_kinds(telegram: Telegram, params: JSON) -> list[str]:
    """Return the kinds of updates the bot wants: those it names now, or those it named before.

    Telegram ignores a kind it does not know; a misspelt one is always a mistake, so here it is refused.
    """
    kinds: list[str] = params.get("allowed_updates", telegram.delivery.webhook.allowed_updates)
    for kind in kinds:
        if kind not in UPDATE_KINDS:
            raise BadRequestError(f'there are no updates of kind "{kind}"')
    return kinds
