"""Who is next: the statements by which a sender takes messages, quick however many wait and for however few people.

The order within a chat is kept: only the oldest waiting message of each recipient may be taken. An edit that waits for
a spare moment holds up nothing that is said.
"""

from datetime import datetime, timedelta

from django.db import connection

from .models import Priority

# How many due messages are looked at, most urgent first, before every recipient's line is.
_FRONT = 500

_IS_DUE = """
    state = 'pending' AND priority <= %(least)s
    -- What lies in a future that a clock set back has left behind is waited for by nobody.
    AND (due_at <= %(now)s OR created_at > %(future)s)
    AND (lease_until IS NULL OR lease_until <= %(now)s OR lease_until > %(future)s)
"""
# The first of somebody's line, and behind an edit the first that is none. BETWEEN and the order by both columns, where
# = and the id would do: only the index of the lines can answer that, and PostgreSQL is not tempted by the primary key,
# in which everything that was ever sent comes first.
_FIRST = """
    SELECT line.id FROM delivery_outboxmessage line
    WHERE line.state = 'pending' AND line.recipient_id BETWEEN {of}.recipient_id AND {of}.recipient_id AND {which}
    ORDER BY line.recipient_id, line.id LIMIT 1
"""
_FIRST_FOR_DUE = _FIRST.format(of="due", which="(line.priority < %(waiting)s OR due.priority = %(waiting)s)")
_FIRST_SAID = _FIRST.format(of="head", which="line.priority < %(waiting)s")

_FROM_THE_FRONT = f"""
    SELECT id FROM (
        SELECT id, recipient_id, priority FROM delivery_outboxmessage WHERE {_IS_DUE}
        ORDER BY priority, id LIMIT %(front)s) due
    WHERE due.id = ({_FIRST_FOR_DUE})
"""  # noqa: S608  (constants of this file)
# From one line to the next.
_FROM_EVERY_LINE = f"""
    WITH RECURSIVE head AS (
        (SELECT recipient_id, id, priority FROM delivery_outboxmessage WHERE state = 'pending'
         ORDER BY recipient_id, id LIMIT 1)
        UNION ALL
        SELECT following.* FROM head, LATERAL (
            SELECT recipient_id, id, priority FROM delivery_outboxmessage
            WHERE state = 'pending' AND recipient_id > head.recipient_id
            ORDER BY recipient_id, id LIMIT 1) following
    )
    SELECT id FROM head
    UNION ALL
    SELECT said.id FROM head, LATERAL ({_FIRST_SAID}) said WHERE head.priority = %(waiting)s
"""  # noqa: S608
_LEASE = """
UPDATE delivery_outboxmessage SET attempts = attempts + 1, lease_until = %(until)s,
    -- Once only: a pause that Telegram asks for counts from then on.
    created_at = least(created_at, %(now)s),
    -- A lease that ran out: its sender died, before or after it was sent.
    possibly_doubled = possibly_doubled OR lease_until IS NOT NULL
WHERE id = ANY (ARRAY (
    SELECT id FROM delivery_outboxmessage WHERE id = ANY (ARRAY ({heads})) AND {is_due}
    ORDER BY priority, id LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED))
RETURNING id
"""
_LEASES = tuple(_LEASE.format(heads=heads, is_due=_IS_DUE) for heads in (_FROM_THE_FRONT, _FROM_EVERY_LINE))
# The queue is empty when its statistics are made and long when the plan matters: the indexes are right in any case.
_BY_INDEX = "SELECT " + ", ".join(
    f"set_config('enable_{way}', 'off', true)" for way in ("seqscan", "hashjoin", "mergejoin")
)


def lease(*, limit: int, until: datetime, farthest: timedelta, least: Priority, now: datetime) -> list[int]:
    """Step: take up to `limit` due messages of at least the priority `least`, the most urgent first; returns their ids.

    They are ours until `until`. A time further off than `farthest` is no plan, but was written under a wrong clock.
    """
    assert connection.in_atomic_block
    parameters: dict[str, datetime | int] = {
        "now": now,
        "until": until,
        "future": now + farthest,
        "least": least,
        "waiting": Priority.WAITING,
        "front": _FRONT,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(_BY_INDEX)
        for statement in _LEASES:
            cursor.execute(statement, parameters)
            if leased := [row[0] for row in cursor.fetchall()]:
                return leased
    return []
