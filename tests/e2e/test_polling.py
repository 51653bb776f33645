"""A real bot without HTTPS: the same street with updates that are fetched, with Telegram and the poller going away."""

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from project.supervisor import Stack
from simulator.client import Person, Simulator
from tests.e2e import test_first_conversation as first_conversation
from tests.e2e.journey import connect
from tests.e2e.traces import messages_counted, metric
from tests.stack import running_stack

DOUBLED = "relay_possibly_doubled_total"
AWAY_SECONDS = float(os.environ.get("TELEGRAM_AWAY_SECONDS", "12"))


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """Without PUBLIC_URL, with `poll`."""
    with running_stack(polling=True) as stack:
        yield stack


# The journeys of the first conversation, on the street of this file.
test_two_people_meet_talk_and_say_goodbye = first_conversation.test_two_people_meet_talk_and_say_goodbye
test_formatting_survives = first_conversation.test_formatting_survives
test_the_partner_who_blocks_the_bot_is_gone = (
    first_conversation.test_the_partner_who_blocks_the_bot_is_gone_and_the_other_is_told
)


def test_no_webhook_is_registered(sim: Simulator) -> None:
    """O4: Telegram refuses getUpdates beside a webhook."""
    assert sim.webhook()["url"] == ""


@pytest.mark.timeout(120 + 3 * AWAY_SECONDS)
def test_telegram_goes_away_in_the_middle(sim: Simulator, stack: Stack) -> None:
    """C4: what people wrote while Telegram was away, and what was under way, arrives once and in order."""
    sim.patience = 60
    mira, andrey = connect(sim)
    counted_before = metric(stack, DOUBLED)
    with ThreadPoolExecutor() as pool:
        talk = pool.submit(_talk, mira, andrey)
        time.sleep(1)
        sim.down()
        time.sleep(AWAY_SECONDS)
        sim.up()
        talk.result()
    _everything_arrived(sim, stack, mira, andrey, counted_before)
    mira.sends("/end")
    mira.taps("Завершить")
    for person in (mira, andrey):
        person.sees("Разговор закончился")
    assert _lines(stack, "polling.away") == _lines(stack, "polling.back") == 1


@pytest.mark.timeout(180)
def test_kill_9_of_the_poller_loses_nothing(sim: Simulator, stack: Stack) -> None:
    """C4: nothing is confirmed before it is dealt with, and what is fetched again is recognised."""
    sim.patience = 30
    mira, andrey = connect(sim)
    counted_before = metric(stack, DOUBLED)
    with ThreadPoolExecutor() as pool:
        talk = pool.submit(_talk, mira, andrey)
        for _ in range(2):
            time.sleep(1.5)
            stack.kill("poll")
            stack.wait_ready("poll")
        talk.result()
    _everything_arrived(sim, stack, mira, andrey, counted_before)


def test_stopping_confirms_what_is_done(sim: Simulator, stack: Stack) -> None:
    """C4: after a stop in good order nothing comes twice, and what came meanwhile waits."""
    mira, andrey = connect(sim)
    mira.sends("до остановки")
    andrey.sees("до остановки")
    stack.stop("poll")
    assert sim.pending() == []
    mira.sends("во время остановки", wait=False)
    andrey.sees_nothing(0.5)
    stack.start("poll")
    andrey.sees("во время остановки")


def _talk(mira: Person, andrey: Person) -> None:
    for number in range(15):
        for person in (mira, andrey):
            person.sends(f"{person.first_name} {number}", wait=False)
        time.sleep(0.2)


def _everything_arrived(sim: Simulator, stack: Stack, mira: Person, andrey: Person, counted_before: float) -> None:
    sim.wait_idle(within=60)
    doubled = 0
    for sender, receiver in ((mira, andrey), (andrey, mira)):
        expected = [f"{sender.first_name} {number}" for number in range(15)]
        receiver.sees(expected[-1])
        arrived = [message.text for message in receiver.chat() if message.by_bot and message.text in expected]
        assert list(dict.fromkeys(arrived)) == expected
        doubled += len(arrived) - len(expected)
        for secret in (sender.first_name, str(sender.person_id), stack.environment["TELEGRAM_BOT_TOKEN"]):
            assert secret not in stack.log("poll").read_text()
    assert doubled <= metric(stack, DOUBLED) - counted_before
    assert messages_counted(stack) == (15, 15)


def _lines(stack: Stack, event: str) -> int:
    return stack.log("poll").read_text().count(f'"event": "{event}"')
