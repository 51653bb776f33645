"""Onboarding through the chat: the original's own case, little to do, and everything twice."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from redis import Redis

from project.supervisor import Stack
from simulator.client import Person, Simulator
from tests.e2e.journey import FIND, choose_topics, consent, onboard

Act = Callable[[Person], object]

# Each step of onboarding as one act; the last one puts the person into the waiting pool.
STEPS: list[Act] = [
    lambda mira: mira.sends("/start"),
    lambda mira: mira.taps("Мне есть 18"),
    # A name that would do as a city as well: taken a second time, it would answer the next question.
    lambda mira: mira.sends("Лондон"),
    lambda mira: mira.sends("Киев"),
    lambda mira: mira.taps("Тревога"),
    lambda mira: mira.taps("Одиночество"),
    lambda mira: mira.taps("Готово"),
    lambda mira: mira.sends("Люблю тишину"),
    lambda mira: mira.taps(FIND),
]


def test_the_originals_own_case(sim: Simulator, stack: Stack) -> None:
    """P1–P5: МистерАндрей from Europe/Kiev with four topics, as the original system tested it."""
    andrey = consent(sim, "Андрей")
    andrey.sends("МистерАндрей")
    andrey.sees("часовой пояс")
    andrey.sends("Europe/Kiev")
    choose_topics(andrey, ["Одиночество", "Тревога", "Отношения", "Утрата"])
    andrey.taps("Пропустить")
    andrey.sees("МистерАндрей")
    with psycopg.connect(stack.environment["DATABASE_URL"]) as connection:
        row = connection.execute(
            """SELECT nickname, timezone, state, bio,
                array(SELECT slug::text FROM profiles_topic WHERE topic_mask & (1::bigint << bit) <> 0 ORDER BY slug)
            FROM profiles_profile"""
        ).fetchone()
    assert row == ("МистерАндрей", "Europe/Kyiv", "complete", "", ["anxiety", "loneliness", "loss", "relationships"])


@pytest.mark.parametrize("language", ["ru", "uk", "en"])
def test_little_to_do(sim: Simulator, language: str) -> None:
    """P10: from /start to searching at most 8 taps besides the topics, nothing typed, 🆘 on every step."""
    person = sim.person("Sasha", language=language)
    person.sends("/start")
    taps = 1
    for act in ("profiles:agree", "profiles:nickname", "profiles:zone"):
        _tap_action(person, act)
        taps += 1
    for number in range(2):
        _tap_action(person, "profiles:topic:add", skip=number)
    for act in ("profiles:topics:done", "profiles:bio:none", "matching:find"):
        _tap_action(person, act)
        taps += 1
    assert taps <= 8
    assert any("matching:cancel" in str(button.data) for button in person.last_message.buttons)


def _tap_action(person: Person, action: str, *, skip: int = 0) -> None:
    shown = [message for message in person.chat() if message.buttons][-1]
    labels = [button.text for button in shown.buttons if str(button.data).startswith(action)]
    assert labels, f"no {action} among {shown.buttons}"
    assert any(button.data == "safety:sos" for button in shown.buttons)
    person.taps(labels[skip], message=shown)


def test_a_redelivered_update_at_every_step_changes_nothing_twice(sim: Simulator, stack: Stack) -> None:
    """P1, C4: the same update again, known to the ledger or forgotten by it, leaves the person where they are."""
    mira = sim.person("Мира")
    for step, act in enumerate(STEPS):
        act(mira)
        sim.wait_idle()
        update_id = sim.updates(mira)[-1]["update_id"]
        before = _state(stack)
        sim.redeliver(update_id)
        assert _state(stack) == before, f"step {step}: seen by the ledger"
        _forget_updates(stack)
        sim.redeliver(update_id)
        assert _state(stack) == before, f"step {step}: as after a crash between commit and answer"


def test_two_taps_at_once(sim: Simulator, stack: Stack) -> None:
    """P1, M1: a double tap is one tap, at every step that is tapped."""
    mira = sim.person("Мира")
    mira.sends("/start")
    for label in ("Мне есть 18", "Киев", "Тревога", "Одиночество", "Готово", "Пропустить", FIND):
        if label == "Киев":
            mira.sends("Мира")
        _tap_twice(mira, label)
    assert _state(stack)["profile"] == [("complete", "Мира", "Europe/Kyiv", 2, "")]
    assert _state(stack)["pool"] == [(1,)]


def _tap_twice(person: Person, label: str) -> None:
    person.catches_up()
    shown = [message for message in person.chat() if any(label in button.text for button in message.buttons)][-1]
    with ThreadPoolExecutor() as pool:
        for tap in [pool.submit(person.taps, label, message=shown) for _ in range(2)]:
            tap.result()


def test_two_people_want_the_same_name(sim: Simulator) -> None:
    """P2: the second one is told, and asked again."""
    onboard(sim, "Мира")
    other = consent(sim, "Ещё Мира")
    other.sends("мира")
    other.sees("занято")
    other.sends("Мира-два")
    other.sees("часовой пояс")


def test_who_is_under_18_is_shown_childrens_hotlines(sim: Simulator) -> None:
    """P1: no question again for 24 h, but help at once; before consent nothing else works."""
    child = sim.person("Саша")
    child.sends("/find")
    child.sees("/start")
    child.sends("/start")
    child.taps("нет 18")
    child.sees("Украина: 116 111")
    child.sends("/start")
    child.sees("Украина: 116 111")
    child.sends("/find")
    child.sees("Украина: 116 111")


def _state(stack: Stack) -> dict[str, list[tuple[object, ...]]]:
    """What onboarding changes, as the database has it."""
    queries = {
        "profile": "SELECT state, nickname, timezone, bit_count(topic_mask::bit(64)), bio FROM profiles_profile",
        "pool": "SELECT count(*) FROM matching_poolentry",
        "people": "SELECT count(*) FROM delivery_recipient",
    }
    with psycopg.connect(stack.environment["DATABASE_URL"]) as connection:
        return {name: connection.execute(query).fetchall() for name, query in queries.items()}


def _forget_updates(stack: Stack) -> None:
    """Take the ledger's memory, as if the process had died before it could write down that an update was done."""
    with Redis.from_url(stack.environment["REDIS_URL"]) as redis:
        for key in redis.scan_iter(f"{stack.environment['REDIS_PREFIX']}:ledger:*"):
            redis.delete(key)
