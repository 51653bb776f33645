"""A process: makes the tables and puts the pairs that come as JSON on standard input into a conversation each."""

import asyncio
import json
import os
import sys

from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncSession

from .api import session_key
from .tables import Base, ChatSession, User, engine


async def main() -> None:
    """Rows in PostgreSQL, and who talks with whom in Redis, where the original looks first."""
    pairs = json.load(sys.stdin)
    redis = Redis.from_url(os.environ["REDIS_URL"])
    database = engine()
    async with database.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with AsyncSession(database) as session, session.begin():
        for one, other in pairs:
            users = [User(tg_id=one), User(tg_id=other)]
            session.add_all(users)
            await session.flush()
            conversation = ChatSession(user_a=users[0].id, user_b=users[1].id)
            session.add(conversation)
            await session.flush()
            for side, mine, theirs in (("a", one, other), ("b", other, one)):
                found = {"session_id": conversation.id, "side": side, "peer_tg_id": theirs}
                await redis.set(session_key(mine), json.dumps(found), ex=24 * 60 * 60)
    await redis.aclose()
    await database.dispose()


if __name__ == "__main__":
    asyncio.run(main())
