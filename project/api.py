"""The HTTP API for other clients: mounts each app's router; one place turns errors into problem documents."""

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from . import health
from .errors import DomainError

api = NinjaAPI(title="Ты не один", version="1", docs_url="/docs", openapi_url="/openapi.json")
api.add_router("", health.router)


def problem(*, status: int, detail: str = "", kind: str = "about:blank") -> HttpResponse:
    """A problem document."""
    body: dict[str, Any] = {"type": kind, "title": HTTPStatus(status).phrase, "status": status}
    if detail:
        body["detail"] = detail
    return JsonResponse(body, status=status, content_type="application/problem+json")


@api.exception_handler(DomainError)
def on_domain_error(request: HttpRequest, error: DomainError) -> HttpResponse:
    """What a service refuses."""
    return problem(status=error.status, kind=type(error).__name__)


@api.exception_handler(ValidationError)
def on_invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """A body or query of the wrong shape: says where, without quoting it."""
    places = ", ".join(".".join(str(part) for part in item["loc"]) for item in error.errors)
    return problem(status=422, detail=f"Invalid: {places}")


@api.exception_handler(HttpError)
def on_http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    """A plain status raised by a router."""
    return problem(status=error.status_code)
