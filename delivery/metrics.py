"""What is measured about what leaves for Telegram."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Count, Min, Q
from prometheus_client import Counter
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from . import queries
from .models import OutboxMessage, Priority

telegram_api_errors = Counter("telegram_api_errors_total", "Calls that Telegram or the network refused.", ["code"])
possibly_doubled = Counter(
    "relay_possibly_doubled_total", "Messages sent again because it is unknown whether the first copy arrived."
)


def from_database(now: datetime) -> Iterator[Metric]:
    """What is read at scrape: what waits in the outbox, and what was given up."""
    pending = OutboxMessage.objects.filter(state=OutboxMessage.State.PENDING)
    # An edit waits for a spare moment as long as it takes: nothing is wrong with that.
    urgent = Q(priority__lt=Priority.WAITING)
    found = pending.aggregate(count=Count("pk"), oldest=Min("created_at", filter=urgent))
    age = max((now - found["oldest"]).total_seconds(), 0) if found["oldest"] else 0
    yield GaugeMetricFamily("outbox_pending", "Notifications not sent yet.", value=found["count"])
    yield GaugeMetricFamily("outbox_oldest_seconds", "Age of the oldest notification not sent yet.", value=age)
    dead = GaugeMetricFamily("outbox_dead", "Notifications that were given up, while kept.", labels=["kind"])
    for kind, count in queries.dead_by_kind().items():
        dead.add_metric([kind], count)
    yield dead
