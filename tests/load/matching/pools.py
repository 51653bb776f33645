"""Pools of several sizes among the same registered people, each in a database of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import psycopg
from django.db import connection as djangos

from tests.load import crowd
from tests.load.population import Integers, People, cooldowns
from tests.load.servers import own_database

COOLDOWNS_EACH = 20
WAITED_WITHIN = timedelta(minutes=10)

_CHURNING = "matching_poolentry, matching_poolpair, matching_match, matching_seat, delivery_outboxmessage"
# What searches leave behind goes, and the pool is as it was.
_RESTORE = """
DELETE FROM matching_seat;
DELETE FROM matching_match;
DELETE FROM delivery_outboxmessage;
DELETE FROM matching_poolentry e WHERE NOT EXISTS (SELECT FROM kept WHERE kept.profile_id = e.profile_id);
INSERT INTO matching_poolentry SELECT * FROM kept
    WHERE NOT EXISTS (SELECT FROM matching_poolentry e WHERE e.profile_id = kept.profile_id);
"""


@dataclass(frozen=True, slots=True)
class Pool:
    """People who wait, in the database that `url` names."""

    url: str
    people: People
    """Those who wait."""
    ids: Integers
    """Their profile ids."""
    apart: Integers
    """Cooldowns, as two places in `people` each."""
    newcomers: Integers
    """Ids of registered people who do not wait."""
    now: datetime

    def __len__(self) -> int:
        return len(self.ids)

    def enter(self) -> None:
        """Let Django work in this database."""
        djangos.close()
        djangos.settings_dict["NAME"] = urlsplit(self.url).path[1:]

    def connect(self) -> psycopg.Connection[Any]:
        """A connection of one's own."""
        return psycopg.connect(self.url, autocommit=True)

    def restore(self) -> None:
        """Undo what searches and sweeps have done; nobody may have accepted."""
        with self.connect() as connection:
            with connection.transaction():
                connection.execute(_RESTORE)
            connection.execute(f"VACUUM ANALYZE {_CHURNING}")


def register(url: str, people: People, *, now: datetime) -> None:
    """Everybody in the empty tables of that database."""
    with psycopg.connect(url, autocommit=True) as connection:
        crowd.register(connection, people, now=now)
        connection.execute("VACUUM ANALYZE delivery_recipient, profiles_profile")


@contextmanager
def pool(registered_url: str, registered: People, *, waiting: int, seed: int, now: datetime) -> Iterator[Pool]:
    """A copy of that database in which so many of its people wait, for as long as it is needed."""
    order = np.random.default_rng(seed).permutation(len(registered))
    places = order[:waiting]
    with own_copy(registered_url, f"{urlsplit(registered_url).path[1:]}_{waiting}_{seed}") as url:
        made = Pool(
            url=url,
            people=registered.at(places),
            ids=places + 1,
            apart=cooldowns(waiting, each=COOLDOWNS_EACH, seed=seed + 1),
            newcomers=order[waiting:] + 1,
            now=now,
        )
        _fill(made, seed)
        yield made


@contextmanager
def own_copy(url: str, name: str) -> Iterator[str]:
    """A copy of the database that `url` names, for as long as it is needed; nobody may be connected to the original."""
    with own_database(url, name, template=urlsplit(url).path[1:]) as copy:
        yield copy


def _fill(pool: Pool, seed: int) -> None:
    with pool.connect() as connection:
        crowd.wait(connection, pool.people, pool.ids, now=pool.now, within=WAITED_WITHIN, seed=seed + 2)
        crowd.rest(connection, pool.ids, pool.apart, until=pool.now + timedelta(days=1))
        connection.execute("CREATE TABLE kept AS TABLE matching_poolentry")
        connection.execute("ALTER TABLE kept ADD PRIMARY KEY (profile_id)")
        connection.execute(f"VACUUM ANALYZE {_CHURNING}, matching_recentcontact")
