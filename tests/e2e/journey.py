"""The steps of a journey, as people take them in Russian: tapping what the bot offers."""

from collections.abc import Sequence

from simulator.client import Person, Simulator

TOPICS = ("Тревога", "Одиночество")
FIND = "Найти собеседника"


def consent(sim: Simulator, name: str) -> Person:
    """Somebody new who has pressed Start and agreed to the rules."""
    person = sim.person(name)
    person.sends("/start")
    person.taps("Мне есть 18")
    person.sees("Как тебя")
    return person


def choose_topics(person: Person, topics: Sequence[str]) -> None:
    """Tick topics and go on."""
    for topic in topics:
        person.taps(topic)
    person.taps("Готово")


def onboard(sim: Simulator, name: str, *, topics: Sequence[str] = TOPICS, timezone: str = "Киев") -> Person:
    """Somebody with a complete profile, typed where typing is possible."""
    person = consent(sim, name)
    person.sends(name)
    person.sees("часовой пояс")
    person.sends(timezone)
    person.sees("О чём тебе")
    choose_topics(person, topics)
    person.taps("Пропустить")
    person.sees("Всё готово")
    return person


def ask_to_be_introduced(person: Person) -> None:
    """Into the waiting pool."""
    person.taps(FIND)
    person.sees("Ищу")


def connect(sim: Simulator, one: str = "Мира", other: str = "Андрей") -> tuple[Person, Person]:
    """Two new people, in a conversation with each other."""
    mira, andrey = onboard(sim, one), onboard(sim, other)
    ask_to_be_introduced(mira)
    andrey.taps(FIND)
    for person in (mira, andrey):
        person.taps("Принять")
    for person in (mira, andrey):
        person.sees("на связи")
    return mira, andrey
