"""The simulator as a process of its own, a bot's side to call it from, and a webhook that answers as it is told."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict

import httpx
import pytest

from project.supervisor.process import launching
from simulator.client import Simulator
from simulator.limits import OVERALL, PER_CHAT
from tests.simulator.bot import BotSide
from tests.simulator.page import context, left, page
from tests.simulator.webhook import Webhook

__all__ = ["context", "left", "page"]

TOKEN = "1234567890:AAsimulated-token"
START_SECONDS = 20.0


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def start(port: int, *options: str) -> subprocess.Popen[bytes]:
    """Start a simulator and return when it answers."""
    command = (sys.executable, "-m", "simulator", "--port", str(port), "--token", TOKEN, *options)
    # A run of tests that is killed leaves nothing behind.
    tied = launching(command, user=None, stop_signal=signal.SIGTERM)
    process = subprocess.Popen(tied, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/control/health", trust_env=False).is_success:
                return process
        except httpx.TransportError:
            time.sleep(0.05)
    process.kill()
    raise AssertionError(f"the simulator does not start: {process.communicate()[0].decode()}")


@pytest.fixture(scope="session")
def simulator_url() -> Iterator[str]:
    """A simulator whose patience is short: pauses of a fiftieth, two seconds for the webhook to answer."""
    port = free_port()
    process = start(port, "--backoff-scale", "0.02", "--answer-timeout", "2")
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    said = process.communicate(timeout=10)[0]
    assert said == b"", said.decode()


@pytest.fixture
def bot(simulator_url: str) -> Iterator[BotSide]:
    """The bot's side; the webhook and the texts that a test sets are taken away again."""
    with BotSide(f"{simulator_url}/bot{TOKEN}") as side:
        side.result("deleteWebhook", drop_pending_updates=True)
        side.result("setWebhook", url="http://127.0.0.1:9/", allowed_updates=[])
        side.result("deleteWebhook")
        yield side
        side.result("deleteWebhook", drop_pending_updates=True)


@pytest.fixture
def telegram(simulator_url: str, bot: BotSide) -> Iterator[Simulator]:
    """The people's side, with nobody there yet and the limits that hold by default."""
    with Simulator(simulator_url) as simulator:
        simulator.reset()
        simulator.limits_to(enabled=True, per_chat=asdict(PER_CHAT), overall=asdict(OVERALL))
        yield simulator
        simulator.heals()


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    """A webhook that is not set yet."""
    with Webhook() as served:
        yield served
