"""What is said once a burst, and when it is said again."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from unittest import mock

import pytest
from pytest_django import Settings

from tests.chat.changing import Scene, scene

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def two(settings: Settings) -> Iterator[Scene]:
    """Mira and Andrey, just connected."""
    with scene(settings) as opened:
        yield opened


def too_fast(*, seconds: int) -> AbstractContextManager[object]:
    """There is a token in so many seconds."""
    return mock.patch("chat.flood.FloodLimit.wait", mock.AsyncMock(return_value=seconds))


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is said less often than every second for its own sake."""
    monkeypatch.setattr("chat.talking.QUIET_SECONDS", 1)
    monkeypatch.setattr("chat.changes_bot.QUIET_SECONDS", 1)


def test_who_writes_on_and_on_is_not_told_all_the_time(two: Scene) -> None:
    """C6: one kind notice, however soon there would be a token."""
    with too_fast(seconds=1):
        two.writes(two.mira, "строка")
        time.sleep(1.1)
        two.writes(two.mira, "строка")
    assert len(two.telegram.told(two.mira)) == 1


@pytest.mark.usefixtures("_impatient")
def test_too_fast_is_said_again_once_its_seconds_have_passed(two: Scene) -> None:
    """C6: whoever has waited as long as they were told, and is too fast once more, reads why."""
    with too_fast(seconds=1):
        for _ in range(3):
            two.writes(two.mira, "строка")
        assert len(two.telegram.told(two.mira)) == 1
        time.sleep(1.1)
        for _ in range(2):
            two.writes(two.mira, "строка")
    assert len(two.telegram.told(two.mira)) == 2
    assert len(two.telegram.to(two.mira, "setMessageReaction")) == 5


@pytest.mark.usefixtures("_impatient")
def test_an_edit_that_is_too_fast_likewise(two: Scene) -> None:
    """C6, C2: its notice names seconds as well."""
    written, _ = two.has_arrived(two.mira)
    with too_fast(seconds=1):
        for _ in range(3):
            two.corrects(two.mira, written, "правка")
        assert len(two.telegram.told(two.mira)) == 1
        time.sleep(1.1)
        two.corrects(two.mira, written, "правка")
    assert len(two.telegram.told(two.mira)) == 2


def test_within_its_seconds_a_flood_is_told_once(two: Scene) -> None:
    """C6: one notice a burst."""
    with too_fast(seconds=30):
        for _ in range(5):
            two.writes(two.mira, "строка")
    assert len(two.telegram.told(two.mira)) == 1
