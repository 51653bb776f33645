"""What a search, a claim and a sweep cost in a pool of which size, as a picture."""

from pathlib import Path
from statistics import median
from typing import Any

import matplotlib as mpl

from project.supervisor.programs import CHECKOUT

mpl.use("Agg")

from matplotlib import pyplot as plt

PICTURE = CHECKOUT / "build" / "matching-cost.png"


def draw(measured: dict[str, Any], to: Path = PICTURE) -> None:
    """Medians of all repetitions against the number of people who wait, both on a logarithmic scale."""
    figure, axes = plt.subplots(figsize=(7.5, 4.6), layout="constrained")
    for name, label, colour in (
        ("claims", "whole search, with commit", "#3b7dd8"),
        ("searches", "finding the candidates", "#7fb069"),
    ):
        _line(axes, {int(size): _flat(rounds) for size, rounds in measured[name].items()}, label, colour)
    sweeps = {int(size): [swept["milliseconds"] for swept in found] for size, found in measured["sweeps"].items()}
    sweeps[measured["sizes"][-1]] = [measured["footprint"]["seconds"] * 1000]
    _line(axes, sweeps, "sweep of the whole pool", "#e0912f")
    original = median(_flat(measured["original"]))
    axes.axhline(original, color="#b23a48", linestyle="--", linewidth=1.5)
    axes.annotate(
        f"the original's SQL, {measured['registered']:,} registered", (measured["sizes"][0], original), (0, 5),
        textcoords="offset points", color="#b23a48",
    )  # fmt: skip
    axes.set(
        xscale="log", yscale="log", xlabel="people waiting", ylabel="milliseconds (median)", title="What matching costs"
    )
    axes.grid(visible=True, which="major", color="#e5e5e5")
    axes.legend(frameon=False, loc="center left")
    to.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(to, dpi=110)
    plt.close(figure)


def _line(axes: Any, spent: dict[int, list[float]], label: str, colour: str) -> None:
    axes.plot(list(spent), [median(each) for each in spent.values()], marker="o", label=label, color=colour)


def _flat(rounds: list[list[float]]) -> list[float]:
    return [spent for of_round in rounds for spent in of_round]
