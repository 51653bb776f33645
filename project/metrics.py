"""One exposition for all processes: counters through files they share, the rest from the database at scrape."""

import os
from collections.abc import Iterator

import structlog
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError
from django.utils import timezone
from django.utils.module_loading import import_string
from django_redis.exceptions import ConnectionInterrupted
from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

_FRESH_SECONDS = 10


class DatabaseMetrics(Collector):
    """What only the database knows, see settings.DATABASE_METRICS: read at most every 10 s however many scrapers."""

    def collect(self) -> Iterator[Metric]:
        """Every app's, or none where something is away."""
        try:
            found: list[Metric] = cache.get_or_set("metrics:database", _read, _FRESH_SECONDS) or []
        except (DatabaseError, RedisError, ConnectionInterrupted) as error:
            # The counters are worth most when something is away.
            log.warning("metrics.database_missing", error=type(error).__name__)
            return
        yield from found


def _read() -> list[Metric]:
    now = timezone.now()
    return [metric for path in settings.DATABASE_METRICS for metric in import_string(path)(now)]


def exposition() -> tuple[bytes, str]:
    """The metrics of every process as (body, content type)."""
    registry = CollectorRegistry()
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(REGISTRY)
    registry.register(DatabaseMetrics())
    return generate_latest(registry), CONTENT_TYPE_LATEST
