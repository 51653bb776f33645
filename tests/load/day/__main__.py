"""A process: `python -m tests.load.day PEOPLE TOPICS SEED` runs the day in the database that DATABASE_URL names.

Prints what happened as JSON, see `report`; the tables must be empty. How far it is goes to stderr.
"""

import json
import os
import sys
from datetime import UTC, datetime
from typing import Any

import django
from rich.console import Console
from rich.progress import Progress

DAY = datetime(2026, 11, 23, tzinfo=UTC)


def main(count: int, topics: int, seed: int) -> None:
    """Register the people, run the day, print the report."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    django.setup()
    from tests.load import population
    from tests.load.day.behaviour import Behaviour
    from tests.load.day.clockwork import DAY as SECONDS
    from tests.load.day.clockwork import Day

    people = population.people(count, topics=topics, seed=seed)
    behaviour = Behaviour(seed)
    listening = [behaviour.is_listener() for _ in range(count)]
    ids = _register(people, listening)
    searches = behaviour.searches(people, day=DAY)
    day = Day(ids=ids, began=DAY, behaviour=behaviour)
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("The day", total=SECONDS)
        happened = day.run(searches, progress=lambda second: bar.update(task, completed=second))
    print(json.dumps(report(people, happened, listening)))


def report(people: Any, happened: Any, listening: list[bool]) -> dict[str, Any]:
    """What happened, as plain values: waits in seconds, shares in [0, 1]."""
    from tests.load.day import optimum

    offsets = people.offsets(DAY)
    share = optimum.feasible_share(people)
    pairs, best = optimum.mean_score(people, offsets, happened.searches, people.helpfulness.tolist())
    return {
        "searches": [
            {
                "began": search.began,
                "waited": None if search.proposed is None else search.proposed - search.began,
                "gave_up_after": None if search.gave_up is None else search.gave_up - search.began,
                "share": float(share[search.person]),
                "score": search.score,
            }
            for search in happened.searches
        ],
        "listeners": sum(listening),
        "proposals": happened.proposals,
        "to_listeners": happened.to_listeners,
        "outcomes": happened.outcomes,
        "optimum": {"pairs": pairs, "mean_score": best},
    }


def _register(people: Any, listening: list[bool]) -> list[int]:
    import psycopg

    from delivery.models import Recipient
    from profiles.models import Profile
    from tests.load.crowd import register

    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        register(connection, people, now=DAY)
    ids = sorted(Recipient.objects.values_list("pk", flat=True))
    ready = [profile_id for profile_id, listens in zip(ids, listening, strict=True) if listens]
    Profile.objects.filter(pk__in=ready).update(listens=True)
    return ids


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:4]))
