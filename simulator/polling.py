"""getUpdates: the bot asks for its updates itself."""

from __future__ import annotations

from simulator.delivery import Delivery
from simulator.errors import ConflictError
from simulator.state import JSON
from simulator.telegram import Telegram
from simulator.webhooks import wanted_kinds

MAX_POLL_SECONDS = 50
MAX_UPDATES = 100

WEBHOOK_ACTIVE = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
WEBHOOK_SET = "terminated by setWebhook request"
OTHER_POLL = "terminated by other getUpdates request; make sure that only one bot instance is running"


async def get_updates(telegram: Telegram, params: JSON) -> list[JSON]:
    """Return the updates from `offset` on, waiting for the first up to `timeout` seconds; those before are confirmed.

    Raises ConflictError beside a webhook, and in an older poll when a newer one or a webhook comes. An outage ends it
    too, with an answer that never reaches the bot.
    """
    delivery = telegram.delivery
    if delivery.webhook.url:
        raise ConflictError(WEBHOOK_ACTIVE)
    delivery.webhook.allowed_updates = wanted_kinds(telegram, params)
    poll = delivery.begin_poll()
    _confirm(delivery, params.get("offset", 0))
    seconds = min(max(params.get("timeout", 0), 0), MAX_POLL_SECONDS)
    await telegram.world.signals.wait_until(
        "updates", lambda: not delivery.continues(poll) or bool(delivery.pending()), seconds
    )
    if delivery.webhook.url:
        raise ConflictError(WEBHOOK_SET)
    if not delivery.continues(poll):
        raise ConflictError(OTHER_POLL)
    updates = delivery.pending()[: min(max(params.get("limit", MAX_UPDATES), 1), MAX_UPDATES)]
    for update in updates:
        update.attempts += 1
    return [update.body for update in updates]


def _confirm(delivery: Delivery, offset: int) -> None:
    pending = delivery.pending()
    delivery.confirm(pending[:offset] if offset < 0 else [update for update in pending if update.update_id < offset])
