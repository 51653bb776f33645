"""What every test of matching starts from."""

import pytest

from matching import queries


@pytest.fixture(autouse=True)
def _no_mean_from_another_test() -> None:
    """The mean rating is kept for an hour; each test has a database of its own."""
    queries._mean_rating.cache_clear()
