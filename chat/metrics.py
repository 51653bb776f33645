"""What is measured about conversations and the relay."""

from collections.abc import Iterator
from datetime import datetime

from prometheus_client import Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from .models import ChatSession

relayed_messages = Counter("relayed_messages_total", "Messages copied to a partner.", ["kind"])
relay_refused = Counter("relay_refused_total", "Messages that were not passed on to a partner.", ["reason"])
relay_latency = Histogram(
    "relay_latency_seconds",
    "From the arrival of a message until its copy has arrived.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.5, 3.0),
)


def from_database(now: datetime) -> Iterator[Metric]:
    """What is read at scrape."""
    live = ChatSession.objects.filter(ended_at=None).count()
    yield GaugeMetricFamily("live_conversations", "Conversations going on.", value=live)


def relayed(*, kind: str, seconds: float) -> None:
    """A message has reached a partner, so many seconds after it reached us."""
    relayed_messages.labels(kind=kind).inc()
    relay_latency.observe(seconds)
