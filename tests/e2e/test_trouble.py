"""What happens when something dies, comes twice, or Telegram stumbles: nothing is lost, nothing happens twice."""

import random
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from project.supervisor import Stack
from simulator.client import Person, Simulator
from tests.e2e.journey import ask_to_be_introduced, connect, onboard
from tests.e2e.traces import count_of, messages_counted, metric

DOUBLED = "relay_possibly_doubled_total"


def _texts(person: Person) -> list[str]:
    return [message.text for message in person.chat() if message.by_bot]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("victim", ["web", "deliver", "worker"])
def test_kill_9_at_random_points_loses_nothing(sim: Simulator, stack: Stack, victim: str) -> None:
    """C4, P1, M8: whatever dies during a journey, every word arrives and the order is kept."""
    chance = random.Random(victim)
    sim.patience = 30
    counted_before = metric(stack, DOUBLED)
    with ThreadPoolExecutor() as pool:
        journey = pool.submit(_journey, sim)
        deaths = 0
        while not journey.done():
            time.sleep(chance.uniform(0.5, 2.5))
            if deaths < 4 and not journey.done():
                stack.kill(victim)
                deaths += 1
                stack.wait_ready(victim)
        mira, andrey = journey.result()
    assert deaths
    doubled = 0
    for sender, receiver in ((mira, andrey), (andrey, mira)):
        expected = [f"{sender.first_name} {number}" for number in range(15)]
        arrived = [text for text in _texts(receiver) if text in expected]
        assert list(dict.fromkeys(arrived)) == expected
        doubled += len(arrived) - len(expected)
    assert doubled <= metric(stack, DOUBLED) - counted_before
    assert messages_counted(stack) == (15, 15)


def _journey(sim: Simulator) -> tuple[Person, Person]:
    mira, andrey = connect(sim)
    for number in range(15):
        for sender in (mira, andrey):
            sender.sends(f"{sender.first_name} {number}", wait=False)
        time.sleep(0.3)
    sim.wait_idle()
    for sender, receiver in ((mira, andrey), (andrey, mira)):
        receiver.sees(f"{sender.first_name} 14")
    return mira, andrey


def test_a_redelivered_message_is_not_relayed_twice(sim: Simulator, stack: Stack) -> None:
    """C4: Telegram delivers at least once; the partner reads it once, and it counts once."""
    mira, andrey = connect(sim)
    mira.sends("Только раз")
    andrey.sees("Только раз")
    update_id = sim.updates(mira)[-1]["update_id"]
    sim.redeliver(update_id)
    andrey.sees_nothing()
    assert sorted(messages_counted(stack)) == [0, 1]


def test_both_accept_in_the_same_moment(sim: Simulator, stack: Stack) -> None:
    """M5: two taps at once start one conversation."""
    mira, andrey = onboard(sim, "Мира"), onboard(sim, "Андрей")
    for person in (mira, andrey):
        person.sends("/find")
    for person in (mira, andrey):
        person.sees("Знакомься")
    with ThreadPoolExecutor() as pool:
        taps = [pool.submit(person.taps, "Принять") for person in (mira, andrey) for _ in range(2)]
        for tap in taps:
            tap.result()
    for person in (mira, andrey):
        person.sees("на связи")
    sim.wait_idle()
    for person in (mira, andrey):
        assert sum("на связи" in text for text in _texts(person)) == 1
    assert count_of(stack, "chat_chatsession") == 1


def test_a_short_429_delays_and_loses_nothing(sim: Simulator) -> None:
    """C4: a 429 is waited out, and the order is kept."""
    mira, andrey = connect(sim)
    sim.breaks("copyMessage", andrey, status=429, retry_after=2)
    for number in range(4):
        mira.sends(f"строка {number}")
    for number in range(4):
        andrey.sees(f"строка {number}", within=10)
    arrived = [text for text in _texts(andrey) if text.startswith("строка")]
    assert arrived == [f"строка {number}" for number in range(4)]


def test_an_answer_that_is_lost_may_double_but_never_loses(sim: Simulator) -> None:
    """C4: the one exception, and it is counted."""
    mira, andrey = connect(sim)
    sim.breaks("copyMessage", andrey, drop_answer=True)
    mira.sends("Слышишь?")
    andrey.sees("Слышишь?")
    andrey.sees("Слышишь?", within=5)
    mira.sends("Дальше")
    andrey.sees("Дальше")


def test_ending_with_words_still_on_their_way_tells_their_sender(sim: Simulator) -> None:
    """C4: what could not be delivered is said to its sender."""
    mira, andrey = connect(sim)
    sim.breaks("copyMessage", andrey, status=429, retry_after=30, times=None)
    mira.sends("раз")
    mira.sends("два")
    andrey.sends("/end")
    andrey.taps("Завершить")
    mira.sees("2 твоих сообщения не дошли до собеседника")
    andrey.catches_up()
    andrey.sees_nothing()


def test_web_restarts_in_the_middle_of_onboarding(sim: Simulator, stack: Stack) -> None:
    """P1: onboarding lives in the database and goes on where it was."""
    mira = sim.person("Мира")
    mira.sends("/start")
    mira.taps("Мне есть 18")
    mira.sees("Как тебя")
    stack.stop("web")
    mira.sends("Мира", wait=False)
    stack.start("web")
    sim.wait_idle(within=30)
    mira.sees("часовой пояс")


def test_the_worker_is_killed_while_two_wait_for_its_sweep(sim: Simulator, stack: Stack) -> None:
    """M4, M8: what only the sweep can find is found by the worker that comes after the killed one."""
    mira = onboard(sim, "Мира")
    andrey = onboard(sim, "Андрей", topics=("Работа", "Здоровье"))
    for person in (mira, andrey):
        ask_to_be_introduced(person)
    stack.kill("worker")
    mira.sends("/profile")
    mira.taps("Темы")
    for topic in ("Работа", "Здоровье"):
        mira.taps(topic)
    for person in (mira, andrey):
        person.sees("Знакомься", within=60)
