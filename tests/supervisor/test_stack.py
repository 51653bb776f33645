"""The whole product under the supervisor, as the end-to-end tests use it."""

import httpx
import psycopg
import pytest
from redis import Redis

from project.supervisor import Stack
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


def test_each_test_meets_an_empty_product(stack: Stack, sim: Simulator) -> None:
    """People, rows and keys of the test before are gone; what migrations put there is not."""
    keys = f"{stack.environment['REDIS_PREFIX']}:*"
    with psycopg.connect(stack.environment["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT count(*) FROM profiles_profile").fetchone() == (0,)
        assert connection.execute("SELECT count(*) >= 12 FROM profiles_topic").fetchone() == (True,)
    with Redis.from_url(stack.environment["REDIS_URL"]) as redis:
        assert {key.split(b":")[1] for key in redis.scan_iter(keys)} <= {b"celery"}
    assert sim.people() == []
