"""How async code calls a sync service: one hop into a thread of our own that lasts."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from typing import ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import close_old_connections

P = ParamSpec("P")
R = TypeVar("R")

# asgiref's default runs everything outside a request in one single thread; services must run side by side.
_executor = ThreadPoolExecutor(max_workers=settings.SERVICE_THREADS, thread_name_prefix="service")


async def in_thread(service: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a sync service in a thread with a healthy database connection, and return what it returns."""
    return await sync_to_async(_with_connection(service), thread_sensitive=False, executor=_executor)(*args, **kwargs)


def _with_connection(service: Callable[P, R]) -> Callable[P, R]:
    # Nothing closes broken or spent connections outside Django's own request cycle.
    @wraps(service)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        close_old_connections()
        try:
            return service(*args, **kwargs)
        finally:
            close_old_connections()

    return call
