"""Redis for async code: one client of one event loop."""

from django.conf import settings
from redis.asyncio import BlockingConnectionPool, Redis


def connect_redis() -> Redis:
    """A client with a pool that waits for a free connection; close it with `aclose()`."""
    pool = BlockingConnectionPool.from_url(
        settings.REDIS_URL, max_connections=64, timeout=5, socket_timeout=5, socket_connect_timeout=2
    )
    return Redis.from_pool(pool)
