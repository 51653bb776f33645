"""One line for each HTTP request, and an id that all its lines share. (Updates have their own: see webhook.py.)"""

import re
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from inspect import iscoroutinefunction
from typing import Any

import structlog
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

# Of random hex digits only: what else a caller writes there could be anybody's name or number.
_REQUEST_ID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)
_UNWATCHED = frozenset({"healthz", "readyz", "metrics"})

log = structlog.get_logger(__name__)

Handle = Callable[[HttpRequest], HttpResponseBase] | Callable[[HttpRequest], Awaitable[HttpResponseBase]]


@sync_and_async_middleware
def request_log(get_response: Any) -> Handle:
    """Take over or make a request id, bind it to the log and return it; write the request's line when it is done."""
    if iscoroutinefunction(get_response):

        async def handle_async(request: HttpRequest) -> HttpResponseBase:
            with _noted(request) as note:
                return note(await get_response(request))

        return handle_async

    def handle(request: HttpRequest) -> HttpResponseBase:
        with _noted(request) as note:
            return note(get_response(request))

    return handle


@contextmanager
def _noted(request: HttpRequest) -> Iterator[Callable[[HttpResponseBase], HttpResponseBase]]:
    request_id = _request_id(request.headers.get("X-Request-ID", ""))
    began = time.monotonic()

    def note(response: HttpResponseBase) -> HttpResponseBase:
        response["X-Request-ID"] = request_id
        if _is_worth_a_line(request):
            milliseconds = round((time.monotonic() - began) * 1000, 1)
            status = response.status_code
            log.info("request", method=_method(request), route=_route(request), status=status, ms=milliseconds)
        return response

    with structlog.contextvars.bound_contextvars(request_id=request_id):
        yield note


def _request_id(given: str) -> str:
    return given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex


def _is_worth_a_line(request: HttpRequest) -> bool:
    """Neither a file of the admin's pages nor one of the questions that machines ask all the time."""
    return not request.path.startswith(f"/{settings.STATIC_URL.strip('/')}/") and _route(request) not in _UNWATCHED


def _route(request: HttpRequest) -> str:
    """The pattern that answered, never the path: that may name somebody."""
    return request.resolver_match.route if request.resolver_match else "none"


def _method(request: HttpRequest) -> str:
    known = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
    return request.method if request.method in known else "other"
