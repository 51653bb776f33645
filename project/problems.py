"""Errors of the HTTP API as problem documents (RFC 9457): what a caller can tell apart and act on, and nothing else."""

import re
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from inspect import iscoroutinefunction
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

from .errors import DomainError

CONTENT_TYPE = "application/problem+json"
_NAMESPACE = "urn:ty-ne-odin:"
_CAPITAL_INSIDE = re.compile(r"(?<!^)(?=[A-Z])")
_PAGES = ("text/html", "text/plain")
_AGAIN_AFTER = "1"  # seconds

Handle = Callable[[HttpRequest], HttpResponseBase] | Callable[[HttpRequest], Awaitable[HttpResponseBase]]


@dataclass(frozen=True, slots=True)
class Problem:
    """One way for a call to fail: `detail` is a sentence for the caller's developer, the same for everybody.

    `name` is what the caller's code tells it by; empty where the status says it all.
    """

    status: int
    detail: str
    name: str = ""

    @property
    def type(self) -> str:
        """A URI that stays the same."""
        return f"{_NAMESPACE}{self.name}" if self.name else "about:blank"

    @property
    def title(self) -> str:
        """The name, or what the status is called."""
        return self.name.replace("-", " ").capitalize() if self.name else HTTPStatus(self.status).phrase

    @property
    def document(self) -> dict[str, Any]:
        """The four members that every problem document has."""
        return {"type": self.type, "title": self.title, "status": self.status, "detail": self.detail}


class Refused(Exception):
    """The API itself refuses a call, before or after the service."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.name or problem.status)
        self.problem = problem


INVALID = Problem(422, "The body or the query is not as described in the documentation.")
_BY_STATUS = {
    400: "The request can't be understood.",
    403: "This is not allowed.",
    404: "There is nothing at this address.",
    405: "This address does not know this method; the header Allow names those it does.",
    413: "The request is too large.",
    429: "Too many requests; wait as long as the header Retry-After says.",
    500: "Something broke on our side; it has been noted.",
    503: "Something that is needed is away; try again.",
}


def of_status(status: int) -> Problem:
    """The problem of which no more is known than its status."""
    return Problem(status, _BY_STATUS.get(status, "The request failed."))


def of_error(error: type[DomainError], detail: str) -> Problem:
    """What a service refuses: known by the name of its error."""
    return Problem(error.status, detail, _CAPITAL_INSIDE.sub("-", error.__name__).lower())


def response(problem: Problem) -> JsonResponse:
    """The problem document, with the headers that its status asks for."""
    answer = JsonResponse(problem.document, status=problem.status, content_type=CONTENT_TYPE)
    if problem.status == HTTPStatus.UNAUTHORIZED:
        answer["WWW-Authenticate"] = "Bot-Signature"
    if problem.status == HTTPStatus.SERVICE_UNAVAILABLE:
        answer["Retry-After"] = _AGAIN_AFTER
    return answer


def documented(*problems: Problem) -> dict[int, Any]:
    """The problems as `responses` of an OpenAPI operation."""
    by_status: defaultdict[int, list[Problem]] = defaultdict(list)
    for problem in problems:
        by_status[problem.status].append(problem)
    return {
        status: {
            "description": " ".join(problem.detail for problem in found),
            "content": {
                CONTENT_TYPE: {
                    "schema": _SCHEMA,
                    "examples": {problem.title: {"value": problem.document} for problem in found},
                }
            },
        }
        for status, found in sorted(by_status.items())
    }


_SCHEMA = {
    "title": "Problem",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
}


@sync_and_async_middleware
def problems_not_pages(get_response: Any) -> Handle:
    """Where Django would show an error's page to a caller of the API, answer with a problem document instead.

    The admin keeps its pages: people read them.
    """
    if iscoroutinefunction(get_response):

        async def handle_async(request: HttpRequest) -> HttpResponseBase:
            return _without_page(request, await get_response(request))

        return handle_async

    def handle(request: HttpRequest) -> HttpResponseBase:
        return _without_page(request, get_response(request))

    return handle


def _without_page(request: HttpRequest, answer: HttpResponseBase) -> HttpResponseBase:
    if answer.status_code < HTTPStatus.BAD_REQUEST or request.path.startswith("/admin/"):
        return answer
    if not isinstance(answer, HttpResponse) or not answer.get("Content-Type", "").startswith(_PAGES):
        return answer
    # The same answer with other words: its headers stay, and Django knows that it has logged it.
    answer.content = response(of_status(answer.status_code)).content
    answer["Content-Type"] = CONTENT_TYPE
    answer["Content-Length"] = str(len(answer.content))
    return answer
