"""Parting as people see it on their phones: the rating below the farewell, and another way for who gets no answer."""

import psycopg

from project.supervisor import Stack
from simulator.client import Person, Simulator
from tests.e2e.journey import connect

NEVER_ANSWERED = """
    INSERT INTO delivery_outboxmessage (kind, recipient_id, params, dedupe_key, priority, state, due_at, attempts,
        possibly_doubled, error)
    SELECT 'chat.waiting_long', last_message_by_id, jsonb_build_object('session', id), 'waiting', 20, 'pending', now(),
        0, false, '' FROM chat_chatsession WHERE last_message_by_id IS NOT NULL
"""
LONG_AGO = """
    UPDATE chat_chatsession SET last_message_at = now() - interval '11 minutes', wait_offered_a = true,
        wait_offered_b = true
"""
RATED = "SELECT p.nickname, p.rating_sum, p.rating_count FROM profiles_profile p WHERE p.rating_count > 0 ORDER BY 1"


def ratings(stack: Stack) -> list[tuple[str, int, int]]:
    """Whose ratings are how many, and what they add up to."""
    with psycopg.connect(stack.environment["DATABASE_URL"]) as connection:
        return connection.execute(RATED).fetchall()


def marked(person: Person) -> list[str]:
    """The labels below the last message that are marked as chosen."""
    return [label for label in person.buttons if label.startswith("✓")]


def test_both_say_how_it_was(sim: Simulator, stack: Stack) -> None:
    """C7: one tap each; what was said is marked, can be corrected, and leaves all the other buttons where they are."""
    mira, andrey = connect(sim)
    mira.sends("/end")
    mira.taps("Завершить")
    for person in (mira, andrey):
        person.sees("Помог тебе этот разговор?")
    below = mira.buttons
    assert "Жаль" in (mira.taps("Не очень") or "")
    for _ in range(2):
        assert "Собеседник этого не узнает" in (mira.taps("Помогло") or "")
    mira.taps("Помогло")
    andrey.taps("Немного")
    for person in (mira, andrey):
        person.catches_up()
    assert ratings(stack) == [("Андрей", 100, 1), ("Мира", 50, 1)]
    assert [label.removeprefix("✓ ") for label in mira.buttons] == below
    assert (marked(mira), marked(andrey)) == (["✓ 💛 Помогло"], ["✓ 🙂 Немного"])
    mira.taps("Встретиться снова")
    mira.sees("Запомню")
    assert marked(mira) == ["✓ 💛 Помогло", "✓ 🤝 Встретиться снова"]


def test_who_gets_no_answer_ends_and_searches(sim: Simulator, stack: Stack) -> None:
    """C8, C7: one tap ends it for both and searches; the farewell stays, to say how it was."""
    mira, andrey = connect(sim)
    mira.sends("Ты здесь?")
    andrey.sees("Ты здесь?")
    with psycopg.connect(stack.environment["DATABASE_URL"]) as connection:
        connection.execute(LONG_AGO)
        connection.execute(NEVER_ANSWERED)
    mira.sees("пока не отвечает")
    mira.taps("Закончить и искать дальше")
    mira.sees("Разговор закончился")
    mira.sees("Ищу")
    andrey.sees("Разговор закончился")
    mira.taps("Помогло")
    assert ratings(stack) == [("Андрей", 100, 1)]


def test_an_old_offer_asks_before_it_ends_what_lives(sim: Simulator, stack: Stack) -> None:
    """C8: they have talked on since; the tap on the offer becomes the ordinary question."""
    mira, andrey = connect(sim)
    mira.sends("Ты здесь?")
    andrey.sees("Ты здесь?")
    with psycopg.connect(stack.environment["DATABASE_URL"]) as connection:
        connection.execute(NEVER_ANSWERED)
    mira.sees("пока не отвечает")
    andrey.sends("Да, прости")
    mira.sees("Да, прости")
    mira.taps("Закончить и искать дальше")
    mira.sees("Завершить разговор?")
    andrey.sends("Я слушаю")
    mira.sees("Я слушаю")
