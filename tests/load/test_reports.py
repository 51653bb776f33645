"""What a process of a benchmark prints arrives whole."""

import os
from pathlib import Path

import pytest

from project.supervisor import CannotStart
from project.supervisor.console import silent
from project.supervisor.keeper import Keeper
from tests.load.surroundings import Surroundings

# More than a pipe holds, by a process that does not wait until somebody reads it.
_LONG_REPORT = "import os; os.set_blocking(1, False); os.write(1, b'x' * 300_000)"


@pytest.fixture
def around(tmp_path: Path) -> Surroundings:
    """Surroundings in which nothing runs."""
    keeper = Keeper(logs=tmp_path / "logs", records=tmp_path)
    return Surroundings(environment=os.environ, keeper=keeper, run=tmp_path, step=silent)


def test_a_long_report_is_not_cut(around: Surroundings) -> None:
    """The report of a busy minute was once cut at 65,536 characters."""
    assert len(around.execute("-c", _LONG_REPORT)) == 300_000


def test_a_process_that_fails_says_why(around: Surroundings) -> None:
    """Not with half a report."""
    with pytest.raises(CannotStart) as failed:
        around.execute("-c", "print('half'); raise SystemExit('no room left')")
    assert "no room left" in failed.value.details
