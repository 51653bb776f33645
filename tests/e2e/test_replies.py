"""What somebody answers, and the part of it they quote."""

from simulator.client import Simulator
from tests.e2e.journey import connect


def test_an_answer_points_at_the_right_message(sim: Simulator) -> None:
    """C2: in both directions, at one's own words and at the partner's, with the part that was quoted."""
    mira, andrey = connect(sim)
    asked = mira.sends("чай или кофе?")
    copy = andrey.sees("чай или кофе?")
    andrey.sends("кофе", reply_to=copy, quote="кофе")
    answer = mira.sees("кофе")
    assert answer.raw["reply_to_message"]["message_id"] == asked.message_id
    assert answer.raw["quote"]["text"] == "кофе"
    mira.sends("и с молоком", reply_to=asked)
    assert andrey.sees("и с молоком").raw["reply_to_message"]["message_id"] == copy.message_id


def test_an_answer_that_is_quicker_than_telegram(sim: Simulator) -> None:
    """C2: the copy is read and answered before Telegram has told us its number."""
    mira, andrey = connect(sim)
    mira.sends("привет")
    andrey.sees("привет")
    sim.breaks("copyMessage", andrey, latency_ms=1500)
    asked = mira.sends("ты тут?", wait=False)
    copy = andrey.sees("ты тут?")
    andrey.sends("тут", reply_to=copy)
    assert mira.sees("тут").raw["reply_to_message"]["message_id"] == asked.message_id


def test_an_answer_to_the_partner_is_no_answer_to_the_bot(sim: Simulator) -> None:
    """C1, C3, P5: while the bot asks about the profile, a reply to the partner's words goes to the partner."""
    mira, andrey = connect(sim)
    mira.sends("/profile")
    mira.taps("О себе")
    mira.sees("о себе")
    andrey.sends("расскажи, что случилось?")
    mira.sends("меня бьёт муж", reply_to=mira.sees("что случилось?"))
    assert andrey.sees("меня бьёт муж").raw["reply_to_message"]["text"] == "расскажи, что случилось?"
    mira.sees("Профиль остался прежним")
    mira.sends("и мне страшно")
    andrey.sees("и мне страшно")
    mira.sends("/profile")
    assert "бьёт" not in mira.sees("🕰").text


def test_a_comment_never_reaches_the_partner(sim: Simulator) -> None:
    """S1: not even as an answer to the partner's own words."""
    mira, andrey = connect(sim)
    andrey.sends("ты никому не нужна")
    insult = mira.sees("не нужна")
    mira.sends("/report")
    mira.taps("Оскорбления")
    mira.sends("так он пишет весь вечер", reply_to=insult)
    andrey.sees_nothing()
