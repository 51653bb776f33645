"""Things that people do in the middle of others, and what must not come of them."""

import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import psycopg
import pytest
from redis import Redis

from project.supervisor import Stack
from simulator.client import Person, Simulator
from tests.e2e.journey import FIND, ask_to_be_introduced, connect, onboard


def post(stack: Stack, update: dict[str, object]) -> int:
    """Bring an update as Telegram would."""
    secret = {"X-Telegram-Bot-Api-Secret-Token": stack.environment["TELEGRAM_WEBHOOK_SECRET"]}
    return httpx.post(f"{stack.web_url}/telegram/webhook", headers=secret, json=update, timeout=60).status_code


def someone(person: Person) -> dict[str, object]:
    """The person as updates name them."""
    return {"id": person.person_id, "is_bot": False, "first_name": person.first_name, "language_code": "ru"}


@pytest.mark.parametrize("field", ["Имя", "О себе"])
def test_the_first_words_reach_the_partner_whatever_was_asked_before(sim: Simulator, field: str) -> None:
    """P8, C1: a question left open must not turn a confession into a public bio."""
    mira, andrey = onboard(sim, "Мира"), onboard(sim, "Андрей")
    ask_to_be_introduced(mira)
    mira.sends("/profile")
    mira.taps(field)
    mira.sees("собеседнику оно не уйдёт")
    andrey.taps(FIND)
    for person in (mira, andrey):
        person.taps("Принять")
    for person in (mira, andrey):
        person.sees("на связи")
    mira.sends("Мне очень плохо")
    andrey.sees("Мне очень плохо")


def test_words_from_before_the_conversation_stay_out_of_it(sim: Simulator, stack: Stack) -> None:
    """P8, C4: what was stuck on its way was meant for somebody else; its writer is told."""
    mira, andrey = connect(sim)
    sent = mira.sends("сейчас")
    andrey.sees("сейчас")
    update = dict(sim.updates(mira)[-1]["update"])
    update["update_id"] += 9_000_000
    update["message"] = update["message"] | {"date": int(time.time()) - 3600, "message_id": sent.message_id}
    assert post(stack, update) == 200
    mira.sees("ещё до начала разговора")
    andrey.sees_nothing(0.5)


def test_leaving_a_group_is_not_leaving_the_conversation(sim: Simulator, stack: Stack) -> None:
    """C5: only the private chat says whether a person can be reached."""
    mira, andrey = connect(sim)
    bot = {"id": 1, "is_bot": True, "first_name": "bot"}
    change = {
        "chat": {"id": -100123, "type": "supergroup", "title": "x"},
        "from": someone(mira),
        "date": int(time.time()),
        "old_chat_member": {"status": "member", "user": bot},
        "new_chat_member": {"status": "left", "user": bot},
    }
    assert post(stack, {"update_id": 4_100_000_000, "my_chat_member": change}) == 200
    mira.sends("Я здесь")
    andrey.sees("Я здесь")


def test_who_said_yes_can_take_it_back(sim: Simulator) -> None:
    """M1, M5: between yes and yes there is a way out, and an answer to everything."""
    mira, andrey = onboard(sim, "Мира"), onboard(sim, "Андрей")
    ask_to_be_introduced(mira)
    andrey.taps(FIND)
    mira.taps("Принять")
    mira.sees("слово за собеседником")
    mira.sends("и что теперь?")
    mira.sees("/cancel")
    # An impatient finger that taps on where "Accept" stood takes nothing back, and opens nothing.
    accepted = next(each for each in mira.chat() if "слово за собеседником" in each.text)
    mira.taps(accepted.buttons[0].text)
    mira.taps("Забрать своё «да»")
    mira.sees("никого для тебя не ищу")
    andrey.taps("Принять")
    mira.sends("/find")
    mira.sees("Ищу")


def test_a_refused_message_that_is_gone_is_refused_all_the_same(sim: Simulator) -> None:
    """C1: the reason reaches its sender even where there is nothing left to answer to."""
    mira, andrey = connect(sim)
    sim.breaks("copyMessage", andrey, status=429, retry_after=2)
    mira.sends("занято")
    photo = mira.sends_media("photo", wait=False)
    mira.deletes(photo)
    mira.sees("подождёт")
    assert not any("сломалось" in message.text for message in mira.chat())


def test_buttons_of_long_ago_say_so(sim: Simulator) -> None:
    """C7: "keep talking" under a conversation that is over does not pretend."""
    mira, andrey = connect(sim)
    mira.sends("/end")
    mira.sees("Завершить разговор?")
    andrey.sends("/end")
    andrey.taps("Завершить")
    mira.sees("Разговор закончился")
    mira.taps("Продолжить разговор")
    mira.sees("уже закончился")


def test_start_in_the_middle_says_where_one_is(sim: Simulator) -> None:
    """P1, C1: /start neither forgets a conversation nor offers another one."""
    mira, andrey = connect(sim)
    mira.sends("/start")
    mira.sees("сейчас в разговоре")
    mira.sends("Я ещё тут")
    andrey.sees("Я ещё тут")


@pytest.mark.parametrize("cry", ["/sos", "/SOS", "/sos!", "/sos, помогите", "/сос"])
def test_a_cry_for_help_is_understood_as_it_comes(sim: Simulator, cry: str) -> None:
    """S3: answered for everyone, in every state, however it is typed."""
    stranger = sim.person("Никто")
    stranger.sends(cry)
    stranger.sees("112")


def test_what_was_left_to_the_outbox_is_not_copied_again(sim: Simulator, stack: Stack) -> None:
    """C4: killed between leaving a message to the outbox and writing down that it is dealt with: still once."""
    mira, andrey = connect(sim)
    sim.breaks("copyMessage", andrey, status=429, retry_after=1)
    mira.sends("однажды")
    andrey.sees("однажды")
    with Redis.from_url(stack.environment["REDIS_URL"]) as redis:
        for key in redis.scan_iter(f"{stack.environment['REDIS_PREFIX']}:ledger:*"):
            redis.delete(key)
    sim.redeliver(sim.updates(mira)[-1]["update_id"])
    andrey.sees_nothing()


def test_one_persons_lock_holds_up_nobody_else(sim: Simulator, stack: Stack) -> None:
    """C4: a forgotten transaction on one row must not use up the threads that everybody needs."""
    mira, andrey = onboard(sim, "Мира"), onboard(sim, "Андрей")
    taps = [
        {
            "update_id": 4_200_000_000 + number,
            "callback_query": {
                "id": str(number),
                "from": someone(mira),
                "chat_instance": "1",
                "data": "matching:find",
            },
        }
        for number in range(10)
    ]
    with psycopg.connect(stack.environment["DATABASE_URL"]) as holder, ThreadPoolExecutor(10) as pool:
        holder.execute("SELECT * FROM profiles_profile WHERE nickname = 'Мира' FOR UPDATE")
        answers = [pool.submit(post, stack, tap) for tap in taps]
        time.sleep(1)
        andrey.sends("/help", wait=False)
        andrey.sees("/sos", within=10)
        for answer in answers:
            answer.result()
