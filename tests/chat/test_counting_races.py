"""Counting together while others hold rows, connections break and people give up: nobody's trouble is another's."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction

from chat.models import ChatSession
from chat.relay import Relay
from chat.routing import Route
from delivery.connections import connection_parameters
from matching.locks import lock_people
from profiles.models import Profile
from tests.matching.racing import race

from .relaying import CountingBot, counts, message, pair, with_relay

pytestmark = pytest.mark.django_db(transaction=True)

SOON = 2.0  # seconds in which whoever waits for nobody has an answer
ROUNDS = 40

Scenario = Callable[[Relay], Awaitable[Any]]


@contextmanager
def held(statement: str, *parameters: Any) -> Iterator[psycopg.Connection[Any]]:
    """Somebody else's transaction, which has run this and goes on for as long as it takes."""
    with psycopg.connect(**connection_parameters()) as other:
        other.execute(statement, parameters)
        yield other


def everything_stands_still() -> Any:
    """No conversation can be looked at."""
    return held("LOCK TABLE chat_chatsession IN ACCESS EXCLUSIVE MODE")


async def waits(task: asyncio.Task[Any]) -> bool:
    """Whether it still has no answer after a moment."""
    done, _ = await asyncio.wait([task], timeout=0.3)
    return not done


async def at_the_database() -> None:
    """Come back when a statement waits for a lock there."""
    waiting = """
        SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
        WHERE NOT granted AND datname = current_database()
    """
    async with await psycopg.AsyncConnection.connect(**connection_parameters(), autocommit=True) as looking:
        for _ in range(200):
            found = await (await looking.execute(waiting)).fetchone()
            if found is not None and found[0]:
                return
            await asyncio.sleep(0.01)
    raise AssertionError("no statement waits")


@pytest.mark.parametrize(
    "rows",
    [
        # Somebody asks for a picture, is erased, edits their profile.
        "SELECT FROM chat_chatsession WHERE a_id = %s FOR UPDATE",
        "SELECT FROM profiles_profile WHERE recipient_id = %s FOR UPDATE",
    ],
)
def test_who_is_held_by_somebody_holds_up_nobody(rows: str) -> None:
    """C4: one conversation is locked; the others' messages go out, that one's when it is free again."""
    mira, oleh, session = pair("Мира Олег")
    lena, artem, others = pair("Лена Артём")

    async def scenario(relay: Relay) -> list[Route | None]:
        with held(rows, mira.pk) as other:
            hers = asyncio.create_task(relay.route(message(mira)))
            quick = [relay.route(message(lena)), relay.route(message(artem))]
            routes = await asyncio.wait_for(asyncio.gather(*quick), SOON)
            routes.append(await asyncio.wait_for(relay.route(message(lena)), SOON))
            assert await waits(hers)
            other.rollback()
            return [*routes, await asyncio.wait_for(hers, SOON)]

    routes = with_relay(CountingBot(), scenario)
    assert [route and route.peer_id for route in routes] == [artem.pk, lena.pk, artem.pk, oleh.pk]
    assert (counts(session), counts(others)) == ((1, 0), (2, 1))


def test_it_ends_while_its_message_waits() -> None:
    """C5: whoever held the conversation has ended it: not a word."""
    mira, _, session = pair("Мира Олег")
    end = "UPDATE chat_chatsession SET ended_at = now(), ending = 'ended' WHERE id = %s"

    async def scenario(relay: Relay) -> Route | None:
        with held(end, session.pk) as other:
            hers = asyncio.create_task(relay.route(message(mira)))
            assert await waits(hers)
            other.commit()
            return await asyncio.wait_for(hers, SOON)

    assert with_relay(CountingBot(), scenario) is None
    assert counts(session) == (0, 0)


def test_what_goes_wrong_reaches_everybody() -> None:
    """C4: the connection breaks: all of them hear of it, so that Telegram brings their messages again."""
    pairs = [pair(f"Мира{number} Олег{number}") for number in range(3)]
    kill = """
        SELECT pg_terminate_backend(pid) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
        WHERE NOT granted AND datname = current_database()
    """

    async def scenario(relay: Relay) -> list[Any]:
        with everything_stands_still() as other:
            asked = [asyncio.create_task(relay.route(message(one))) for one, *_ in pairs]
            await at_the_database()
            other.execute(kill)
            errors = await asyncio.wait_for(asyncio.gather(*asked, return_exceptions=True), SOON)
        assert await asyncio.wait_for(relay.route(message(pairs[0][0])), SOON) is not None
        return errors

    errors = with_relay(CountingBot(), scenario)
    assert [isinstance(error, psycopg.OperationalError) for error in errors] == [True] * 3
    assert counts(pairs[0][2]) == (1, 0)


