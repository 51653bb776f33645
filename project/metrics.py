"""One exposition for all processes: counters through files they share, gauges from the database at scrape."""

import os
from collections.abc import Iterator

import structlog
from django.core.cache import cache
from django.db import DatabaseError, connection
from django_redis.exceptions import ConnectionInterrupted
from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

_FRESH_SECONDS = 10
_GAUGES = {
    "match_queue_size": ("People who wait for a partner.", "SELECT count(*) FROM matching_poolentry"),
    "live_conversations": ("Conversations going on.", "SELECT count(*) FROM chat_chatsession WHERE ended_at IS NULL"),
    "outbox_pending": (
        "Notifications not sent yet.",
        "SELECT count(*) FROM delivery_outboxmessage WHERE state = 'pending'",
    ),
    "outbox_oldest_seconds": (
        "Age of the oldest notification not sent yet.",
        """SELECT coalesce(extract(epoch FROM now() - min(created_at)), 0) FROM delivery_outboxmessage
        WHERE state = 'pending'""",
    ),
}


class DatabaseGauges(Collector):
    """What only the database knows, read at most every 10 s however many scrapers there are."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """One gauge a query."""
        try:
            values: dict[str, float] = cache.get_or_set("metrics:gauges", _read_gauges, _FRESH_SECONDS) or {}
        except (DatabaseError, RedisError, ConnectionInterrupted) as error:
            # The counters are worth most when something is away.
            log.warning("metrics.gauges_missing", error=type(error).__name__)
            return
        for name, (description, _) in _GAUGES.items():
            yield GaugeMetricFamily(name, description, value=values[name])


def _read_gauges() -> dict[str, float]:
    values = {}
    with connection.cursor() as cursor:
        for name, (_, query) in _GAUGES.items():
            cursor.execute(query)
            ((value,),) = cursor.fetchall()
            values[name] = float(value)
    return values


def exposition() -> tuple[bytes, str]:
    """The metrics of every process as (body, content type)."""
    registry = CollectorRegistry()
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(REGISTRY)
    registry.register(DatabaseGauges())
    return generate_latest(registry), CONTENT_TYPE_LATEST
