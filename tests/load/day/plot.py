"""The simulated day as a picture."""

from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np

from project.supervisor.programs import CHECKOUT

mpl.use("Agg")

from matplotlib import pyplot as plt

PICTURE = CHECKOUT / "build" / "matching-day.png"
_SOON = 60.0


def draw(day: dict[str, Any], to: Path = PICTURE) -> None:
    """Three pictures beside each other: searches by the hour, how soon they were proposed, and waiting by rarity."""
    figure, (by_hour, by_wait, by_rarity) = plt.subplots(1, 3, figsize=(15, 4.2), layout="constrained")
    _by_hour(by_hour, day["searches"])
    _by_wait(by_wait, day["searches"])
    _by_rarity(by_rarity, day["searches"])
    to.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(to, dpi=110)
    plt.close(figure)


def _by_hour(axes: Any, searches: list[dict[str, Any]]) -> None:
    hours = np.arange(25)
    soon = [s["began"] / 3600 for s in searches if s["waited"] is not None and s["waited"] <= _SOON]
    later = [s["began"] / 3600 for s in searches if s["waited"] is not None and s["waited"] > _SOON]
    never = [s["began"] / 3600 for s in searches if s["waited"] is None]
    labels = ["proposed within 60 s", "later", "gave up first"]
    axes.hist([soon, later, never], bins=hours, stacked=True, label=labels, color=["#3b7dd8", "#a9c8ee", "#d9d9d9"])
    axes.set(title="Searches by the hour", xlabel="hour (UTC)", ylabel="searches", xticks=hours[::3])
    axes.legend(frameon=False)


def _by_wait(axes: Any, searches: list[dict[str, Any]]) -> None:
    waits = np.sort([s["waited"] for s in searches if s["waited"] is not None])
    axes.step(np.maximum(waits, 0.3), np.arange(1, len(waits) + 1) / len(searches), where="post", color="#3b7dd8")
    for within in (5, 30, 60):
        axes.axvline(within, color="#d0d0d0", linewidth=1)
    axes.set(
        title="How soon", xscale="log", xlabel="seconds until a proposal", ylabel="share of all searches", ylim=(0, 1)
    )


def _by_rarity(axes: Any, searches: list[dict[str, Any]]) -> None:
    proposed = [s for s in searches if s["waited"] is not None]
    bounds = np.quantile([s["share"] for s in proposed], np.linspace(0, 1, 11))
    groups = np.clip(np.searchsorted(bounds, [s["share"] for s in proposed], side="right") - 1, 0, 9)
    waits = [
        [max(s["waited"], 0.3) for s, of in zip(proposed, groups, strict=True) if of == group] for group in range(10)
    ]
    axes.boxplot(waits, showfliers=False, medianprops={"color": "#3b7dd8"})
    labels = [f"{100 * share:.0f} %" for share in (bounds[:-1] + bounds[1:]) / 2]
    axes.set_xticks(range(1, 11), labels)
    axes.set(
        title="Waiting by rarity", yscale="log", xlabel="others who would be allowed", ylabel="seconds until a proposal"
    )
