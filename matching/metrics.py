"""What is measured about matching, read from the database at scrape (O1)."""

from collections.abc import Iterator
from datetime import datetime
from math import isinf

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric

from . import statistics, tally
from .models import PoolEntry


def from_database(now: datetime) -> Iterator[Metric]:
    """The state of the pool at `now`, and what was counted since the beginning, whatever process did it."""
    yield GaugeMetricFamily("match_queue_size", "People who wait for a partner.", value=PoolEntry.objects.count())
    yield GaugeMetricFamily(
        "match_worker_lag_ms",
        "Age of the oldest searcher whom no sweep has looked at yet.",
        value=statistics.lag(now=now).total_seconds() * 1000,
    )
    yield from _lately(now)
    yield from _since_the_beginning()


def _lately(now: datetime) -> Iterator[Metric]:
    outcomes = statistics.outcomes(now=now)
    # No sample where nothing ended: 0 would say that everybody declined.
    yield GaugeMetricFamily(
        "accept_rate", "Proposals accepted by both among those ended within 60 min.", value=outcomes.accept_rate
    )
    yield GaugeMetricFamily("match_closed_last_hour", "Proposals that ended within 60 min.", value=outcomes.closed)


def _since_the_beginning() -> Iterator[Metric]:
    totals = tally.totals()
    yield CounterMetricFamily("proposals_sent", "Proposals made.", value=totals.proposed)
    yield CounterMetricFamily("match_accept", "Proposals accepted by both.", value=totals.accepted)
    yield CounterMetricFamily("match_decline", "Proposals that one of the two skipped.", value=totals.declined)
    yield CounterMetricFamily("match_expired", "Proposals that ended without an answer.", value=totals.expired)
    yield HistogramMetricFamily(
        "time_to_proposal_seconds",
        "From the beginning of a search to its first proposal.",
        buckets=[("+Inf" if isinf(bound) else str(float(bound)), count) for bound, count in totals.waits],
        sum_value=totals.seconds_waited,
    )
