"""What goes on between the bot and Telegram: updates on their way, the webhook, the bot's calls."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator.control.requests import number_of, seconds_of, telegram_of
from simulator.delivery import Stage, Update, described_webhook
from simulator.errors import PersonError

UPDATE = "/control/updates/{update_id:int}"


def _update(request: Request) -> Update:
    try:
        return telegram_of(request).delivery.updates[request.path_params["update_id"]]
    except KeyError:
        raise PersonError("there is no such update") from None


async def _updates(request: Request) -> Response:
    person_id = number_of(request, "person")
    updates = telegram_of(request).delivery.updates.values()
    return JSONResponse([update.described() for update in updates if person_id in (None, update.person_id)])


async def _show(request: Request) -> Response:
    """An update; with `wait`, once it is delivered or given up."""
    update = _update(request)
    topic = ("update", update.update_id)
    await telegram_of(request).world.signals.wait_until(
        topic, lambda: update.stage is not Stage.WAITING, seconds_of(request)
    )
    return JSONResponse(update.described())


async def _redeliver(request: Request) -> Response:
    update = _update(request)
    telegram_of(request).delivery.redeliver(update)
    return JSONResponse({"update_id": update.update_id})


async def _pending(request: Request) -> Response:
    """The updates on their way; with `wait`, once there are none."""
    telegram = telegram_of(request)
    await telegram.world.signals.wait_until("idle", lambda: not telegram.delivery.pending(), seconds_of(request))
    return JSONResponse([update.described() for update in telegram.delivery.pending()])


async def _webhook(request: Request) -> Response:
    """The WebhookInfo; with `wait`, once a webhook is set."""
    telegram = telegram_of(request)
    await telegram.world.signals.wait_until("webhook", lambda: bool(telegram.delivery.webhook.url), seconds_of(request))
    return JSONResponse(described_webhook(telegram.delivery))


async def _calls(request: Request) -> Response:
    calls = telegram_of(request).calls.matching(
        request.query_params.get("method"), number_of(request, "person"), number_of(request, "after") or 0
    )
    return JSONResponse([call.described() for call in calls])


ROUTES = [
    Route("/control/updates", _updates),
    Route(UPDATE, _show),
    Route(f"{UPDATE}/redeliver", _redeliver, methods=["POST"]),
    Route("/control/pending", _pending),
    Route("/control/webhook", _webhook),
    Route("/control/calls", _calls),
]
