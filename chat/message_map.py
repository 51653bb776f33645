"""Which message on one side is which on the other: ids only, in Redis, for replies, edits, reactions, deletions (C2).

One hash per conversation; a field is whose chat a message is in (the profile's id) and its id there, the value its
twin's id in the other chat. From the end of the conversation on it serves reports only, and is dropped a day later.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from django.conf import settings
from django_redis import get_redis_connection
from redis.asyncio import Redis
from redis.exceptions import RedisError

from delivery.ledger import HashWrite

# A conversation that nobody writes in is closed before that; see settings.SESSION_IDLE.
_KEPT_AFTER_END_SECONDS = 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class Side:
    """One person's side of a conversation: their profile, and a message in their chat."""

    profile_id: int
    message_id: int


class MessageMap:
    """The map as one event loop sees it."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def twin(self, *, session_id: int, of: Side) -> int | None:
        """The id of the same message in the other chat; None where it has none, or is not known any more."""
        found = await self._redis.hget(_key(session_id), _field(of))  # type: ignore[misc]  # redis-py types it as both
        return None if found is None else int(found)


def twins(*, session_id: int, pairs: Sequence[tuple[Side, Side]]) -> HashWrite:
    """What to write so that each of two is found as the other's twin; renews the time the map is kept."""
    fields = {_field(one): other.message_id for one, other in pairs} | {
        _field(other): one.message_id for one, other in pairs
    }
    return HashWrite(key=_key(session_id), fields=fields, kept_seconds=_kept_seconds())


def remember(*, session_id: int, pairs: Sequence[tuple[Side, Side]]) -> None:
    """Write twins from a thread. Where Redis is away the messages are delivered all the same, only not connected."""
    write = twins(session_id=session_id, pairs=pairs)
    with suppress(RedisError):
        pipeline = get_redis_connection().pipeline()
        pipeline.hset(write.key, mapping=write.fields)
        pipeline.expire(write.key, write.kept_seconds)
        pipeline.execute()


def drop_later(*, session_id: int) -> None:
    """The conversation is over: the map goes a day from now. Where Redis is away it goes by its own time."""
    with suppress(RedisError):
        get_redis_connection().expire(_key(session_id), _KEPT_AFTER_END_SECONDS)


def drop(*, session_ids: Sequence[int]) -> None:
    """One of the two is erased: their maps go now. Where Redis is away they go by their own time."""
    if session_ids:
        with suppress(RedisError):
            get_redis_connection().delete(*map(_key, session_ids))


def _kept_seconds() -> int:
    return int(settings.SESSION_IDLE.total_seconds()) + _KEPT_AFTER_END_SECONDS


def _key(session_id: int) -> str:
    return f"{settings.REDIS_PREFIX}:map:{session_id}"


def _field(side: Side) -> str:
    return f"{side.profile_id}:{side.message_id}"
