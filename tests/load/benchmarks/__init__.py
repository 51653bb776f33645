"""The benchmarks: a module each, with `measure(around)`; its name is what `make bench ONLY=…` takes."""

import pkgutil
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module

from tests.load.figures import Figure
from tests.load.machine import Neighbours
from tests.load.surroundings import Surroundings

Measure = Callable[[Surroundings], list[Figure]]


def names() -> list[str]:
    """The names of all benchmarks."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def measure(name: str, around: Surroundings) -> list[Figure]:
    """Run one benchmark, and note what else the machine was doing."""
    run: Measure = import_module(f"{__name__}.{name}").measure
    neighbours = Neighbours()
    found = run(around)
    share = neighbours.share()
    return [replace(figure, neighbours=share) for figure in found]
