"""Onboarding through the chat: the original's own case, little to do, and everything twice."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from redis import Redis

from project.supervisor import Stack
from simulator.client import Person, Simulator
from tests.e2e.journey import FIND, choose_topics, connect, consent, onboard
from tests.e2e.traces import in_database, in_logs, in_redis

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

NO_BUTTON = "has no button there"


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
        taps = [pool.submit(person.taps, label, message=shown) for _ in range(2)]
    refused = [error for error in (tap.exception() for tap in taps) if error is not None]
    # The second finger may be so late that the button is gone already.
    assert [str(error)[-len(NO_BUTTON) :] for error in refused] in ([], [NO_BUTTON])


def test_everything_wrong_at_once(sim: Simulator) -> None:
    """P2, P3, P5: each mistake is answered by what was wrong and what would be right, and nothing is lost by it."""
    mira = consent(sim, "Мира")
    mira.sends_media("voice")
    mira.sees("только слова")
    mira.sends("Поддержка")
    mira.sees("могут принять")
    mira.sends("<b>Миpа</b> 😀")
    mira.sees("не может быть")
    mira.taps("b Мира b")
    mira.sees("Сколько у тебя сейчас времени?")
    mira.sends("Хярьков")
    mira.sees("среди первых кнопок")
    mira.taps("Харьков")
    mira.sends("тревога")
    mira.sees("нажми одну из кнопок")
    choose_topics(mira, ["Тревога", "Утрата"])
    mira.sends("1 < 2 & 3 > 2, " * 25)
    too_long = mira.sees("лишних — 74")
    assert "1 < 2 & 3 > 2," in too_long.text
    mira.sends("пишите t.me/mira")
    mira.sees("ссылка")
    mira.edits(mira.sends("звоните 0501234567"), "звоните")
    mira.sees("Отправь новым сообщением")
    mira.sends("Люблю 1 < 2")
    mira.sees("Люблю 1 < 2")


def test_what_people_write_about_themselves_is_in_no_log(sim: Simulator, stack: Stack) -> None:
    """P8: names, places and bios, taken or refused, stand in no log and not in Redis; a bio nowhere in plain words."""
    mira = consent(sim, "Мира")
    for said in ("Канарейка@7f3a", "Канарейка 7f3a"):
        mira.sends(said)
    for said in ("канарейкаград", "Киев"):
        mira.sends(said)
    choose_topics(mira, ["Тревога", "Утрата"])
    sim.breaks("sendMessage", mira, status=400)
    for said in ("канарейка t.me/x", "канарейка" * 40, "Я канарейка"):
        mira.sends(said)
    mira.sees("Я канарейка")
    for encoded in ("анарейка", "анарейка".encode("unicode_escape").decode()):
        assert in_logs(stack, encoded) == []
        assert in_redis(stack, encoded) == []
    assert in_database(stack, "анарейка") == ["profiles_profile"]
    assert in_database(stack, "Я канарейка") == []


def test_rules_that_changed_do_not_break_into_a_conversation(sim: Simulator, stack: Stack) -> None:
    """P1: who agreed to other rules goes on talking, and agrees to those of today before the next search."""
    mira, andrey = connect(sim)
    with psycopg.connect(stack.environment["DATABASE_URL"]) as connection:
        connection.execute("UPDATE profiles_profile SET rules_version = 0")
    mira.sends("Ты ещё здесь?")
    andrey.sees("Ты ещё здесь?")
    mira.sends("/end")
    mira.taps("Завершить")
    mira.sees("Разговор закончился")
    mira.taps(FIND)
    mira.sees("правила немного изменились")
    mira.taps("принимаю правила")
    mira.taps(FIND)
    mira.sees("Ищу")


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
