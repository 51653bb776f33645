"""The process starts, stops and explains itself."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from simulator.__main__ import command_line
from simulator.client import Simulator
from tests.simulator.conftest import TOKEN, free_port, start


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_quickly_and_quietly_whoever_still_listens(number: signal.Signals) -> None:
    port = free_port()
    process = start(port)
    url = f"http://127.0.0.1:{port}"
    with (
        httpx.Client(trust_env=False, timeout=60) as http,
        http.stream("GET", f"{url}/control/events?people=1") as live,
        ThreadPoolExecutor() as threads,
    ):
        assert "hello" in next(live.iter_text())
        poll = threads.submit(http.get, f"{url}/control/webhook?wait=30")
        time.sleep(0.3)
        begun = time.monotonic()
        process.send_signal(number)
        said = process.communicate(timeout=10)[0]
        assert time.monotonic() - begun < 2
        assert poll.result().json()["url"] == ""
    assert (process.returncode, said) == (0, b"")


def test_it_ends_quickly_and_quietly_with_updates_that_nobody_takes() -> None:
    port = free_port()
    process = start(port)
    url = f"http://127.0.0.1:{port}"
    with Simulator(url) as telegram:
        webhook = {"url": f"http://127.0.0.1:{free_port()}/"}
        assert httpx.post(f"{url}/bot{TOKEN}/setWebhook", json=webhook, trust_env=False).json()["ok"]
        telegram.person("Мира").sends("/start", wait=False)
        assert telegram.pending()
    begun = time.monotonic()
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=10)[0]
    assert time.monotonic() - begun < 2
    assert (process.returncode, said) == (0, b"")


def test_a_token_that_is_none_is_refused() -> None:
    command = [sys.executable, "-m", "simulator", "--token", "secret"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.returncode == 2
    assert "a bot's token looks like 1234567890:AAbbCC" in done.stderr


def test_everything_it_serves_forbids_foreign_scripts(simulator_url: str) -> None:
    for path in ("/", "/static/app.js", "/control/health"):
        headers = httpx.get(f"{simulator_url}{path}", trust_env=False).headers
        assert "default-src 'none'; script-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


def test_limits_are_set_on_the_command_line() -> None:
    port = free_port()
    process = start(port, "--no-limits", "--chat-limit", "0.5:4", "--overall-limit", "20:25")
    try:
        limits = httpx.get(f"http://127.0.0.1:{port}/control/limits", trust_env=False).json()
    finally:
        process.terminate()
        process.communicate(timeout=10)
    assert limits == {
        "enabled": False,
        "per_chat": {"per_second": 0.5, "burst": 4},
        "overall": {"per_second": 20, "burst": 25},
    }


@pytest.mark.parametrize("limit", ["5", "0:5", "1:0", "inf:5", "nan:5", "five:5"])
def test_a_limit_that_makes_no_sense_is_refused(limit: str) -> None:
    parser = command_line()
    with pytest.raises(SystemExit):
        parser.parse_args(["--token", TOKEN, "--chat-limit", limit])
