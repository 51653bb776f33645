"""A process: the API, FastAPI with SQLAlchemy. `uvicorn tests.load.peers.original.api:app`."""

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel
from redis.asyncio import BlockingConnectionPool, Redis
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from .tables import ChatSession, engine

_PREFIX = os.environ["REDIS_PREFIX"]
_MESSAGES_PER_MINUTE = float(os.environ["RELAY_MESSAGES_PER_MINUTE"])

_TAKE_TOKEN = """
local rate, time = tonumber(ARGV[1]), redis.call('TIME')
local now = time[1] + time[2] / 1000000
local tokens, at = unpack(redis.call('HMGET', KEYS[1], 'tokens', 'at'))
tokens = math.min(rate, (tonumber(tokens) or rate) + (now - (tonumber(at) or now)) * rate / 60)
local taken = tokens >= 1
if taken then tokens = tokens - 1 end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', tostring(now))
redis.call('EXPIRE', KEYS[1], 120)
return taken and 1 or 0
"""

_redis = Redis.from_pool(BlockingConnectionPool.from_url(os.environ["REDIS_URL"], max_connections=64, timeout=5))
_take_token = _redis.register_script(_TAKE_TOKEN)
_database = engine()
_sessions = async_sessionmaker(_database, expire_on_commit=False)


class Message(BaseModel):
    """What the bot was sent."""

    from_user: int
    text: str


class Peer(BaseModel):
    """Where it goes."""

    peer_tg_id: int


def session_key(tg_id: int) -> str:
    """The Redis key under which somebody's conversation is."""
    return f"{_PREFIX}:original:session:{tg_id}"


async def _session() -> AsyncIterator[AsyncSession]:
    async with _sessions() as session:
        yield session


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    await _redis.aclose()
    await _database.dispose()


app = FastAPI(lifespan=_lifespan)


@app.get("/health")
async def health() -> dict[str, bool]:
    """Whether it serves."""
    return {"ok": True}


@app.post("/chat/relay")
async def relay(message: Message, session: Annotated[AsyncSession, Depends(_session)]) -> Peer:
    """Look the live conversation up, take a token, count; the caller sends."""
    found: Any = await _redis.get(session_key(message.from_user))
    if found is None:
        raise HTTPException(409, "no session")
    talk = json.loads(found)
    key = f"{_PREFIX}:original:tokens:{message.from_user}"
    if not await _take_token(keys=[key], args=[_MESSAGES_PER_MINUTE]):
        raise HTTPException(429, "too fast")
    counter = ChatSession.msg_count_a if talk["side"] == "a" else ChatSession.msg_count_b
    counted = await session.execute(
        update(ChatSession)
        .where(ChatSession.id == talk["session_id"], ChatSession.ended_at.is_(None))
        .values({counter: counter + 1})
        .returning(ChatSession.id)
    )
    if counted.scalar_one_or_none() is None:
        raise HTTPException(409, "no session")
    await session.commit()
    return Peer(peer_tg_id=talk["peer_tg_id"])
