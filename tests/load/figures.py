"""Measured figures: what a benchmark returns, as a table for people and as build/bench.json for everything else."""

import json
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

_QUIET = 0.05  # share of the machine that other programs may use without being mentioned in the table
_HOLDS: dict[str, Callable[[float, float], bool]] = {"≤": operator.le, "≥": operator.ge, "=": operator.eq}


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound: `Goal("≤", 10)`."""

    relation: str
    bound: float

    def __str__(self) -> str:
        return f"{self.relation} {self.bound:g}"

    def holds(self, value: float) -> bool:
        """Whether `value` keeps the bound."""
        return _HOLDS[self.relation](value, self.bound)


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value.

    `how` says what was measured, `spread` how far its repetitions were apart, `neighbours` which share of the machine
    other programs used meanwhile.
    """

    name: str
    value: float
    unit: str
    how: str
    goal: Goal | None = None
    spread: str = ""
    neighbours: float = 0.0

    @property
    def holds(self) -> bool | None:
        """Whether the goal is kept; None where there is none."""
        return None if self.goal is None else self.goal.holds(self.value)

    def entry(self) -> dict[str, Any]:
        """What build/bench.json says about it."""
        goal = None if self.goal is None else str(self.goal)
        how = "; ".join(part for part in (self.how, self.spread, _beside(self.neighbours)) if part)
        return {"value": self.value, "unit": self.unit, "goal": goal, "holds": self.holds, "how": how}


def typical(name: str, values: Sequence[float], unit: str, how: str, goal: Goal | None = None) -> Figure:
    """The median of several repetitions as a figure that names their number and range."""
    spread = f"median of {len(values)}, {min(values):.4g} to {max(values):.4g}"
    return Figure(name, round(median(values), 3), unit, how, goal, spread)


def write(figures: Sequence[Figure], path: Path) -> None:
    """Write the figures of this run, and no others: figures of different code do not belong side by side."""
    path.parent.mkdir(parents=True, exist_ok=True)
    entries = {figure.name: figure.entry() for figure in figures}
    path.write_text(json.dumps(entries, indent=2, ensure_ascii=False) + "\n")


def table(figures: Sequence[Figure]) -> str:
    """The figures in lines: whether the goal holds, name, value, unit, goal, range over the repetitions."""
    lines = [_line(figure) for figure in figures]
    share = max((figure.neighbours for figure in figures), default=0.0)
    if share > _QUIET:
        lines.append(f"  ! {_beside(share)}: measure again when it is quiet")
    return "\n".join(lines)


def _line(figure: Figure) -> str:
    sign = {True: "✓", False: "✗", None: " "}[figure.holds]
    goal = "" if figure.goal is None else f"goal {figure.goal}"
    line = f"  {sign} {figure.name:<32}{figure.value:>10.4g} {figure.unit:<10}{goal:<12}{figure.spread}"
    return line.rstrip()


def _beside(share: float) -> str:
    return f"other programs used {share:.0%} of the machine"
