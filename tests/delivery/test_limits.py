"""Telegram's budget and the edits that wait for a moment to spare in it."""

import asyncio
from unittest import mock

import pytest

from delivery.limits import SendLimit
from delivery.models import Priority
from delivery.outgoing import Album
from delivery.queue import Leased
from delivery.redis import connect_redis
from delivery.sender import Sender
from delivery.telegram import Bot
from tests.base import person
from tests.delivery.letters import letter

pytestmark = pytest.mark.django_db(transaction=True)


def test_asking_for_room_takes_none_of_it() -> None:
    """C4, M7: and what is less urgent leaves room for what is more."""

    async def ask() -> list[bool]:
        redis = connect_redis()
        limit = SendLimit(redis)
        await redis.delete(limit._key)
        for _ in range(100):
            await limit.has_room(Priority.WAITING)
        full = await limit.has_room(Priority.WAITING)
        for _ in range(15):
            await limit.take(Priority.RELAY)
        left = [await limit.has_room(priority) for priority in (Priority.RELAY, Priority.WAITING)]
        await redis.aclose()
        return [full, *left]

    assert asyncio.run(ask()) == [True, True, False]


def test_an_album_takes_as_many_tokens_as_it_has_messages() -> None:
    """C4: it leaves when a single message would, and those after it wait for what it took; at most for a second."""

    async def ask() -> list[float]:
        redis = connect_redis()
        limit = SendLimit(redis)
        await redis.delete(limit._key)
        waits = [await limit.wait_for(Priority.RELAY, messages=messages) for messages in (20, 20, 1)]
        await redis.delete(limit._key)
        await limit.take(Priority.RELAY, messages=10_000)
        waits.append(await limit.wait_for(Priority.RELAY))
        await redis.aclose()
        return waits

    first, second, third, last = asyncio.run(ask())
    assert first == second == 0
    # 30 of them a second: ten are owed, and one more has to be there.
    assert 0.25 < third < 11 / 30
    assert 0 < last <= 1 / 30


def test_the_sender_says_how_many_messages_an_album_has() -> None:
    """C4: and asks before it sends."""
    limit = mock.AsyncMock(spec=SendLimit)
    leased = mock.Mock(spec=Leased, priority=Priority.RELAY, outgoing=Album(1, (11, 12, 13)))
    assert asyncio.run(Sender(bot=mock.AsyncMock(spec=Bot), limit=limit)._has_turn(leased))
    limit.take.assert_awaited_once_with(Priority.RELAY, messages=3)


@pytest.mark.parametrize("room", [True, False])
def test_an_edit_is_taken_only_where_there_is_a_moment_to_spare(room: bool) -> None:
    """M7, C4: thousands of them, taken and put back all the time, would cost what the others need."""
    edit = letter(person("Мира"), "matching.search", state="pending", priority=Priority.WAITING)
    limit = mock.AsyncMock(spec=SendLimit)
    limit.has_room.return_value = room
    asyncio.run(Sender(bot=mock.AsyncMock(spec=Bot), limit=limit)._take_a_round())
    edit.refresh_from_db()
    assert edit.attempts == int(room)
