"""The HTTP API for other clients: mounts each app's router; one place turns errors into problem documents."""

from http import HTTPStatus
from math import ceil

import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from redis.exceptions import RedisError

import chat.api
import matching.api

from . import health, problems
from .errors import DomainError
from .problems import INVALID, Problem, Refused
from .signed_calls import AWAY, SignedCall

api = NinjaAPI(
    title="Ты не один",
    version="1",
    description="Signed calls, each for one person; errors are problem documents. docs/api.md has a client.",
    docs_url="/docs",
    openapi_url="/openapi.json",
)
api.add_router("", health.router)
for _router in (matching.api.router, chat.api.router):
    api.add_router("", _router, auth=SignedCall())

_OF_SERVICES = {problem.name: problem for problem in (*matching.api.PROBLEMS, *chat.api.PROBLEMS)}

# Where a service that refuses for now does not say for how long.
_PAUSE_SECONDS = 60

log = structlog.get_logger(__name__)


@api.exception_handler(Refused)
def on_refused(request: HttpRequest, error: Refused) -> HttpResponse:
    """What the API itself refuses."""
    return problems.response(error.problem)


@api.exception_handler(DomainError)
def on_domain_error(request: HttpRequest, error: DomainError) -> HttpResponse:
    """What a service refuses; nothing of what it would tell the person but when to come again."""
    plain = problems.of_error(type(error), "The service refuses this.")
    answer = problems.response(_OF_SERVICES.get(plain.name, plain))
    if error.status == HTTPStatus.TOO_MANY_REQUESTS:
        answer["Retry-After"] = str(ceil(error.context.get("seconds", _PAUSE_SECONDS)))
    return answer


@api.exception_handler(ValidationError)
def on_invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """A body or query of the wrong shape: says where, without quoting it."""
    places = ", ".join(".".join(str(part) for part in item["loc"]) for item in error.errors)
    return problems.response(Problem(INVALID.status, f"Not as described in the documentation: {places}."))


@api.exception_handler(HttpError)
def on_http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    """A plain status."""
    return problems.response(problems.of_status(error.status_code))


@api.exception_handler(OperationalError)
@api.exception_handler(InterfaceError)
@api.exception_handler(RedisError)
def on_server_away(request: HttpRequest, error: OperationalError | InterfaceError | RedisError) -> HttpResponse:
    """The database or Redis is away, or busy for too long."""
    log.warning("api.server_away", error=type(error).__name__)
    return problems.response(AWAY)
