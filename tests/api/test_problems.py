"""What goes wrong in the HTTP API is a problem document, and tells nothing that nobody should know."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client
from pytest_django.fixtures import Settings

import chat.api
import matching.api
from matching import services
from project import signed_calls
from project.errors import DomainError
from project.problems import Problem, of_error
from tests.api.caller import CONFIRM, FIND, Signing, find, problem, telegram_id
from tests.base import person

pytestmark = pytest.mark.django_db

NOBODY = "7999999999"
LET_IN = (404, "unknown-person")
SECRET_OF_THE_ERROR = "канарейка 7000123456"


def unsigned(method: str, path: str, **headers: str) -> HttpResponse:
    """A request without a signature, as from a stranger."""
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    answer: Any = client.generic(method, path, headers=headers)
    return answer  # type: ignore[no-any-return]


def breaks(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Whoever searches stumbles over this error."""

    def find(**_: object) -> None:
        raise error

    monkeypatch.setattr(services, "find", find)


@pytest.mark.parametrize("path", ["/match/nothing", "/match/find/", "/chat", "/nowhere", "/match/find/../../etc"])
def test_an_unknown_address(path: str) -> None:
    """A2: 404, also where Django has nothing to route to."""
    assert problem(unsigned("POST", path)) == (404, "about:blank")
    assert problem(unsigned("GET", path)) == (404, "about:blank")


def test_an_unknown_address_while_debugging(settings: Settings) -> None:
    """A2: nor does DEBUG show the routes."""
    settings.DEBUG = True
    answer = unsigned("GET", "/match/nothing")
    assert problem(answer) == (404, "about:blank")
    assert b"urlpatterns" not in answer.content


@pytest.mark.parametrize("path", [FIND, CONFIRM])
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_a_method_that_the_address_does_not_know(path: str, method: str) -> None:
    """A2: 405, with those it knows."""
    answer = unsigned(method, path)
    assert problem(answer) == (405, "about:blank")
    assert answer["Allow"] == "POST"


def test_a_stranger() -> None:
    """A2: 401, with the name of what is missing, and without a word about cookies."""
    answer = unsigned("POST", FIND)
    assert problem(answer) == (401, "not-signed")
    assert answer["WWW-Authenticate"] == "Bot-Signature"


def test_a_body_above_64_kibibytes() -> None:
    """A2: 413 before anything is read or compared."""
    at_most = Signing(NOBODY).request(FIND, b" " * (64 * 1024 - 2) + b"{}")
    assert problem(at_most.sent()) == LET_IN
    request = Signing(NOBODY).request(FIND, b" " * (64 * 1024 - 1) + b"{}")
    assert problem(request.sent()) == (413, "about:blank")


def test_a_body_of_unknown_length() -> None:
    """A2: 411; how much would come is anybody's guess."""
    request = Signing(NOBODY).request(FIND, {})
    assert problem(request.with_header("Transfer-Encoding", "chunked").sent()) == (411, "about:blank")


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_body_that_is_not_called_json(content_type: str) -> None:
    """A2: 415."""
    request = Signing(NOBODY).request(CONFIRM, {"match_id": 1, "action": "accept"})
    other = type(request)(request.method, request.target, request.body, request.headers, content_type)
    assert problem(other.sent()) == (415, "about:blank")


@pytest.mark.parametrize("body", [b"{", b"match_id=1", b"\xff", b"{'a': 1}", b"[" * 60_000, b"1" * 60_000, b"\x00"])
def test_a_body_that_is_not_json(body: bytes) -> None:
    """A2: 400, whatever it is."""
    assert problem(Signing(NOBODY).request(CONFIRM, body).sent()) == (400, "about:blank")


def test_a_call_without_the_body_it_needs() -> None:
    """A2: 422."""
    mira = person("Мира")
    assert problem(Signing(telegram_id(mira)).request(CONFIRM).sent()) == (422, "about:blank")