def test_nobody_waits_for_ever() -> None:
    """C4: a database that does not answer; afterwards it goes on."""
    mira, oleh, session = pair("Мира Олег")

    async def scenario(relay: Relay) -> list[Any]:
        with everything_stands_still():
            both = (relay.route(message(mira)), relay.route(message(oleh)))
            errors = list(await asyncio.wait_for(asyncio.gather(*both, return_exceptions=True), SOON))
        assert await asyncio.wait_for(relay.route(message(mira)), SOON) is not None
        return errors

    errors = with_relay(CountingBot(), scenario, patience=0.3)
    assert [type(error) for error in errors] == [TimeoutError] * 2
    assert counts(session) == (1, 0)


def test_who_gives_up_takes_nobody_along() -> None:
    """C3, C4: given up on while the statement runs, or before it: the others are routed, and the latter not counted."""
    (mira, *_), (lena, _, second), (kira, _, third) = pair("Мира Олег"), pair("Лена Артём"), pair("Кира Иван")

    async def scenario(relay: Relay) -> list[Route | None]:
        with everything_stands_still():
            gives_up, stays = (asyncio.create_task(relay.route(message(each))) for each in (mira, lena))
            await at_the_database()
            too_late, next_one = (asyncio.create_task(relay.route(message(each))) for each in (kira, lena))
            await asyncio.sleep(0)
            gives_up.cancel()
            too_late.cancel()
            await asyncio.wait([gives_up, too_late], timeout=SOON)
            assert gives_up.cancelled()
            assert too_late.cancelled()
        return list(await asyncio.wait_for(asyncio.gather(stays, next_one), SOON))

    assert None not in with_relay(CountingBot(), scenario)
    assert (counts(second), counts(third)) == ((2, 0), (0, 0))


@pytest.mark.parametrize("waits_at", ["the database", "the door"])
def test_stopping_leaves_nobody_waiting(waits_at: str) -> None:
    """C4: a process that ends lets go of everybody at once, whether their statement runs or is yet to begin."""
    mira, oleh, _ = pair("Мира Олег")

    async def scenario(relay: Relay) -> None:
        with everything_stands_still():
            asked = [asyncio.create_task(relay.route(message(mira)))]
            if waits_at == "the database":
                await at_the_database()
            asked.append(asyncio.create_task(relay.route(message(oleh))))
            await asyncio.sleep(0)
            await asyncio.wait_for(relay.stop(), SOON)
            done, _ = await asyncio.wait(asked, timeout=SOON)
            assert [task.cancelled() for task in done] == [True, True]

    with_relay(CountingBot(), scenario)


def test_two_processes_and_services_at_the_same_people() -> None:
    """C3: nobody waits for the other for ever, and every message is counted once."""
    pairs = [pair(f"Мира{number} Олег{number}") for number in range(5)]
    people = [each for one, other, _ in pairs for each in (one, other)]

    async def write(writers: list[Profile], chance: random.Random, relay: Relay) -> None:
        for _ in range(ROUNDS):
            chance.shuffle(writers)
            routes = await asyncio.wait_for(asyncio.gather(*(relay.route(message(who)) for who in writers)), 10)
            assert None not in routes

    def process(seed: int) -> None:
        with_relay(CountingBot(), partial(write, list(people), random.Random(seed)))

    def services(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(ROUNDS):
            one, other, session = chance.choice(pairs)
            with transaction.atomic():
                lock_people([one.pk, other.pk])
                ChatSession.objects.select_for_update().get(pk=session.pk)
                connection.cursor().execute("SELECT pg_sleep(0.002)")

    results = race([partial(process, 1), partial(process, 2), partial(services, 3), partial(services, 4)])
    assert [result for result in results if result is not None] == []
    assert {counts(session) for *_, session in pairs} == {(2 * ROUNDS, 2 * ROUNDS)}
