"""Show: somebody disappears, and nothing in a dump of the database or in Redis is about them any more."""

import json

import psycopg

from project.supervisor import Stack
from simulator.client import Person, Simulator
from tests.e2e.journey import TOPICS, ask_to_be_introduced, choose_topics, connect, consent
from tests.e2e.traces import count_of, in_database, in_dump, in_logs, in_redis

BIO = "собираю гербарий и молчу по утрам"
COMMENT = "грубил и не слушал"
NICKNAME = "Мирослава"


def complete(sim: Simulator, name: str, bio: str) -> Person:
    """Somebody with a complete profile and a bio."""
    someone = consent(sim, name)
    someone.sends(name)
    someone.sees("часовой пояс")
    someone.sends("Киев")
    someone.sees("О чём тебе")
    choose_topics(someone, TOPICS)
    someone.sees("о себе")
    someone.sends(bio)
    someone.sees("Всё готово")
    return someone


def traces_of(stack: Stack, person: Person, pk: int) -> dict[str, list[str]]:
    """Where anything of the person is found, by what it is."""
    needles = {
        "telegram id": str(person.person_id),
        "nickname": NICKNAME,
        "nickname key": NICKNAME.casefold(),
        "bio": BIO,
        "comment": COMMENT,
        "username": person.username,
        "last name": person.last_name,
        "profile": str(pk),
    }
    search = (in_database, in_dump, in_redis)
    found = {what: [place for look in search for place in look(stack, needle)] for what, needle in needles.items()}
    return {what: places for what, places in found.items() if places}


def number_people_from(stack: Stack, first: int) -> None:
    """People get ids that nothing else looks like."""
    with psycopg.connect(stack.environment["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(f"ALTER SEQUENCE delivery_recipient_id_seq RESTART WITH {first}")


def test_nothing_is_left(sim: Simulator, stack: Stack) -> None:
    """P7: profile, bio, conversation, a report by and one on them, a block, notices: no trace, in any table or key."""
    pk = 815_000_001
    number_people_from(stack, pk)
    mira, andrey = complete(sim, NICKNAME, BIO), complete(sim, "Андрей", "просто слушаю")
    ask_to_be_introduced(mira)
    andrey.taps("Найти собеседника")
    for person in (mira, andrey):
        person.taps("Принять")
    for person in (mira, andrey):
        person.sees("на связи")
    mira.sends("привет")
    andrey.sees("привет")
    for reporter, comment in ((andrey, "странно себя ведёт"), (mira, COMMENT)):
        reporter.sends("/report")
        reporter.taps("Оскорбления")
        reporter.sees("Твоё следующее сообщение получат модераторы")
        reporter.sends(comment)
        reporter.sees("Спасибо, что рассказываешь")
    mira.taps("Завершить и заблокировать")
    andrey.sees("Разговор закончился")
    assert count_of(stack, "safety_report") == 2
    assert count_of(stack, "safety_block") == 1
    mira.sends("/export")
    file = mira.sees("всё, что о тебе хранится")
    assert json.loads(mira.downloads(file))["profiles"]["profile"]["bio"] == BIO
    assert {"telegram id", "nickname", "profile"} <= traces_of(stack, mira, pk).keys()

    mira.sends("/delete")
    mira.taps("Удалить всё")
    mira.sees("Всё о тебе удалено")

    assert traces_of(stack, mira, pk) == {}
    for needle in (str(mira.person_id), NICKNAME, BIO, mira.username):
        assert in_logs(stack, needle) == []
    assert (count_of(stack, "delivery_recipient"), count_of(stack, "profiles_profile")) == (1, 1)
    # What keeps the two apart lasts, though nobody can tell whom it means.
    assert count_of(stack, "safety_block") == 1


def test_disappearing_in_the_middle_of_a_conversation(sim: Simulator, stack: Stack) -> None:
    """P7: the other reads that the conversation is over, and both can begin anew."""
    mira, andrey = connect(sim)
    mira.sends("/delete")
    mira.taps("Удалить всё")
    mira.sees("Всё о тебе удалено")
    andrey.sees("Разговор закончился")
    andrey.sends("ты здесь?")
    andrey.sees("/find")
    mira.sends("/start")
    mira.taps("Мне есть 18")
    mira.sees("Как тебя")
