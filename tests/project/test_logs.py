"""Logs: who did what when, in lines a machine reads, and nothing that people wrote or are (C3, P8, O5)."""

import asyncio
import io
import json
import logging
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import structlog
from celery import Celery
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from pytest_django.fixtures import Settings

import project.celery  # noqa: F401  (its signals are what is tested)
from project import logs
from project.supervisor import Stack
from project.threads import in_thread
from tests.supervisor.waiting import until

CANARY = "canary_7f3a_слово"
TELEGRAM_ID = "7000123456"
QUOTED = f"{CANARY} {TELEGRAM_ID}"
GIVEN_ID = "0123456789abcdef0123456789abcdef"


def broken(request: HttpRequest, what: str) -> HttpResponse:
    """Stumbles over what it was given, and says so in the error."""
    raise ValueError(f"{QUOTED} {request.POST} {request.headers}")


urlpatterns = [path("broken/<str:what>", broken)]


@pytest.fixture
def written(settings: Settings) -> Iterator[io.StringIO]:
    """What the production's formatter writes."""
    settings.ROOT_URLCONF = __name__
    line = logs.logging_configuration(readable=False)["formatters"]["line"]
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(**{k: v for k, v in line.items() if k != "()"}))
    logging.getLogger().addHandler(handler)
    yield handler.stream
    logging.getLogger().removeHandler(handler)


def lines(written: io.StringIO) -> list[dict[str, Any]]:
    """The lines, each of which must be JSON, and none of which may quote."""
    text = written.getvalue()
    for secret in (CANARY, "7f3a", TELEGRAM_ID, CANARY.encode("unicode_escape").decode()):
        assert secret not in text
    return [json.loads(line) for line in text.splitlines()]


def test_a_request_that_fails_says_where_and_nothing_else(written: io.StringIO) -> None:
    """C3, P8: form, path, query, headers and the error's own message stay out."""
    client = Client(raise_request_exception=False)
    answer = client.post(
        f"/broken/{CANARY}?q={QUOTED}",
        {"text": QUOTED},
        headers={"X-Request-ID": TELEGRAM_ID, "X-Name": CANARY},
    )
    assert answer.status_code == 500
    error, request = lines(written)
    assert (error["logger"], error["error"]) == ("django.request", "ValueError")
    assert "test_logs.py" in error["at"][-1]
    assert error["request_id"] == request["request_id"] == answer["X-Request-ID"]
    assert (request["method"], request["route"], request["status"]) == ("POST", "broken/<str:what>", 500)


@pytest.mark.parametrize("given", [GIVEN_ID, "01234567-89ab-cdef-0123-456789abcdef"])
def test_a_sane_request_id_is_taken_over(written: io.StringIO, given: str) -> None:
    """O5: what a proxy wrote in its log is found in ours."""
    answer = Client().get("/nowhere", headers={"X-Request-ID": given})
    assert answer["X-Request-ID"] == given
    assert [(line["request_id"], line["route"]) for line in lines(written)] == [(given, "none")]


@pytest.mark.parametrize("given", ["", TELEGRAM_ID, CANARY, "x" * 32, f"{GIVEN_ID}\n"])
def test_any_other_request_id_is_replaced(written: io.StringIO, given: str) -> None:
    """P8: a header is no way to write into our log."""
    answer = Client().get("/nowhere", headers={"X-Request-ID": given})
    assert re.fullmatch("[0-9a-f]{32}", answer["X-Request-ID"])
    lines(written)


def test_a_host_that_is_none_of_ours_is_not_quoted(written: io.StringIO) -> None:
    """C3: Django's own line quotes the header."""
    assert Client().get("/nowhere", headers={"Host": f"canary_7f3a-{TELEGRAM_ID}.example"}).status_code == 400
    assert any(line["logger"] == "django.security.DisallowedHost" for line in lines(written))


def test_a_task_that_fails_is_not_quoted(written: io.StringIO) -> None:
    """C3: Celery's own line quotes the error; ours names the task."""
    app = Celery(set_as_current=False)

    @app.task(name="stumble")
    def stumble() -> None:
        raise ValueError(QUOTED)

    stumble.apply(task_id="b2c1")
    (line,) = [line for line in lines(written) if line["logger"] == "celery.app.trace"]
    assert (line["error"], line["task_id"], line["task"]) == ("ValueError", "b2c1", "stumble")
    assert "test_logs.py" in line["at"][-1]
    assert "task_id" not in structlog.contextvars.get_contextvars()


def test_an_error_that_nobody_waited_for_is_not_quoted(written: io.StringIO) -> None:
    """C3: asyncio's own line shows the error."""

    async def forget() -> None:
        async def stumble() -> None:
            raise ValueError(QUOTED)

        task = asyncio.create_task(stumble())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        del task
        asyncio.get_running_loop().call_exception_handler(
            {"message": f"Exception in callback call({QUOTED!r})", "exception": ValueError(QUOTED)}
        )

    asyncio.run(forget())
    found = lines(written)
    assert {line["event"] for line in found} == {"Task exception was never retrieved", "Exception in callback call"}
    assert {line["error"] for line in found} == {"ValueError"}


def test_an_update_is_named_in_every_line_of_it(written: io.StringIO) -> None:
    """O5: in services, which run in threads, as well; an error names what it came from."""

    def service() -> None:
        try:
            raise KeyError(QUOTED)
        except KeyError as error:
            log = structlog.get_logger("service")
            try:
                raise RuntimeError(QUOTED) from error
            except RuntimeError:
                log.exception("service.failed")

    async def handle() -> None:
        with structlog.contextvars.bound_contextvars(update_id=5):
            await in_thread(service)
            logging.getLogger("library").warning("it said %s", QUOTED)

    asyncio.run(handle())
    ours, foreign = lines(written)
    assert (ours["update_id"], ours["event"], ours["error"]) == (5, "service.failed", "RuntimeError < KeyError")
    assert (foreign["update_id"], foreign["event"]) == (5, "it said")


def test_every_process_writes_lines_a_machine_reads(stack: Stack, sim: object) -> None:
    """O5: the servers' own lines too; one line a request, with neither path nor query."""
    answer = httpx.get(f"{stack.web_url}/admin/login/?next={CANARY}", headers={"X-Request-ID": GIVEN_ID})
    assert answer.headers["X-Request-ID"] == GIVEN_ID
    with socket.create_connection(("127.0.0.1", int(stack.environment["PORT"]))) as connection:
        connection.sendall(f"{CANARY}\r\n\r\n".encode())
        connection.recv(1000)
    until(lambda: "Invalid HTTP request" in stack.log("web").read_text())
    for name in ("web", "deliver"):
        assert all(json.loads(line)["level"] for line in stack.log(name).read_text().splitlines())
    assert CANARY not in stack.log("web").read_text()
    (request,) = [line for line in map(json.loads, stack.log("web").read_text().splitlines()) if GIVEN_ID in str(line)]
    assert (request["route"], request["status"]) == ("admin/login/", 200)


def test_an_error_that_ends_a_thread_or_the_process_is_a_line_without_its_message() -> None:
    """C3, O5: what Python would print of it quotes what it stumbled over."""
    code = f"""
import django, threading
django.setup()
from project.logs import log_uncaught_errors
log_uncaught_errors()
def stumble():
    raise ValueError("{CANARY}")
thread = threading.Thread(target=stumble)
thread.start()
thread.join()
stumble()
"""
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "project.settings"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert CANARY not in done.stderr
    assert [json.loads(line)["error"] for line in done.stderr.splitlines()] == ["ValueError", "ValueError"]
