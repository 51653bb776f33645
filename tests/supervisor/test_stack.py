"""The whole product under the supervisor, as the end-to-end tests use it."""

from pathlib import Path

import httpx
import psycopg
import pytest
from redis import Redis

from project.supervisor import CannotStart, Stack
from simulator.client import Simulator
from tests.supervisor.waiting import until


@pytest.mark.parametrize("name", ["web", "deliver", "worker", "beat"])
def test_every_process_comes_back_after_a_kill(stack: Stack, name: str) -> None:
    """Killed, started again, ready again."""
    before = stack.pid(name)
    stack.kill(name)
    until(lambda: stack.pid(name) not in {None, before})
    stack.wait_ready(name, within=30)


def test_a_stopped_process_waits_for_start(stack: Stack, sim: Simulator) -> None:
    """A stopped web does not answer; started, it does, and the simulator still knows where it is."""
    stack.stop("web")
    assert stack.pid("web") is None
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{stack.web_url}/healthz")
    stack.start("web")
    assert httpx.get(f"{stack.web_url}/healthz").status_code == 200
    assert sim.webhook()["url"] == f"{stack.web_url}/telegram/webhook"


@pytest.mark.parametrize(
    ("environment", "line"),
    [
        ({"PROPOSAL_SECONDS": "soon"}, 'Environment variable "PROPOSAL_SECONDS" invalid: Not a valid integer. Correct'),
        ({"METRICS_NETWORKS": "inside"}, "METRICS_NETWORKS: 'inside' is no network. Write networks such as"),
    ],
)
def test_a_mistake_is_one_line(stack: Stack, folder: Path, environment: dict[str, str], line: str) -> None:
    """O5: what can't work is said as such, not as a command that failed."""
    database_url, redis_url = stack.environment["DATABASE_URL"], stack.environment["REDIS_URL"]
    other = Stack(folder, database_url=database_url, redis_url=redis_url, env=environment)
    with pytest.raises(CannotStart) as caught, other:
        pytest.fail("it started")
    assert str(caught.value).startswith(line)
    assert "\n" not in str(caught.value) + caught.value.details


def test_a_token_that_telegram_does_not_know_is_said_at_the_start(stack: Stack, folder: Path) -> None:
    """O4: a real bot needs a token and nothing else, so a wrong one must not look like a bot that runs."""
    wrong = {
        **{name: stack.environment[name] for name in ("TELEGRAM_API_URL", "REDIS_PREFIX")},
        "TELEGRAM_BOT_TOKEN": f"{10**9}:{'w' * 35}",
        "PUBLIC_URL": "",
    }
    database_url, redis_url = stack.environment["DATABASE_URL"], stack.environment["REDIS_URL"]
    other = Stack(folder, database_url=database_url, redis_url=redis_url, simulator=False, env=wrong)
    with pytest.raises(CannotStart, match="poll ended while it was starting") as caught, other:
        pytest.fail("it started")
    assert "Telegram does not know this TELEGRAM_BOT_TOKEN" in caught.value.details


def test_each_test_meets_an_empty_product(stack: Stack, sim: Simulator) -> None:
    """People, rows and keys of the test before are gone; what migrations put there is not."""
    keys = f"{stack.environment['REDIS_PREFIX']}:*"
    with psycopg.connect(stack.environment["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT count(*) FROM profiles_profile").fetchone() == (0,)
        assert connection.execute("SELECT count(*) >= 12 FROM profiles_topic").fetchone() == (True,)
    with Redis.from_url(stack.environment["REDIS_URL"]) as redis:
        assert {key.split(b":")[1] for key in redis.scan_iter(keys)} <= {b"celery"}
    assert sim.people() == []
