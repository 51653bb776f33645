"""Folders and small programs for what the supervisor starts."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from project.supervisor import placement
from project.supervisor.keeper import Keeper
from project.supervisor.process import Program

MakeProgram = Callable[..., Program]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder for servers; what they borrow elsewhere is removed as well."""
    yield tmp_path / "state"
    placement.discard(tmp_path / "state")


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[Keeper]:
    """A keeper whose processes end with the test."""
    records = tmp_path / "run"
    records.mkdir()
    keeper = Keeper(logs=tmp_path / "logs", records=records)
    yield keeper
    keeper.stop_all()


@pytest.fixture
def program() -> MakeProgram:
    """Makes a program out of a few lines of Python."""

    def make(code: str, *, name: str = "sample", patience: float = 5.0, ready: Callable[[], bool] = bool) -> Program:
        return Program(
            name=name,
            command=(sys.executable, "-I", "-S", "-c", code),
            environment=dict(os.environ),
            ready=ready,
            patience=patience,
        )

    return make
