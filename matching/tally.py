"""What came of proposals since the beginning, counted in the database (O1).

Counted there, and not in each process, so that the totals are right for any number of processes, after restarts, and
where one is killed between a commit and its counter. Triggers add a row in the transaction that makes it true: one
total for all would make everybody wait for everybody.
"""

from collections import Counter
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Sum

from .models import Tally
from .triggers import WAITS_UP_TO


@dataclass(frozen=True, slots=True)
class Totals:
    """Proposals by outcome, and the waits of searches for their first proposal.

    `waits` has, in order, (bound in seconds, how many waited at most so long): cumulative, the last bound is infinite.
    """

    proposed: int
    accepted: int
    declined: int
    expired: int
    waits: list[tuple[float, int]]
    seconds_waited: float


def totals() -> Totals:
    """Everything counted so far; what is counted later is never less."""
    counted: Counter[str] = Counter()
    buckets: Counter[float] = Counter()
    seconds = 0.0
    sums = Tally.objects.values("what", "up_to").annotate(total=Sum("count"), seconds_waited=Sum("seconds"))
    for row in sums:
        counted[row["what"]] += row["total"]
        if row["up_to"] is not None:
            buckets[row["up_to"]] += row["total"]
            seconds += row["seconds_waited"]
    # Bounds of an earlier release may be among those counted: each goes into the next one of today's.
    waits = [(bound, sum(count for up_to, count in buckets.items() if up_to <= bound)) for bound in WAITS_UP_TO]
    return Totals(
        proposed=counted[Tally.What.PROPOSED],
        accepted=counted[Tally.What.ACCEPTED],
        declined=counted[Tally.What.DECLINED],
        expired=counted[Tally.What.EXPIRED],
        waits=waits,
        seconds_waited=seconds,
    )


@transaction.atomic(durable=True)
def fold() -> int:
    """Entry: make one row of all that count the same; returns how many there were. Several at once do no harm."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH gone AS (DELETE FROM matching_tally RETURNING what, up_to, count, seconds),
            kept AS (
                INSERT INTO matching_tally (what, up_to, count, seconds)
                SELECT what, up_to, sum(count), sum(seconds) FROM gone GROUP BY what, up_to
            )
            SELECT count(*) FROM gone
            """
        )
        (folded,) = cursor.fetchone()
    return int(folded)
