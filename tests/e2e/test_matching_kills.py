"""Show: people search and answer while web, worker and sender are killed again and again; no search is lost.

MATCHING_PEOPLE and MATCHING_KILLS make it larger; 200 and 20 are a good show.
"""

import os
import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Event

import psycopg
import pytest

from project.supervisor import Stack
from simulator.client import Message, Person, Simulator
from tests.load import crowd, population

PEOPLE = int(os.environ.get("MATCHING_PEOPLE", "80"))
KILLS = int(os.environ.get("MATCHING_KILLS", "9"))
VICTIMS = ("web", "worker", "deliver")
SEED = 4
BETWEEN_KILLS = (0.6, 1.6)
SEARCHING_WITHIN = 0.75 * KILLS  # seconds in which they come
PHONES = 4  # threads
# The longest that patience may hold somebody back, restarts, and a slow machine.
SETTLED_WITHIN = 75.0

ACCEPT, SKIP, FIND = "Принять", "Пропустить", "Найти собеседника"

_IN_VAIN = """
SELECT a.profile_id, b.profile_id
FROM matching_poolentry a JOIN matching_poolentry b ON a.profile_id < b.profile_id
JOIN profiles_profile p ON p.recipient_id = a.profile_id JOIN profiles_profile q ON q.recipient_id = b.profile_id
WHERE bit_count((p.topic_mask & q.topic_mask)::bit(64)) >= 2
  AND (p.speaks_ru AND q.speaks_ru OR p.speaks_uk AND q.speaks_uk OR p.speaks_en AND q.speaks_en)
  AND NOT EXISTS (
    SELECT 1 FROM matching_recentcontact c
    WHERE c.until > now() AND (c.user_id, c.other_id) IN ((a.profile_id, b.profile_id), (b.profile_id, a.profile_id)))
"""
_PLACES = """
SELECT r.telegram_id, CASE WHEN m.state = 'active' THEN 'talking' WHEN m.id IS NOT NULL THEN 'proposed'
    WHEN e.profile_id IS NOT NULL THEN 'waiting' ELSE 'idle' END
FROM delivery_recipient r LEFT JOIN matching_poolentry e ON e.profile_id = r.id
LEFT JOIN matching_seat s ON s.profile_id = r.id LEFT JOIN matching_match m ON m.id = s.match_id
"""
_TWICE = """
SELECT s.profile_id FROM matching_seat s JOIN matching_poolentry e USING (profile_id)
UNION ALL
SELECT m.id FROM matching_match m LEFT JOIN matching_seat s ON s.match_id = m.id
GROUP BY m.id HAVING count(s.profile_id) <> CASE WHEN m.state IN ('proposed', 'active') THEN 2 ELSE 0 END
UNION ALL
SELECT one FROM (
    SELECT unnest(ARRAY[a_id, b_id]) AS one FROM matching_match WHERE state IN ('proposed', 'active')
) live GROUP BY one HAVING count(*) > 1
"""


class Phone:
    """Somebody who searches at some moment, answers what is proposed, and after a skip goes on or does not."""

    def __init__(self, person: Person, chance: random.Random) -> None:
        self.person = person
        self.stopped = False
        self._chance = chance
        self._searches_at = chance.uniform(0, SEARCHING_WITHIN)
        self._searched = False
        self._answered: set[int] = set()

    def look(self, elapsed: float) -> None:
        """Do what there is to do, `elapsed` seconds after the beginning."""
        if not self._searched:
            if elapsed >= self._searches_at:
                self.person.sends("/find", wait=False)
                self._searched = True
            return
        for message in self.person.chat():
            labels = " ".join(button.text for button in message.buttons)
            if ACCEPT in labels and message.message_id not in self._answered:
                self._answered.add(message.message_id)
                self._tap(message, ACCEPT if self._chance.random() < 0.8 else SKIP)
            elif FIND in labels and not self.stopped:
                # Under "shall I look for someone else?", which stands where the introduction stood.
                if self._chance.random() < 0.6:
                    self._tap(message, FIND)
                else:
                    self.stopped = True

    def _tap(self, message: Message, label: str) -> None:
        self.person.taps(label, message=message, wait=False)


