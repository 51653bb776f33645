"""A simulated day: how soon people are introduced to somebody, and how well they fit; see tests/load/day/."""

import json
import os
from typing import Any

import numpy as np

from tests.load.day.plot import draw
from tests.load.figures import Figure, Goal
from tests.load.surroundings import Surroundings

_PEOPLE = int(os.environ.get("BENCH_DAY_PEOPLE", "2000"))
_TOPICS = 12
_SEED = 7


def measure(around: Surroundings) -> list[Figure]:
    """Run the day in a database of its own, and draw it."""
    with around.empty_database(TELEGRAM_MESSAGES_PER_SECOND="30") as environment:
        arguments = [str(number) for number in (_PEOPLE, _TOPICS, _SEED)]
        day = json.loads(around.execute("-m", "tests.load.day", *arguments, environment=environment, shows=True))
    draw(day)
    return figures(day)


def figures(day: dict[str, Any]) -> list[Figure]:
    """The day's figures: shares of all searches, whether somebody could have been found for them or not."""
    searches = day["searches"]
    waits = [search["waited"] for search in searches]
    how = (
        f"of {len(searches)} searches of {_PEOPLE} people in a day, {day['listeners']} of them ready to listen;"
        f" {day['proposals']} proposals, {day['to_listeners']} of them to listeners"
    )
    found = [
        Figure(f"day.proposed_within_{within}", _share(waits, within), "", f"share {how}", goal)
        for within, goal in ((5, None), (30, None), (60, Goal("≥", 0.7)))
    ]
    return [*found, *_by_rarity(searches), _accept_rate(day), _against_the_optimum(day)]


def _share(waits: list[float | None], within: float) -> float:
    return round(sum(wait is not None and wait <= within for wait in waits) / len(waits), 4)


def _by_rarity(searches: list[dict[str, Any]]) -> list[Figure]:
    bounds = np.quantile([search["share"] for search in searches], [0.1, 0.5])
    groups = (("rarest_tenth", -1.0, bounds[0]), ("common_half", bounds[1], 1.0))
    found = []
    for name, above, up_to in groups:
        waits = [search["waited"] for search in searches if above < search["share"] <= up_to]
        proposed = [wait for wait in waits if wait is not None]
        how = f"median wait of the {len(proposed) / len(waits):.0%} that were proposed, by the share of others allowed"
        found.append(Figure(f"day.wait_{name}", round(float(np.median(proposed)), 1), "s", how))
    return found


def _accept_rate(day: dict[str, Any]) -> Figure:
    outcomes = day["outcomes"]
    both = outcomes["active"] + outcomes["completed"]
    closed = both + outcomes["declined"] + outcomes["expired"]
    return Figure(
        "day.accept_rate", round(both / closed, 3), "", f"both accepted, of {closed} proposals closed", Goal("≥", 0.3)
    )


def _against_the_optimum(day: dict[str, Any]) -> Figure:
    scores = [search["score"] for search in day["searches"] if search["score"] is not None]
    best = day["optimum"]
    how = (
        f"mean score of first proposals, {np.mean(scores):.3f}, ÷ {best['mean_score']:.3f} of the exact optimum that"
        f" knows the whole day ({best['pairs']} pairs of searches that overlap in time)"
    )
    return Figure("day.score_of_optimum", round(float(np.mean(scores)) / best["mean_score"], 3), "", how)
