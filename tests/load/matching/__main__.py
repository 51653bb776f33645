"""A process: `python -m tests.load.matching` measures matching in the database that DATABASE_URL names.

Its tables must be empty. How much is measured says `sizes`. Prints everything that was measured as JSON, see
`Measured`; how far it is goes to stderr.
"""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import Any

import django
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from .sizes import Sizes, from_environment

# Numbers of topics: what the product begins with, and many.
FEW, MANY = 12, 40
_SEED = 20
_USUAL_MESSAGES_PER_SECOND = 30
_SWEEPS_OF_ALL = 2

Advance = Callable[[str], None]


def main() -> None:
    """Measure, and print it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    django.setup()
    sizes = from_environment()
    with _progress(steps=_steps(sizes)) as advance:
        measured = measure(os.environ["DATABASE_URL"], sizes, advance)
    print(json.dumps(measured))


def measure(url: str, sizes: Sizes, advance: Advance) -> dict[str, Any]:
    """Everything that was measured, in lists with an entry a round or a pool; `advance` hears what comes next."""
    from tests.load import population

    from . import pools

    now = datetime.now(UTC)
    judged = _judged(sizes, now, advance)
    advance(f"{sizes.registered:,} people register")
    registered = population.people(sizes.registered, topics=FEW, seed=_SEED)
    with ExitStack() as stack:
        few = stack.enter_context(pools.own_copy(url, f"{_name(url)}_few"))
        pools.register(few, registered, now=now)
        waiting = []
        for count in sizes.waiting:
            advance(f"{count:,} of them search")
            waiting.append(stack.enter_context(pools.pool(few, registered, waiting=count, seed=_SEED, now=now)))
        advance("Topics for the original's SQL")
        measured: dict[str, Any] = {"sizes": list(sizes.waiting), "registered": sizes.registered, "judged": judged}
        measured |= _rounds(waiting, registered, sizes, advance)
        measured |= _crowd(waiting, sizes, advance)
        advance("Memory")
        measured["footprint"] = _footprint(waiting[-1])
    advance(f"{sizes.waiting[-1]:,} people with {MANY} topics")
    measured["quality"][str(MANY)] = _quality_with_many(url, sizes, now)
    return measured


def _rounds(waiting: list[Any], registered: Any, sizes: Sizes, advance: Advance) -> dict[str, Any]:
    """Everything that is compared, in turns, so that a slow minute of the machine touches all alike."""
    from matching import queries

    from . import original, searches, sweeps

    largest = waiting[-1]
    with largest.connect() as connection:
        original.fill(connection, registered)
        found: dict[str, Any] = {name: {str(len(pool)): [] for pool in waiting} for name in ("searches", "claims")}
        found |= {name: {str(len(pool)): [] for pool in waiting[1:3]} for name in ("sweeps", "sweeps_of_all")}
        found["original"] = []
        queries.mean_rating(now=largest.now)
        for number in range(sizes.rounds):
            for pool in waiting:
                advance(f"Round {number + 1}: searches, {len(pool):,} waiting")
                pool.enter()
                found["searches"][str(len(pool))].append(searches.milliseconds(pool, sizes.searches, seed=number))
                found["claims"][str(len(pool))].append(searches.claims(pool, sizes.claims, seed=number))
            advance(f"Round {number + 1}: the original's searches")
            found["original"].append(
                original.milliseconds(connection, largest.ids[number :: sizes.rounds][: sizes.originals], largest.now)
            )
            for pool in waiting[1:3]:
                advance(f"Round {number + 1}: sweeps, {len(pool):,} waiting")
                pool.enter()
                swept = sweeps.sweep(pool, messages_per_second=_USUAL_MESSAGES_PER_SECOND)
                found["sweeps"][str(len(pool))].append(sweeps.plain(swept))
                # Thousands of proposals take long: no more often than needed to see how far apart they are.
                if number < _SWEEPS_OF_ALL:
                    swept = sweeps.sweep(pool, messages_per_second=sweeps.UNLIMITED)
                    found["sweeps_of_all"][str(len(pool))].append(sweeps.plain(swept))
    advance("What searches find")
    largest.enter()
    found["quality"] = {str(FEW): searches.quality(largest, sizes.judged, seed=_SEED)}
    return found


def _crowd(waiting: list[Any], sizes: Sizes, advance: Advance) -> dict[str, Any]:
    from . import crush

    advance(f"{sizes.workers} workers search, {len(waiting[-1]):,} waiting")
    largest, small = waiting[-1], waiting[1]
    ids = largest.newcomers[: sizes.registered // 10].tolist()
    finders = crush.crush(largest, crush.FINDERS, ids, workers=sizes.workers, seconds=sizes.seconds, seed=_SEED)
    largest.restore()
    advance(f"{sizes.workers} workers do whatever people do")
    few = [*small.ids.tolist(), *small.newcomers.tolist()][: sizes.crowded]
    mixed = crush.crush(small, crush.MIXED, few, workers=sizes.workers, seconds=sizes.seconds, seed=_SEED)
    return {"finders": crush.plain(finders), "mixed": crush.plain(mixed)}


def _quality_with_many(url: str, sizes: Sizes, now: datetime) -> list[float]:
    from tests.load import population

    from . import pools, searches

    registered = population.people(2 * sizes.waiting[-1], topics=MANY, seed=_SEED)
    with pools.own_copy(url, f"{_name(url)}_many") as many:
        pools.register(many, registered, now=now)
        with pools.pool(many, registered, waiting=sizes.waiting[-1], seed=_SEED, now=now) as pool:
            pool.enter()
            return searches.quality(pool, sizes.judged, seed=_SEED)


def _judged(sizes: Sizes, now: datetime, advance: Advance) -> dict[str, Any]:
    from . import sweeps

    found: dict[str, Any] = {}
    for topics in (FEW, MANY):
        for waiting, times in sizes.optimal.items():
            advance(f"The best pairs of {waiting:,} people, {topics} topics")
            judged = [
                sweeps.judge(waiting=waiting, topics=topics, seed=_SEED + number, now=now) for number in range(times)
            ]
            found.setdefault(str(topics), {})[str(waiting)] = [sweeps.plain(one) for one in judged]
    return found


def _footprint(pool: Any) -> dict[str, Any]:
    import subprocess
    import sys

    environment = {
        **os.environ,
        "DATABASE_URL": pool.url,
        "TELEGRAM_MESSAGES_PER_SECOND": str(_USUAL_MESSAGES_PER_SECOND),
    }
    command = [sys.executable, "-m", "tests.load.matching.footprint", pool.now.isoformat()]
    printed = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout
    found: dict[str, Any] = json.loads(printed)
    return found


def _steps(sizes: Sizes) -> int:
    """How often `measure` advances."""
    return 2 * len(sizes.optimal) + 1 + len(sizes.waiting) + 1 + sizes.rounds * (len(sizes.waiting) + 3) + 1 + 2 + 1 + 1


@contextmanager
def _progress(steps: int) -> Iterator[Advance]:
    columns = (TextColumn("  {task.description:<44}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=steps)
        yield lambda description: bar.update(task, advance=1, description=description)


def _name(url: str) -> str:
    from urllib.parse import urlsplit

    return urlsplit(url).path[1:]


if __name__ == "__main__":
    main()
