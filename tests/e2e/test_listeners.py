"""Being asked to listen, and meeting again, as people see them on their phones."""

from simulator.client import Person, Simulator
from tests.e2e.journey import FIND, ask_to_be_introduced, connect, onboard

LISTENS = "Олег"


def _listener(sim: Simulator) -> Person:
    oleh = onboard(sim, LISTENS)
    oleh.sends("/available")
    oleh.taps("Хочу послушать")
    oleh.taps("с 23:00")
    oleh.taps("Без тихих часов")
    oleh.sees("могу написать в любое время")
    return oleh


def test_somebody_who_listens_is_found(sim: Simulator) -> None:
    """P9, M4, M5: nobody else searches; who is ready to listen is asked in words of their own, and they talk."""
    oleh, mira = _listener(sim), onboard(sim, "Мира")
    mira.taps(FIND)
    oleh.sees("Мира сейчас ищет, с кем поговорить")
    mira.sees(f"Знакомься: {LISTENS}")
    oleh.taps("Принять")
    oleh.sees("слово за собеседником")
    mira.taps("Принять")
    for person in (oleh, mira):
        person.sees("на связи")
    mira.sends("Спасибо, что ты здесь")
    oleh.sees("Спасибо, что ты здесь")


def test_somebody_who_listens_may_say_no(sim: Simulator) -> None:
    """P9, M6: the answer to their skip is no question about a search, and listening can be switched off there."""
    oleh, mira = _listener(sim), onboard(sim, "Мира")
    mira.taps(FIND)
    oleh.sees("Мира сейчас ищет")
    oleh.taps("Пропустить")
    oleh.sees("Ничего страшного")
    mira.sees("ищу дальше")
    oleh.taps("Больше не слушать")
    oleh.sees("Хочешь побыть рядом")


def test_who_listens_may_cancel(sim: Simulator) -> None:
    """P9, M1: a yes taken back by /cancel is no search that was stopped."""
    oleh, mira = _listener(sim), onboard(sim, "Мира")
    mira.taps(FIND)
    oleh.taps("Принять")
    oleh.sees("слово за собеседником")
    oleh.sends("/cancel")
    oleh.sees("Ничего страшного")
    mira.sees("ищу дальше")


def test_two_meet_again(sim: Simulator) -> None:
    """C7: both say so after the goodbye, both are told, and the next search brings them together."""
    mira, andrey = connect(sim)
    mira.sends("/end")
    mira.sees("Завершить разговор?")
    mira.taps("Завершить")
    for person in (mira, andrey):
        person.sees("Разговор закончился")
        person.taps("Встретиться снова")
        person.sees("Запомню")
    for person, partner in ((mira, "Андрей"), (andrey, "Мира")):
        person.sees(f"человеку по имени {partner} хочется встретиться снова")
    ask_to_be_introduced(mira)
    andrey.taps(FIND)
    for person, partner in ((mira, "Андрей"), (andrey, "Мира")):
        person.sees(f"Снова {partner}")
        person.taps("Принять")
    for person in (mira, andrey):
        person.sees("на связи")
