"""Bot API methods about how the bot gets its updates."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from simulator.delivery import DEFAULT_CONNECTIONS, Update, Webhook, described_webhook
from simulator.errors import ApiError, BadRequestError
from simulator.state import JSON
from simulator.telegram import Telegram

SECRET_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,256}")
MAX_CONNECTIONS = 100
MAX_POLL_SECONDS = 50
UPDATES_A_POLL = 100


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
            allowed_updates=params.get("allowed_updates", telegram.delivery.webhook.allowed_updates),
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


async def get_updates(telegram: Telegram, params: JSON) -> list[JSON]:
    """Return waiting updates, waiting for the first up to `timeout` seconds. Raises ApiError 409 next to a webhook."""
    delivery = telegram.delivery
    _refuse_beside_webhook(telegram)
    if "allowed_updates" in params:
        delivery.webhook.allowed_updates = params["allowed_updates"]
    offset = params.get("offset", 0)
    pending = delivery.pending()
    confirmed = pending[:offset] if offset < 0 else [update for update in pending if update.update_id < offset]
    delivery.confirm(confirmed)
    seconds = min(max(params.get("timeout", 0), 0), MAX_POLL_SECONDS)
    await telegram.world.signals.wait_until("updates", lambda: _waiting(telegram) != [], seconds)
    _refuse_beside_webhook(telegram)
    limit = min(max(params.get("limit", UPDATES_A_POLL), 1), UPDATES_A_POLL)
    return [update.body for update in _waiting(telegram)[:limit]]


def _waiting(telegram: Telegram) -> list[Update]:
    now = telegram.world.clock()
    telegram.delivery.drop(update for update in telegram.delivery.pending() if update.expired(now))
    return telegram.delivery.pending()


def _refuse_beside_webhook(telegram: Telegram) -> None:
    if telegram.delivery.webhook.url:
        reason = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
        raise ApiError(409, f"Conflict: {reason}")
