"""Whether it runs (healthz), whether everything it needs answers (readyz), and what it measures (metrics)."""

from collections.abc import Callable
from ipaddress import ip_address, ip_network

import httpx
from celery import Celery
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound, HttpResponseRedirect
from django.views.decorators.http import require_safe
from ninja import Router, Schema

from .metrics import exposition

router = Router(tags=["health"])


class Alive(Schema):
    """The process answers."""

    ok: bool


class Ready(Schema):
    """Which of the things it needs answer."""

    database: bool
    redis: bool
    broker: bool
    telegram: bool


@require_safe
def front_door(request: HttpRequest) -> HttpResponse:
    """Staff who open the bare address are looking for the admin."""
    return HttpResponseRedirect("/admin/")


@router.get("/healthz", response=Alive)
def healthz(request: HttpRequest) -> Alive:
    """The process answers. Used for routing, so it depends on nothing else."""
    return Alive(ok=True)


@router.get("/readyz", response={200: Ready, 503: Ready})
def readyz(request: HttpRequest) -> tuple[int, Ready]:
    """What each dependency says; 503 if one is away. Reports only: nothing is routed by it."""
    state = Ready(**{name: _answers(check) for name, check in _CHECKS.items()})
    return (200 if all(state.dict().values()) else 503), state


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus metrics, for METRICS_NETWORKS only and never through a proxy."""
    address = ip_address(request.META["REMOTE_ADDR"])
    inside = any(address in ip_network(network) for network in settings.METRICS_NETWORKS)
    if not inside or "HTTP_X_FORWARDED_FOR" in request.META:
        return HttpResponseNotFound()
    body, content_type = exposition()
    return HttpResponse(body, content_type=content_type)


def _answers(check: Callable[[], object]) -> bool:
    try:
        check()
    except Exception:  # noqa: BLE001  (whatever goes wrong, the answer is no)
        return False
    return True


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _broker() -> None:
    # A bare client: the worker's app would switch the connection pool off in this process.
    bare = Celery(broker=settings.CELERY_BROKER_URL)
    bare.conf.broker_transport_options = {"socket_timeout": 2, "socket_connect_timeout": 2}
    with bare.connection_for_read() as broker:
        broker.ensure_connection(max_retries=0)


def _telegram() -> None:
    url = f"{settings.TELEGRAM_API_URL}/bot{settings.TELEGRAM_BOT_TOKEN}/getMe"
    httpx.get(url, timeout=3).raise_for_status()


_CHECKS: dict[str, Callable[[], object]] = {
    "database": _database,
    "redis": lambda: cache.get("readyz"),
    "broker": _broker,
    "telegram": _telegram,
}