@pytest.mark.timeout(240)
def test_no_search_is_lost(sim: Simulator, stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    """M1, M5, M8: everybody with an allowed partner ends in a proposal or conversation, nobody in two."""
    chance = random.Random(SEED)
    began = time.monotonic()
    phones = _phones(sim, stack, chance)
    over = Event()
    with ThreadPoolExecutor(PHONES) as pool:
        hands = [pool.submit(_answer, phones[first::PHONES], over) for first in range(PHONES)]
        try:
            _kill(stack, chance)
            for victim in VICTIMS:
                stack.wait_ready(victim)
            _settle(sim, stack)
        finally:
            over.set()
        for hand in hands:
            hand.result()
    places = {telegram_id: str(place) for telegram_id, place in _rows(stack, _PLACES)}
    lost = [phone for phone in phones if not phone.stopped and places[phone.person.person_id] == "idle"]
    assert not lost, lost[0].person.transcript()
    assert _rows(stack, _TWICE) == []
    assert _rows(stack, _IN_VAIN) == []
    for phone in phones:
        _knows(phone, places[phone.person.person_id])
    counts = {place: list(places.values()).count(place) for place in ("talking", "proposed", "waiting", "idle")}
    with capsys.disabled():
        shown = f"{PEOPLE} people, {KILLS} kills, {time.monotonic() - began:.0f} s: {counts}, 0 lost, 0 in two"
        print(f"\n{shown}", file=sys.stderr)  # a worker's stdout leads nowhere


def _phones(sim: Simulator, stack: Stack, chance: random.Random) -> list[Phone]:
    with psycopg.connect(stack.environment["DATABASE_URL"]) as connection:
        crowd.register(connection, population.people(PEOPLE, topics=12, seed=SEED), now=datetime.now(UTC))
    ids = range(crowd.FIRST_TELEGRAM_ID, crowd.FIRST_TELEGRAM_ID + PEOPLE)
    return [
        Phone(sim.person(f"Мира {number}", id=number, started=True), random.Random(chance.random())) for number in ids
    ]


def _answer(phones: list[Phone], over: Event) -> None:
    began = time.monotonic()
    while not over.wait(0.2):
        for phone in phones:
            phone.look(time.monotonic() - began)


def _kill(stack: Stack, chance: random.Random) -> None:
    for _ in range(KILLS):
        time.sleep(chance.uniform(*BETWEEN_KILLS))
        victim = chance.choice([name for name in VICTIMS if stack.pid(name) is not None])
        # A supervisor should not put up with so many deaths, and would give up.
        stack._keeper._deaths[victim].clear()
        stack.kill(victim)


def _settle(sim: Simulator, stack: Stack) -> None:
    """Wait until nothing is on its way, and nobody waits who could be introduced."""
    deadline = time.monotonic() + SETTLED_WITHIN
    pending = "SELECT count(*) FROM delivery_outboxmessage WHERE state = 'pending' AND priority <= 10"
    quiet = 0
    while quiet < 3 and time.monotonic() < deadline:
        time.sleep(0.5)
        unsettled = _rows(stack, _IN_VAIN) or _rows(stack, pending) != [(0,)] or sim.pending()
        quiet = 0 if unsettled else quiet + 1


def _knows(phone: Phone, place: str) -> None:
    """What stands in the chat tells the person where they are."""
    chat = [message for message in phone.person.chat() if message.by_bot]
    offers = [message for message in chat if any(ACCEPT in button.text for button in message.buttons)]
    told = {
        "talking": any("на связи" in message.text for message in chat),
        "proposed": bool(offers) or any("слово за собеседником" in message.text for message in chat),
        "waiting": any("Ищу" in message.text or "ищу" in message.text for message in chat),
        "idle": phone.stopped,
    }
    assert told[place], f"{place}\n{phone.person.transcript()}"


def _rows(stack: Stack, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(stack.environment["DATABASE_URL"]) as connection:
        return connection.execute(query).fetchall()
