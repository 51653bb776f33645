"""Whom a search looks at: a bounded number of those who wait, whatever the size of the pool."""

from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

import psycopg
from django.conf import settings
from django.db import connection

from .models import PoolEntry

# Enough to find nearly the best partner in the pool; see docs/benchmarks.md for what more would bring.
OLDEST_OF_A_PAIR = 20
OLDEST_WITH_SAME_TOPICS = 30
RANKED = 10

# Who has waited so long (seconds) begins to go before better partners, and goes before all after as long again (M8).
LONG_WAIT = 30.0
LONG_WAIT_BONUS = 1.0

# The rank of a pair is its score, see scoring.py. Helpfulness has its full weight: a search takes one partner, who then
# leaves, so that nobody liked gets everybody.
_NEAREST = """
WITH apart AS MATERIALIZED (
    SELECT other_id AS id FROM matching_recentcontact WHERE user_id = %(me)s AND until > %(now)s
    UNION ALL
    SELECT user_id FROM matching_recentcontact WHERE other_id = %(me)s AND until > %(now)s
    UNION ALL SELECT %(me)s
), near AS (
    SELECT found.*
    FROM unnest(%(pairs)s::smallint[]) AS mine (pair)
    CROSS JOIN LATERAL (
        SELECT p.entry_id AS id, p.since, p.topic_mask, p.utc_offset, p.helpfulness, p.on_call FROM matching_poolpair p
        WHERE p.pair = mine.pair AND p.entry_id NOT IN (SELECT id FROM apart)
        ORDER BY p.since LIMIT %(of_a_pair)s
    ) found
    UNION ALL
    (
        SELECT e.profile_id, e.since, e.topic_mask, e.utc_offset, e.helpfulness, e.on_call_until IS NOT NULL
        FROM matching_poolentry e
        WHERE e.topic_mask = %(topics)s AND e.language_mask & %(languages)s <> 0
          AND e.profile_id NOT IN (SELECT id FROM apart)
        ORDER BY e.since LIMIT %(same_topics)s
    )
), scored AS (
    SELECT DISTINCT ON (id) id, since, on_call,
        %(topic)s * bit_count((topic_mask & %(topics)s)::bit(64))::float
            / bit_count((topic_mask | %(topics)s)::bit(64))
        + %(time)s * (1 - least(abs(utc_offset - %(offset)s), 1440 - abs(utc_offset - %(offset)s), 600)::float / 600)
        + %(help)s * (helpfulness + %(helpfulness)s) / 2 AS score,
        CASE WHEN on_call THEN 0 ELSE
            %(bonus)s * least(greatest(date_part('epoch', %(now)s - since) / %(long_wait)s - 1, 0), 1)
        END AS bonus
    FROM near
), best AS (
    SELECT * FROM scored ORDER BY score + bonus DESC, on_call, since LIMIT %(ranked)s
), ranked AS (
    SELECT *, round((score + bonus)::numeric, 6) AS rank FROM best
)
SELECT id, score, date_part('epoch', %(now)s - since) FROM (
    SELECT *, CASE WHEN count(*) OVER (PARTITION BY rank, on_call) > 1
        THEN (SELECT seen_at FROM profiles_profile WHERE recipient_id = ranked.id) END AS seen_at
    FROM ranked
) equal
-- Between equals, who waits at the phone before who asked to be called, then whoever touched the bot last (M10).
ORDER BY rank DESC, on_call, seen_at DESC, since
"""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who waits and may fit: the score with them in [0, 1], and how long they wait (seconds)."""

    profile_id: int
    score: float
    waited: float


def nearest(entry: PoolEntry, *, now: datetime) -> list[Candidate]:
    """Those of the pool who fit the person of `entry` best, best first; at most RANKED, none of them locked.

    Looks at the oldest who share a pair of topics with the person, and the oldest with the very same topics.
    """
    weights = settings.MATCH_WEIGHTS
    parameters = {
        "me": entry.profile_id,
        "now": now,
        "topics": entry.topic_mask,
        "pairs": pairs_of(entry.topic_mask, entry.language_mask),
        "languages": entry.language_mask,
        "offset": entry.utc_offset,
        "helpfulness": entry.helpfulness,
        "topic": weights["topic"],
        "time": weights["time"],
        "help": weights["helpfulness"],
        "of_a_pair": OLDEST_OF_A_PAIR,
        "same_topics": OLDEST_WITH_SAME_TOPICS,
        "long_wait": LONG_WAIT,
        "bonus": LONG_WAIT_BONUS,
        "ranked": RANKED,
    }
    # Planning takes twice as long as searching, and comes out the same every time: PostgreSQL does it once for each
    # connection, see prepare_threshold and plan_cache_mode in the settings.
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(_NEAREST, parameters, prepare=True)
        return [Candidate(*row) for row in cursor.fetchall()]


def pairs_of(topic_mask: int, language_mask: int) -> list[int]:
    """Every two topics of a mask with every language of the other, as `PoolPair.pair` has them."""
    bits = [bit for bit in range(topic_mask.bit_length()) if topic_mask >> bit & 1]
    languages = [bit for bit in range(language_mask.bit_length()) if language_mask >> bit & 1]
    return [3969 * language + 63 * high + low for language in languages for low, high in combinations(bits, 2)]
