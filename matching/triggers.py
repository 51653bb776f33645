"""What the database itself keeps up to date."""

from typing import Any

import pgtrigger


class PoolPairsFollow(pgtrigger.Trigger):
    """Keeps `PoolPair`, the index of the pool by pairs of topics, whoever writes to the pool and however."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            when=pgtrigger.After,
            operation=pgtrigger.Insert
            | pgtrigger.Delete
            | pgtrigger.UpdateOf("since", "topic_mask", "language_mask", "utc_offset", "helpfulness", "on_call_until"),
            func="""
            IF TG_OP <> 'INSERT' THEN
                DELETE FROM matching_poolpair WHERE entry_id = OLD.profile_id;
            END IF;
            IF TG_OP <> 'DELETE' THEN
                INSERT INTO matching_poolpair (entry_id, pair, since, topic_mask, utc_offset, helpfulness, on_call)
                WITH chosen AS MATERIALIZED (
                    SELECT bit FROM generate_series(0, 62) bit WHERE NEW.topic_mask & (1::bigint << bit) <> 0
                )
                SELECT NEW.profile_id, 3969 * language + 63 * high.bit + low.bit, NEW.since, NEW.topic_mask,
                    NEW.utc_offset, NEW.helpfulness, NEW.on_call_until IS NOT NULL
                FROM chosen high JOIN chosen low ON low.bit < high.bit
                JOIN generate_series(0, 2) language ON NEW.language_mask & (1 << language) <> 0;
            END IF;
            RETURN NULL;
            """,
            **kwargs,
        )


class OnePlaceAtATime(pgtrigger.Trigger):
    """Refuses a place in the pool to who has a seat, and a seat to who waits or is not one of the two of a live match.

    Two transactions do not see each other's rows: that they take turns is the business of locks.py.
    """

    def __init__(self, *, refused_while: str, **kwargs: Any) -> None:
        super().__init__(
            when=pgtrigger.Before,
            operation=pgtrigger.Insert,
            func=f"""
            IF EXISTS ({refused_while}) THEN
                RAISE EXCEPTION 'one place at a time: %', TG_TABLE_NAME USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
            """,
            **kwargs,
        )


HAS_A_SEAT = "SELECT FROM matching_seat WHERE profile_id = NEW.profile_id"
WAITS_OR_IS_A_STRANGER = """
    SELECT FROM matching_poolentry WHERE profile_id = NEW.profile_id
    UNION ALL
    SELECT FROM matching_match WHERE id = NEW.match_id
    AND (NEW.profile_id NOT IN (a_id, b_id) OR state NOT IN ('proposed', 'active'))
"""

# Bounds of the histogram of waiting times, in seconds. The last one takes everybody.
WAITS_UP_TO = (0.1, 1, 2, 5, 10, 15, 30, 60, 120, 300, 900, 3600, float("inf"))

# The sides of proposals `m` that are the first of a search, as (person, since): not who was asked as a listener or had
# asked to be called, and not who has gone back in front, whose waiting time began before an earlier proposal.
FIRST_PROPOSALS = """
    CROSS JOIN LATERAL (
        VALUES (m.a_id, m.since_a, m.on_call_until_a), (m.b_id, m.since_b, m.on_call_until_b)
    ) side (person, since, on_call_until)
    WHERE side.person IS DISTINCT FROM m.listener_id AND side.on_call_until IS NULL
    -- With LIMIT each is looked up in an index; NOT EXISTS would now and then read the whole table.
    AND (
        SELECT e.id FROM matching_match e WHERE e.a_id = side.person AND e.since_a = side.since AND e.id < m.id LIMIT 1
    ) IS NULL
    AND (
        SELECT e.id FROM matching_match e WHERE e.b_id = side.person AND e.since_b = side.since AND e.id < m.id LIMIT 1
    ) IS NULL
"""


class ProposalsAreTallied(pgtrigger.Trigger):
    """Counts proposals, and how long each search waited for its first one, whoever makes them and however many."""

    def __init__(self, **kwargs: Any) -> None:
        bounds = ", ".join(f"'{bound}'" for bound in WAITS_UP_TO)
        super().__init__(
            when=pgtrigger.After,
            operation=pgtrigger.Insert,
            level=pgtrigger.Statement,
            referencing=pgtrigger.Referencing(new="made"),
            func=f"""
            INSERT INTO matching_tally (what, up_to, count, seconds)
            SELECT 'proposed', NULL, count(*), 0 FROM made HAVING count(*) > 0
            UNION ALL
            SELECT 'waited', up_to, count(*), sum(seconds)
            FROM (
                SELECT greatest(extract(epoch FROM m.created_at - side.since), 0)::float AS seconds FROM made m
                {FIRST_PROPOSALS}
            ) waits
            CROSS JOIN LATERAL (
                SELECT min(bound) AS up_to FROM unnest(ARRAY[{bounds}]::float[]) bound WHERE seconds <= bound
            ) bucket
            GROUP BY up_to;
            RETURN NULL;
            """,  # noqa: S608  (constants of this file)
            **kwargs,
        )


class OutcomesAreTallied(pgtrigger.Trigger):
    """Counts how proposals end: accepted by both, declined, expired."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            when=pgtrigger.After,
            operation=pgtrigger.UpdateOf("state"),
            condition=pgtrigger.Q(old__state="proposed") & ~pgtrigger.Q(new__state="proposed"),
            func="""
            INSERT INTO matching_tally (what, count, seconds)
            VALUES (CASE NEW.state WHEN 'active' THEN 'accepted' ELSE NEW.state END, 1, 0);
            RETURN NULL;
            """,
            **kwargs,
        )
