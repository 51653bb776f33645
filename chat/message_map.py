"""Which message on one side is which on the other: ids only, in Redis, for replies, edits, reactions, deletions (C2).

One hash per conversation; a field is whose chat a message is in (the profile's id) and its id there, the value its
twin's id in the other chat. Another field of each message of an album has the ids of all of them. From the end of the
conversation on it serves reports only, and is dropped a day later: a marker in it says so, and whatever arrives after
that leaves nothing in it.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from django.conf import settings
from django_redis import get_redis_connection
from redis.asyncio import Redis
from redis.exceptions import RedisError

from delivery.ledger import HashWrite

# A conversation that nobody writes in is closed before that; see settings.SESSION_IDLE.
_KEPT_AFTER_END_SECONDS = 24 * 60 * 60
_ENDED = "ended"
_WRITE = """
if redis.call('HEXISTS', KEYS[1], ARGV[2]) == 1 then return 0 end
redis.call('HSET', KEYS[1], unpack(ARGV, 3))
redis.call('EXPIRE', KEYS[1], ARGV[1])
return 1
"""


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

    async def album(self, *, session_id: int, of: Side) -> dict[int, int]:
        """The album that a message belongs to: what each of its messages is called in the other chat.

        Empty where it belongs to none, or is not known any more.
        """
        ids = await self._redis.hget(_key(session_id), _album_field(of))  # type: ignore[misc]  # as above
        if ids is None:
            return {}
        own = [int(each) for each in ids.split(b",")]
        fields = [_field(Side(of.profile_id, each)) for each in own]
        found = await self._redis.hmget(_key(session_id), fields)  # type: ignore[misc]  # as above
        return {each: int(twin) for each, twin in zip(own, found, strict=True) if twin is not None}


def twins(*, session_id: int, pairs: Sequence[tuple[Side, Side]]) -> HashWrite:
    """What to write so that each of two is found as the other's twin; renews the time the map is kept.

    Several pairs, each beginning with its writer's side, are an album. After the end of the conversation nothing is
    written, and no time renewed.
    """
    fields: dict[str, int | str] = {_field(one): other.message_id for one, other in pairs}
    fields |= {_field(other): one.message_id for one, other in pairs}
    if len(pairs) > 1:
        album = ",".join(str(one.message_id) for one, _ in pairs)
        fields |= {_album_field(one): album for one, _ in pairs}
    return HashWrite(key=_key(session_id), fields=fields, kept_seconds=_kept_seconds(), closed_by=_ENDED)


def remember(*, session_id: int, pairs: Sequence[tuple[Side, Side]]) -> None:
    """Write twins from a thread. Where Redis is away the messages are delivered all the same, only not connected."""
    write = twins(session_id=session_id, pairs=pairs)
    with suppress(RedisError):
        named = [part for name_and_value in write.fields.items() for part in name_and_value]
        get_redis_connection().eval(_WRITE, 1, write.key, write.kept_seconds, write.closed_by, *named)


def drop_later(*, session_id: int) -> None:
    """The conversation is over: the map goes a day from now. Where Redis is away it goes by its own time."""
    _close([session_id], keep=True)


def drop(*, session_ids: Sequence[int]) -> None:
    """One of the two is erased: their maps go now, and for a day nobody begins them anew.

    Where Redis is away they go by their own time.
    """
    _close(session_ids, keep=False)


def _close(session_ids: Iterable[int], *, keep: bool) -> None:
    with suppress(RedisError):
        pipeline = get_redis_connection().pipeline()
        for key in map(_key, session_ids):
            if not keep:
                pipeline.delete(key)
            pipeline.hset(key, _ENDED, 1)
            pipeline.expire(key, _KEPT_AFTER_END_SECONDS)
        pipeline.execute()


def _kept_seconds() -> int:
    return int(settings.SESSION_IDLE.total_seconds()) + _KEPT_AFTER_END_SECONDS


def _key(session_id: int) -> str:
    return f"{settings.REDIS_PREFIX}:map:{session_id}"


def _field(side: Side) -> str:
    return f"{side.profile_id}:{side.message_id}"


def _album_field(side: Side) -> str:
    return f"{_field(side)}:album"
