"""The door that Telegram knocks at."""

import httpx
import pytest

from project.supervisor import Stack
from simulator.client import Simulator

pytestmark = pytest.mark.usefixtures("sim")


def knock(stack: Stack, **request: object) -> httpx.Response:
    """One request to the webhook with the right secret unless the caller says otherwise."""
    secret = stack.environment["TELEGRAM_WEBHOOK_SECRET"]
    request.setdefault("headers", {"X-Telegram-Bot-Api-Secret-Token": secret})
    method = str(request.pop("method", "POST"))
    return httpx.request(method, f"{stack.web_url}/telegram/webhook", **request)  # type: ignore[arg-type]


@pytest.mark.parametrize("headers", [{}, {"X-Telegram-Bot-Api-Secret-Token": "wrong"}])
def test_only_telegram_is_let_in(stack: Stack, headers: dict[str, str]) -> None:
    """A3: without the right secret nothing is read."""
    assert knock(stack, headers=headers, json={"update_id": 1}).status_code == 403


def test_only_post_is_understood(stack: Stack) -> None:
    """A3: only POST."""
    answer = knock(stack, method="GET")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


def test_a_body_above_one_mebibyte_is_refused(stack: Stack) -> None:
    """A3: at most 1 MiB."""
    assert knock(stack, content=b" " * (1024 * 1024 + 1)).status_code == 413


@pytest.mark.parametrize("content", [b"", b"no json", b"[]", b'{"update_id": "1"}', b"{}", b"\xff", b"[" * 100_000])
def test_what_is_no_update_is_refused(stack: Stack, content: bytes) -> None:
    """A3: nonsense gets a clear answer, never a 500."""
    assert knock(stack, content=content).status_code == 400


def test_an_update_of_an_unknown_kind_is_dealt_with(stack: Stack) -> None:
    """C4: a kind that Telegram adds later is not sent to us for ever."""
    update = {"update_id": 4_000_000_001, "something_new": {"id": 1}}
    assert knock(stack, json=update).status_code == 200


@pytest.mark.parametrize("message", [{}, "x", {"message_id": 1}])
def test_an_update_in_an_unknown_shape_blocks_no_queue(stack: Stack, message: object) -> None:
    """C4: what can't be parsed today can't be parsed in an hour."""
    assert knock(stack, json={"update_id": 4_000_000_002, "message": message}).status_code == 200


def test_health_says_what_runs(stack: Stack) -> None:
    """A4: the process answers, and everything it needs is reported."""
    assert httpx.get(f"{stack.web_url}/healthz").json() == {"ok": True}
    ready = httpx.get(f"{stack.web_url}/readyz")
    assert (ready.status_code, ready.json()) == (
        200,
        {"database": True, "redis": True, "broker": True, "telegram": True},
    )


def test_metrics_are_not_public(stack: Stack, sim: Simulator) -> None:
    """A4: Prometheus on this machine is answered, what comes through a proxy is not."""
    metrics = httpx.get(f"{stack.web_url}/metrics")
    assert "match_queue_size 0.0" in metrics.text
    forwarded = httpx.get(f"{stack.web_url}/metrics", headers={"X-Forwarded-For": "203.0.113.7"})
    assert forwarded.status_code == 404
