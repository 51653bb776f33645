"""Many workers at once on one pool, and whether anybody ends up in two places.

As a process, one worker: `python -m tests.load.matching.crush WHAT SEED SECONDS NOW` in the database that
DATABASE_URL names, with the people whose ids come as JSON; prints what it did.
"""

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import count
from typing import Any

import psycopg

from .pools import Pool

FINDERS, MIXED = "finders", "mixed"
_AT_LEAST = 20  # times that each worker does something, however slow the machine

# In one statement, so that all of it is of one moment: live proposals and conversations beyond a person's first, and
# people who wait although they have one.
_TROUBLE = """
WITH live AS (SELECT a_id, b_id FROM matching_match WHERE state IN ('proposed', 'active')),
people AS (SELECT a_id AS id FROM live UNION ALL SELECT b_id FROM live),
each AS (SELECT id, count(*) AS seats FROM people GROUP BY id)
SELECT
    (SELECT coalesce(max(seats) - 1, 0) FROM each),
    (SELECT count(*) FROM matching_poolentry e WHERE e.profile_id IN (SELECT id FROM each))
"""


@dataclass(frozen=True, slots=True)
class Crushed:
    """What came of it: in all, and at the worst moment that was seen."""

    workers: int
    finds: int
    proposals: int
    other: int
    seconds: float
    looks: int
    double_seats: int
    pool_and_seat: int


def crush(pool: Pool, what: str, ids: list[int], *, workers: int, seconds: float, seed: int) -> Crushed:
    """Let that many workers do `what` with these people, and look at everybody again and again."""
    shares = [ids[number::workers] if what == FINDERS else ids for number in range(workers)]
    at_work = [_start(pool, what, seconds, seed + number) for number in range(workers)]
    _let_go(at_work, shares)
    with pool.connect() as connection:
        looks = list(_looks(connection, at_work))
    told = [_told(worker) for worker in at_work]
    return Crushed(
        workers=workers,
        finds=sum(one["finds"] for one in told),
        proposals=sum(one["proposals"] for one in told),
        other=sum(one["other"] for one in told),
        seconds=max(one["seconds"] for one in told),
        looks=len(looks),
        double_seats=max(seats for seats, _ in looks),
        pool_and_seat=max(both for _, both in looks),
    )


def _start(pool: Pool, what: str, seconds: float, seed: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.load.matching.crush", what, str(seed), str(seconds), pool.now.isoformat()]
    environment = {**os.environ, "DATABASE_URL": pool.url}
    return subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _let_go(workers: list[subprocess.Popen[str]], shares: list[list[int]]) -> None:
    """Once all are ready, so that they work at the same time: a worker begins when it has been told with whom."""
    for worker in workers:
        assert worker.stdout is not None
        worker.stdout.readline()
    for worker, ids in zip(workers, shares, strict=True):
        assert worker.stdin is not None
        worker.stdin.write(json.dumps(ids))
        worker.stdin.close()


def _looks(connection: psycopg.Connection[Any], workers: list[subprocess.Popen[str]]) -> Iterator[tuple[int, int]]:
    """A look several times a second, and one after the end."""
    at_work = True
    while at_work:
        at_work = any(worker.poll() is None for worker in workers)
        yield trouble(connection)
        time.sleep(0.1)


def trouble(connection: psycopg.Connection[Any]) -> tuple[int, int]:
    """One person's live proposals and conversations beyond the first, at most; how many wait although they have one."""
    seats, both = connection.execute(_TROUBLE).fetchone() or (0, 0)
    return seats, both


def _told(worker: subprocess.Popen[str]) -> dict[str, Any]:
    assert worker.stdout is not None
    printed = worker.stdout.read()
    if worker.wait():
        raise RuntimeError("a worker failed, see above")
    told: dict[str, Any] = json.loads(printed)
    return told


def plain(found: Crushed) -> dict[str, Any]:
    """As JSON takes it."""
    return asdict(found)


class Worker:
    """Does with people whatever they might do themselves."""

    def __init__(self, ids: list[int], *, now: datetime, seed: int) -> None:
        self._ids = ids
        self._now = now
        self._chance = random.Random(seed)
        self.done: Counter[str] = Counter()

    def search(self, until: float) -> None:
        """Everybody searches once, as long as there is time."""
        for profile_id in self._ids:
            if time.perf_counter() > until:
                return
            self._find(profile_id)

    def muddle(self, until: float) -> None:
        """Search, cancel, accept, skip, part and sweep, in any order, as long as there is time."""
        from matching import sweeping
        from matching.models import Seat
        from project.errors import DomainError

        for number in count():
            if number >= _AT_LEAST and time.perf_counter() > until:
                return
            profile_id = self._chance.choice(self._ids)
            seat = Seat.objects.filter(pk=profile_id).select_related("match").first()
            with suppress(DomainError):
                if self._chance.random() < 0.02:
                    sweeping.sweep(now=self._now)
                elif seat is None:
                    self._find_or_cancel(profile_id)
                else:
                    self._answer_or_end(profile_id, seat.match_id)

    def _find(self, profile_id: int) -> None:
        from matching import services

        self.done["finds"] += 1
        self.done["proposals"] += services.find(profile_id=profile_id, now=self._now).proposed

    def _find_or_cancel(self, profile_id: int) -> None:
        from matching import services

        if self._chance.random() < 0.8:
            self._find(profile_id)
        else:
            self._do(services.cancel, profile_id=profile_id)

    def _answer_or_end(self, profile_id: int, match_id: int) -> None:
        from chat import services as chat
        from chat.models import ChatSession
        from matching import services

        session = ChatSession.objects.filter(match_id=match_id).first()
        if session is not None:
            self._do(chat.end, session_id=session.pk, profile_id=profile_id)
        elif self._chance.random() < 0.6:
            self._do(chat.accept, match_id=match_id, profile_id=profile_id)
        else:
            self._do(services.skip, match_id=match_id, profile_id=profile_id)

    def _do(self, service: Callable[..., Any], **given: Any) -> None:
        self.done["other"] += 1
        service(**given, now=self._now)


def main(what: str, seed: int, seconds: float, now: datetime) -> None:
    """One worker, from the beginning to the end."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    django.setup()
    from matching import queries

    queries.mean_rating(now=now)
    print("ready", flush=True)
    worker = Worker(json.load(sys.stdin), now=now, seed=seed)
    began = time.perf_counter()
    (worker.search if what == FINDERS else worker.muddle)(began + seconds)
    done = {name: worker.done[name] for name in ("finds", "proposals", "other")}
    print(json.dumps({**done, "seconds": time.perf_counter() - began}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), datetime.fromisoformat(sys.argv[4]))
