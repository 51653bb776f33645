"""The client in the documentation, run as it stands there, against the running product; and what Telegram shows."""

import os
import re
import subprocess
import sys
from ast import literal_eval
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from project.supervisor import Stack
from simulator.client import Person, Simulator
from tests.api.caller import FIND, Signing
from tests.e2e.journey import connect, onboard
from tests.e2e.traces import in_database, in_logs, in_redis

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "api.md"


class Client:
    """The documented client, in a file of its own."""

    def __init__(self, folder: Path, stack: Stack) -> None:
        code = re.search(r"^```python\n(.*?)^```", DOCUMENT.read_text(), re.DOTALL | re.MULTILINE)
        assert code is not None
        self._program = folder / "client.py"
        self._program.write_text(code.group(1))
        self._environment = {
            "PATH": os.environ["PATH"],
            "INTERNAL_BOT_SECRET": stack.environment["INTERNAL_BOT_SECRET"],
            "WEB_URL": stack.web_url,
        }

    def call(self, person: Person, *arguments: object) -> tuple[int, dict[str, Any]]:
        """Run it for a person; returns the status and the answer that it prints."""
        command = [sys.executable, "-I", str(self._program), str(person.person_id), *map(str, arguments)]
        printed = subprocess.run(command, env=self._environment, capture_output=True, text=True, check=True).stdout
        status, _, answer = printed.partition(" ")
        return int(status), literal_eval(answer)


@pytest.fixture
def client(tmp_path: Path, stack: Stack) -> Client:
    """The documented client."""
    return Client(tmp_path, stack)


def proposed(client: Client, mira: Person, andrey: Person) -> int:
    """Both search through the API, and see the proposal in Telegram; returns its id."""
    status, waiting = client.call(mira)
    assert (status, waiting["state"]) == (202, "waiting")
    status, found = client.call(andrey)
    assert (status, found["state"]) == (202, "proposed")
    for person in (mira, andrey):
        person.sees("Знакомься")
    return int(found["match_id"])


def test_one_searches_and_accepts_from_elsewhere_and_the_other_in_telegram(sim: Simulator, client: Client) -> None:
    """A1, M5: the documented client works, and both ways of answering are one; a later tap gets the same answer."""
    mira, andrey = onboard(sim, "Мира"), onboard(sim, "Андрей")
    match_id = proposed(client, mira, andrey)
    assert client.call(mira, match_id, "accept") == (200, {"state": "proposed"})
    mira.taps("Принять")
    mira.sees("слово за собеседником")
    andrey.taps("Принять")
    for person in (mira, andrey):
        person.sees("на связи")
    assert client.call(mira, match_id, "accept") == (200, {"state": "active"})
    assert client.call(mira)[1]["type"] == "urn:ty-ne-odin:already-talking"


def test_the_buttons_of_a_proposal_that_was_declined_from_elsewhere(sim: Simulator, client: Client) -> None:
    """M5, M6: the buttons stay where they are; who taps them is told how things stand, and nothing changes."""
    mira, andrey = onboard(sim, "Мира"), onboard(sim, "Андрей")
    match_id = proposed(client, mira, andrey)
    assert client.call(mira, match_id, "decline") == (200, {"state": "declined"})
    andrey.sees("ищу")
    mira.taps("Принять")
    mira.sees("уже пропущено")
    assert client.call(mira, match_id, "accept")[1]["type"] == "urn:ty-ne-odin:too-late"
    assert client.call(andrey)[1]["type"] == "urn:ty-ne-odin:already-waiting"


def test_calls_leave_no_trace_of_who_they_were_for(sim: Simulator, stack: Stack, client: Client) -> None:
    """P8: the Telegram id of a header is in no log, no Redis key, and in no other table."""
    mira, _ = connect(sim)
    client.call(mira)
    client.call(mira, 10**9, "accept")
    httpx.post(f"{stack.web_url}{FIND}?user_id={mira.person_id}", headers={"X-Tg-User-Id": str(mira.person_id)})
    assert in_logs(stack, "match/find"), "looked in the wrong place"
    assert in_logs(stack, str(mira.person_id)) == []
    assert in_redis(stack, str(mira.person_id)) == []
    assert in_database(stack, str(mira.person_id)) == ["delivery_recipient"]


def test_the_same_call_at_the_same_moment_is_taken_once(sim: Simulator, stack: Stack) -> None:
    """A1: a nonce is accepted once, whatever the number of those who send it."""
    request = Signing("7999999999", secret=stack.environment["INTERNAL_BOT_SECRET"]).request()

    def status(_: int) -> int:
        return httpx.post(f"{stack.web_url}{FIND}", headers=request.headers).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(status, range(8))) == [401] * 7 + [404]


def test_an_address_is_signed_as_it_is_spelt(sim: Simulator, stack: Stack) -> None:
    """A1: another spelling of the same path or query is another call."""
    signing = Signing("7999999999", secret=stack.environment["INTERNAL_BOT_SECRET"])
    request = signing.request(f"{FIND}?a=b")

    def status(target: str, **more: Any) -> int:
        return httpx.post(f"{stack.web_url}{target}", headers=request.headers, **more).status_code

    assert [status("/match/fin%64?a=b"), status(f"{FIND}?a=%62"), status("//match/find?a=b")] == [401, 401, 404]
    assert status(f"{FIND}?a=b", content=iter([b"unknown", b"length"])) == 411
    assert status(f"{FIND}?a=b") == 404
    assert status(f"{FIND}?a=b") == 401
