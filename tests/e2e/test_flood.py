"""Somebody writes more than a minute allows."""

from simulator.client import Simulator
from tests.e2e.journey import connect


def test_a_flood_is_marked_and_said_once(sim: Simulator) -> None:
    """C6, C4: what fits arrives in order; each of the rest is marked, and one notice says how long to wait."""
    mira, andrey = connect(sim)
    said = [f"строка {number}" for number in range(18)]
    sent = [mira.sends(line) for line in said]
    for line in said[:15]:
        andrey.sees(line)
    mira.sees("15 сообщений")
    unsent = {message.message_id for message in sent[15:]}
    assert {message.message_id for message in mira.chat() if "🙊" in message.reactions} == unsent
    assert len([message for message in mira.chat() if "15 сообщений" in message.text]) == 1
    assert [message.text for message in andrey.chat() if message.text in said] == said[:15]
    andrey.sends("я слушаю")
    mira.sees("я слушаю")
