"""How the system that this one replaces searched: over everybody who is registered, by one SQL."""

import time
from typing import Any

import numpy as np
import psycopg

from tests.load.population import Integers, People

_TABLE = "CREATE TABLE person_topic (person bigint NOT NULL, topic smallint NOT NULL)"
# The primary key finds a person's topics, the other index a topic's people; both are covering.
_INDEXES = """
ALTER TABLE person_topic ADD PRIMARY KEY (person, topic);
CREATE INDEX ON person_topic (topic, person);
"""
_SEARCH = """
SELECT other.person, count(*) AS shared
FROM person_topic mine JOIN person_topic other ON other.topic = mine.topic AND other.person <> mine.person
WHERE mine.person = %(me)s AND NOT EXISTS (
    SELECT FROM matching_recentcontact r
    WHERE r.user_id = mine.person AND r.other_id = other.person AND r.until > %(now)s
)
GROUP BY other.person HAVING count(*) >= 2
ORDER BY shared DESC LIMIT 10
"""


def fill(connection: psycopg.Connection[Any], registered: People) -> None:
    """A row for every topic of everybody."""
    bits = np.arange(63, dtype=np.int64)
    connection.execute(_TABLE)
    with connection.cursor() as cursor, cursor.copy("COPY person_topic FROM STDIN") as copy:
        for first in range(0, len(registered), 100_000):
            masks = registered.topics[first : first + 100_000]
            people, topics = np.nonzero(masks[:, None] >> bits & 1)
            for row in zip((people + first + 1).tolist(), topics.tolist(), strict=True):
                copy.write_row(row)
    connection.execute(_INDEXES)
    connection.execute("VACUUM ANALYZE person_topic")


def milliseconds(connection: psycopg.Connection[Any], ids: Integers, now: Any) -> list[float]:
    """How long the search of each of these people takes."""
    return [_timed(connection, {"me": profile_id, "now": now}) for profile_id in ids.tolist()]


def _timed(connection: psycopg.Connection[Any], given: dict[str, Any]) -> float:
    began = time.perf_counter()
    connection.execute(_SEARCH, given).fetchall()
    return (time.perf_counter() - began) * 1000
