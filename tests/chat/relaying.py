"""The relay of a web process, for tests that ask it themselves, and what they give to it."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from psycopg_pool import AsyncConnectionPool
from telegram import MessageId

from chat.counting import Counting
from chat.message_map import MessageMap
from chat.models import ChatSession
from chat.relay import Relay, Written
from delivery.connections import connection_parameters
from delivery.ledger import Ledger
from delivery.limits import SendLimit
from delivery.models import OutboxMessage
from delivery.redis import connect_redis
from profiles.models import Profile
from tests.base import person
from tests.safety.scenes import NOON, conversation

LATER = NOON + timedelta(days=30)
_numbers = itertools.count(1)


def message(profile: Profile, *, update_id: int | None = None, sent_at: datetime = LATER) -> Written:
    """Something that person writes."""
    number = next(_numbers)
    return Written(profile.recipient.telegram_id, number, update_id or 10_000 + number, sent_at, "text")


def pair(names: str) -> tuple[Profile, Profile, ChatSession]:
    """Two who talk, with nothing on its way to them."""
    one, other = (person(name) for name in names.split())
    session = conversation(one, other)
    OutboxMessage.objects.all().delete()
    return one, other, session


def counts(session: ChatSession) -> tuple[int, int]:
    """How many messages the first and the second of the two have written."""
    session.refresh_from_db()
    return session.msg_count_a, session.msg_count_b


class CountingBot:
    """A Bot that copies, and counts how often; `error` is raised instead."""

    def __init__(self, error: Exception | None = None) -> None:
        self.copies = 0
        self.error = error

    async def copy_message(self, *args: Any, **kwargs: Any) -> MessageId:
        """Count a copy."""
        self.copies += 1
        if self.error is not None:
            raise self.error
        return MessageId(900 + self.copies)


# With a handful of rows PostgreSQL would go through whole tables, and so lock everything in one and the same order.
_AS_WITH_MANY_PEOPLE = "-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off"

Scenario = Callable[[Relay], Awaitable[Any]]


def with_relay(
    bot: CountingBot, scenario: Scenario, *, limit: type[SendLimit] = SendLimit, patience: float = 5.0
) -> Any:
    """Run a scenario with the relay of a web process; a statement that counts may take `patience` seconds."""

    async def run() -> Any:
        redis = connect_redis()
        parameters = connection_parameters()
        options = f"{parameters.get('options') or ''} {_AS_WITH_MANY_PEOPLE}".strip()
        kwargs = {**parameters, "options": options, "autocommit": True}
        async with (
            AsyncConnectionPool(kwargs=kwargs, min_size=1, max_size=2, open=False) as pool,
            AsyncConnectionPool(kwargs=kwargs, min_size=1, max_size=1, open=False) as for_counting,
        ):
            relay = Relay(
                pool=pool,
                counting=Counting(for_counting, patience=patience),
                bot=bot,  # type: ignore[arg-type]  # all that it does here is to copy
                ledger=Ledger(redis),
                limit=limit(redis),
                message_map=MessageMap(redis),
            )
            try:
                outcome = await scenario(relay)
            finally:
                await relay.stop()
        await redis.aclose()
        return outcome

    return asyncio.run(run())