@pytest.mark.parametrize("debug", [False, True])
def test_a_bug(monkeypatch: pytest.MonkeyPatch, settings: Settings, *, debug: bool) -> None:
    """A2: 500, without a word of the error, while debugging as well."""
    settings.DEBUG = debug
    breaks(monkeypatch, RuntimeError(SECRET_OF_THE_ERROR))
    answer = find(person("Мира"))
    assert problem(answer) == (500, "about:blank")
    assert not [word for word in (*SECRET_OF_THE_ERROR.split(), "Traceback", "find") if word in answer.content.decode()]


def test_a_database_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """A2: 503, and when to come again."""
    breaks(monkeypatch, OperationalError(SECRET_OF_THE_ERROR))
    answer = find(person("Мира"))
    assert problem(answer) == (503, "away")
    assert answer["Retry-After"] == "1"


class TooFast(DomainError):
    """An error of a service that knows when to come again."""

    template = ""
    status = 429


def test_too_much_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A2: 429 with Retry-After, in whole seconds; what else the error knows is not told."""
    breaks(monkeypatch, TooFast(seconds=7, nickname="Мира"))
    answer = find(person("Мира"))
    assert problem(answer) == (429, "too-fast")
    assert answer["Retry-After"] == "7"
    assert "Мира" not in answer.content.decode()


def test_people_keep_the_admins_pages() -> None:
    """A2: problem documents are for callers of the API; whoever is in the admin reads pages."""
    assert unsigned("POST", "/admin/login/")["Content-Type"].startswith("text/html")


def test_the_documentation_is_open() -> None:
    """A1, A2: /docs shows a page; its description names the four headers and every way to fail."""
    assert b"swagger" in unsigned("GET", "/docs").content
    description = json.loads(unsigned("GET", "/openapi.json").content)
    assert description["components"]["securitySchemes"]["SignedCall"]["name"] == "X-Bot-Signature"
    for path, answers in ((FIND, {"202", "409"}), (CONFIRM, {"200", "409", "422"})):
        operation = description["paths"][path]["post"]
        assert operation["security"] == [{"SignedCall": []}]
        headers = {parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "header"}
        assert headers == {"X-Tg-User-Id", "X-Bot-Timestamp", "X-Bot-Nonce"}
        assert set(operation["responses"]) >= {"400", "401", "403", "404", "411", "413", "415", "503", *answers}
        assert "application/problem+json" in operation["responses"]["401"]["content"]


def test_every_call_but_those_about_health_is_signed() -> None:
    """A1: a router that is mounted later is not open by mistake."""
    paths = json.loads(unsigned("GET", "/openapi.json").content)["paths"]
    operations = {path: operation for path, methods in paths.items() for operation in methods.values()}
    assert {path for path, operation in operations.items() if "security" not in operation} == {"/healthz", "/readyz"}


def test_the_documents_list_every_problem() -> None:
    """A2: docs/api.md has each type with its status and its sentence."""
    text = (Path(__file__).resolve().parents[2] / "docs" / "api.md").read_text()
    of_signing = [problem for problem in vars(signed_calls).values() if isinstance(problem, Problem)]
    problems = [*of_signing, *matching.api.PROBLEMS, *chat.api.PROBLEMS]
    rows = [f"| {each.status} | `{each.type}` | {each.detail} |" for each in problems]
    assert [row for row in rows if row not in text] == []


def test_every_refusal_of_the_services_has_its_sentence() -> None:
    """A2: what the services behind the API say in their docstrings that they raise is documented."""
    raised = {"IncompleteProfile", "RulesChanged", "Suspended", "TopicsGone", "AlreadyProposed", "AlreadyTalking"}
    assert all(name in str(services.find.__doc__) for name in raised)
    names = {problem.name for problem in (*matching.api.PROBLEMS, *chat.api.PROBLEMS)}
    assert {of_error(getattr(services, name), "").name for name in raised} <= names
