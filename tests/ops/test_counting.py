"""The counters of every process are in /metrics, whichever of them it is that counts."""

import pytest

from project.supervisor import Stack
from simulator.client import Simulator
from tests.e2e.journey import connect
from tests.e2e.traces import metric

RELAYED = 'relayed_messages_total{kind="text"}'
SLOW_DOWN = 'telegram_api_errors_total{code="RetryAfter"}'
REFUSED = 'relay_refused_total{reason="contact"}'
COUNTED = (RELAYED, SLOW_DOWN, REFUSED, "relay_latency_seconds_count", "relay_possibly_doubled_total")


def test_web_and_sender_count_together(sim: Simulator, stack: Stack) -> None:
    """O1: the sender relays what waited for its turn; web, what went straight through, and what was refused."""
    mira, andrey = connect(sim)
    before = {name: metric(stack, name) for name in COUNTED}
    mira.sends("прямо")
    andrey.sees("прямо")
    sim.breaks("copyMessage", andrey, status=429, retry_after=1)
    mira.sends("через очередь")
    andrey.sees("через очередь", within=15)
    sim.breaks("copyMessage", andrey, drop_answer=True)
    mira.sends("ответ потерян")
    andrey.sees("ответ потерян", within=15)
    andrey.sees("ответ потерян", within=15)
    mira.sends_media("contact")
    mira.sends("и ещё")
    andrey.sees("и ещё", within=15)
    counted = {name: metric(stack, name) - before[name] for name in COUNTED}
    assert counted[SLOW_DOWN] == counted[REFUSED] == counted["relay_possibly_doubled_total"] == 1
    assert counted[RELAYED] == counted["relay_latency_seconds_count"] == 4


@pytest.mark.parametrize("victim", ["web", "deliver"])
def test_what_a_dead_process_has_counted_counts(sim: Simulator, stack: Stack, victim: str) -> None:
    """O1: counters never go back, or a restart would look like a quiet hour."""
    mira, andrey = connect(sim)
    sim.breaks("copyMessage", andrey, status=429, retry_after=1)
    mira.sends("через очередь")
    andrey.sees("через очередь", within=15)
    before = {name: metric(stack, name) for name in COUNTED}
    stack.kill(victim)
    stack.wait_ready(victim)
    assert {name: metric(stack, name) for name in COUNTED} == before
