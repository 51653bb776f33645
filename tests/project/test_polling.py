"""Fetched updates reach our webhook as Telegram would bring them, and are confirmed when they are dealt with."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from aiohttp import web
from pytest_django.fixtures import Settings
from telegram.error import InvalidToken

from project import set_up
from tests.project.street import SECRET, Street, message, polled, tap, until

MIRA, ANDREY = 7_000_000_001, 7_000_000_002
BUSY = {"Retry-After": "0"}

On = Callable[[Street, asyncio.Task[None]], Coroutine[Any, Any, None]]


@pytest.fixture
def on_the_street(settings: Settings) -> Callable[[On], Street]:
    """Runs a scene with a poller at work; returns the street as it was left."""

    def run(scene: On) -> Street:
        async def play() -> Street:
            street = Street()
            async with polled(settings, street) as poller:
                await scene(street, poller)
            return street

        return asyncio.run(play())

    return run


def test_the_webhook_is_taken_away_and_nothing_dropped(on_the_street: Callable[[On], Street]) -> None:
    """C4: what waits at Telegram when polling begins comes too; our webhook knows the secret."""

    async def scene(street: Street, poller: object) -> None:
        street.arrives(message(1, MIRA))
        await until(lambda: street.brought == [1])

    street = on_the_street(scene)
    assert [call.get("drop_pending_updates", "false") for call in street.webhook_deleted] == ["false"]
    assert street.secrets == {SECRET}
    assert json.loads(street.asked[0]["allowed_updates"]) == set_up.ALLOWED_UPDATES


def test_what_is_dealt_with_is_confirmed_even_when_stopping(on_the_street: Callable[[On], Street]) -> None:
    """C4: the last ones as well, so that nothing comes twice after a stop in good order."""

    async def scene(street: Street, poller: object) -> None:
        street.hold[2] = asyncio.Event()
        street.arrives(message(1, MIRA), message(2, ANDREY))
        await until(lambda: street.in_flight == {2})

    assert on_the_street(scene).confirmed == [1, 2]


def test_one_at_a_time_in_each_queue_and_all_queues_side_by_side(on_the_street: Callable[[On], Street]) -> None:
    """C4: messages and edits of a chat share a queue; taps have their own."""

    async def scene(street: Street, poller: object) -> None:
        street.hold[1] = asyncio.Event()
        edit = {"update_id": 2, "edited_message": message(2, MIRA)["message"]}
        street.arrives(message(1, MIRA), edit, tap(3, MIRA), tap(4, MIRA), message(5, ANDREY))
        await until(lambda: {3, 4, 5} <= set(street.brought))
        assert street.brought.index(3) < street.brought.index(4)
        assert 2 not in street.brought
        street.hold[1].set()
        await until(lambda: 2 in street.brought)

    on_the_street(scene)


def test_a_stuck_head_holds_the_offset_and_nobody_else(on_the_street: Callable[[On], Street]) -> None:
    """C4: those behind it are dealt with once, and confirmed only after it."""

    async def scene(street: Street, poller: object) -> None:
        stuck = True
        street.refuses = lambda update: (
            web.Response(status=503, headers=BUSY) if stuck and update["update_id"] == 1 else None
        )
        street.arrives(message(1, MIRA), message(2, MIRA), message(3, ANDREY))
        await until(lambda: 3 in street.brought)
        street.arrives(message(4, ANDREY))
        await until(lambda: 4 in street.brought and street.brought.count(1) > 3)
        assert street.confirmed == []
        assert 2 not in street.brought
        stuck = False
        await until(lambda: street.confirmed == [1, 2, 3, 4])

    brought = Counter(on_the_street(scene).brought)
    assert brought[2] == brought[3] == brought[4] == 1


def test_no_more_than_telegram_shows_is_kept(on_the_street: Callable[[On], Street]) -> None:
    """C4: behind a stuck head at most 99 others go on, without a storm of questions; then all of them."""

    async def scene(street: Street, poller: object) -> None:
        street.hold[1] = asyncio.Event()
        street.arrives(message(1, MIRA), *(message(number, number) for number in range(2, 151)))
        await until(lambda: len(street.brought) == 100)
        asked = len(street.asked)
        await asyncio.sleep(1)
        assert len(street.asked) - asked < 10
        assert len(street.brought) == 100
        street.hold[1].set()
        await until(lambda: len(street.confirmed) == 150)

    assert Counter(on_the_street(scene).brought).most_common(1)[0][1] == 1


def test_killed_before_the_answer_nothing_is_confirmed(on_the_street: Callable[[On], Street]) -> None:
    """C4: kill -9 loses nothing."""

    async def scene(street: Street, poller: asyncio.Task[None]) -> None:
        street.hold[1] = asyncio.Event()
        street.arrives(message(1, MIRA))
        await until(lambda: street.in_flight == {1})
        await asyncio.sleep(0.3)
        assert street.confirmed == []

    on_the_street(scene)


def test_what_telegram_has_given_up_is_given_up(on_the_street: Callable[[On], Street]) -> None:
    """C4: a tap that nobody could take for 150 s must not be tried for ever."""

    async def scene(street: Street, poller: object) -> None:
        street.refuses = lambda update: web.Response(status=503, headers=BUSY) if update["update_id"] == 1 else None
        street.arrives(tap(1, MIRA), tap(2, MIRA))
        await until(lambda: 1 in street.brought)
        del street.waiting[0]
        await until(lambda: 2 in street.brought and street.confirmed == [2])
        tried = street.brought.count(1)
        await asyncio.sleep(0.2)
        assert street.brought.count(1) == tried

    on_the_street(scene)


def test_away_is_said_once_and_back_once(
    on_the_street: Callable[[On], Street], caplog: pytest.LogCaptureFixture
) -> None:
    """O5: Telegram may be away for hours; the log tells when it went and when it came back."""

    async def scene(street: Street, poller: object) -> None:
        street.trouble = {"error_code": 502, "description": "Bad Gateway"}
        await until(lambda: len(street.webhook_deleted) >= 2)
        street.trouble = None
        street.arrives(message(1, MIRA))
        await until(lambda: street.brought == [1])

    on_the_street(scene)
    said = [record.getMessage() for record in caplog.records]
    assert sum("polling.away" in line for line in said) == 1
    assert sum("polling.back" in line for line in said) == 1


def test_a_second_poller_is_named(on_the_street: Callable[[On], Street], caplog: pytest.LogCaptureFixture) -> None:
    """O5: Telegram's 409 is one clear line."""

    async def scene(street: Street, poller: object) -> None:
        await until(lambda: street.asked)
        street.trouble = {"error_code": 409, "description": "Conflict: terminated by other getUpdates request"}
        street.arrives(message(1, MIRA))
        await until(lambda: len(street.asked) >= 3)

    on_the_street(scene)
    (line,) = [record.getMessage() for record in caplog.records if "polling.away" in record.getMessage()]
    assert "Only one process may poll" in line


def test_a_token_that_telegram_does_not_know_ends_it(settings: Settings) -> None:
    """O5: nobody waits for a mistake in the configuration to go away."""

    async def play() -> None:
        street = Street()
        street.trouble = {"error_code": 401, "description": "Unauthorized"}
        async with polled(settings, street) as poller:
            await poller

    with pytest.raises(InvalidToken):
        asyncio.run(play())
