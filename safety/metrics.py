"""What is measured about reports and blocks."""

from collections.abc import Iterator
from datetime import datetime

from prometheus_client import Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from . import case_queue

reports = Counter("reports_total", "Reports made.", ["reason"])
blocks = Counter("blocks_total", "People blocked.")
time_to_action = Histogram(
    "report_time_to_action_seconds",
    "From a report to the moderator's decision.",
    buckets=(60, 300, 900, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 24 * 3600, 3 * 24 * 3600, 7 * 24 * 3600),
)


def from_database(now: datetime) -> Iterator[Metric]:
    """What is read at scrape: how long open cases have waited, by what they are about."""
    oldest = GaugeMetricFamily("case_oldest_seconds", "Age of the oldest open case.", labels=["ground"])
    for waiting in case_queue.waiting(now=now):
        oldest.add_metric([waiting.ground.slug], waiting.oldest.total_seconds() if waiting.oldest else 0)
    yield oldest
