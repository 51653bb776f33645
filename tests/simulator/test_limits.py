"""A bot that writes too quickly is told to wait; one that keeps to Telegram's figures never notices."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.client import RefusedError, Simulator
from simulator.errors import ApiError
from simulator.limits import OVERALL, PER_CHAT, FloodLimits
from tests.simulator.bot import BotSide


class Clock:
    """Time that passes only when it is told to."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still."""
    return Clock()


@pytest.fixture
def limits(clock: Clock) -> FloodLimits:
    """Limits as they are by default."""
    return FloodLimits(clock)


def wait(limits: FloodLimits, chat_id: int = 1, method: str = "sendMessage", **params: Any) -> int:
    """Return for how many seconds a call is refused, 0 if it passes."""
    try:
        limits.spend(method, {"chat_id": chat_id, **params})
    except ApiError as error:
        return error.retry_after or 0
    return 0


def test_a_burst_passes_and_then_one_a_second(limits: FloodLimits, clock: Clock) -> None:
    assert [wait(limits) for _ in range(PER_CHAT.burst)] == [0] * PER_CHAT.burst
    for _ in range(100):
        clock.now += 1
        assert wait(limits) == 0


def test_too_quick_is_too_quick_until_the_wait_is_over(limits: FloodLimits, clock: Clock) -> None:
    for _ in range(PER_CHAT.burst):
        wait(limits)
    assert wait(limits) == 3
    clock.now += 1
    assert wait(limits) == 2
    assert wait(limits, chat_id=2) == 0
    clock.now += 2
    assert [wait(limits) for _ in range(4)] == [0, 0, 0, 3]


def test_thirty_a_second_over_all_chats(limits: FloodLimits, clock: Clock) -> None:
    chats = iter(range(10_000))
    assert not any(wait(limits, next(chats)) for _ in range(OVERALL.burst))
    assert wait(limits, next(chats)) == 1
    clock.now += 1
    for _ in range(10):
        clock.now += 1
        assert not any(wait(limits, next(chats)) for _ in range(30))


@pytest.mark.parametrize(
    ("method", "params", "cost"),
    [
        ("copyMessage", {}, 1),
        ("copyMessages", {"message_ids": [1, 2, 3]}, 3),
        ("sendMediaGroup", {"media": [{}, {}]}, 2),
        ("editMessageText", {}, 1),
        ("forwardMessage", {}, 1),
        ("sendChatAction", {}, 0),
        ("answerCallbackQuery", {}, 0),
        ("deleteMessage", {}, 0),
        ("getMe", {}, 0),
    ],
)
def test_what_counts(limits: FloodLimits, method: str, params: dict[str, Any], cost: int) -> None:
    assert wait(limits, method=method, **params) == 0
    assert [wait(limits) for _ in range(PER_CHAT.burst - cost)] == [0] * (PER_CHAT.burst - cost)
    assert wait(limits) > 0


def test_over_http(bot: BotSide, telegram: Simulator) -> None:
    alice = telegram.person("Алиса", started=True)
    assert telegram.limits() == {
        "enabled": True,
        "per_chat": {"per_second": 1, "burst": 30},
        "overall": {"per_second": 30, "burst": 60},
    }
    telegram.limits_to(per_chat={"per_second": 0.5, "burst": 2})
    say = {"chat_id": alice.person_id, "text": "да"}
    answers = [bot.answer("sendMessage", **say) for _ in range(3)]
    assert [answer["ok"] for answer in answers] == [True, True, False]
    assert answers[2]["parameters"] == {"retry_after": 2}
    assert bot.post("/sendMessage", json=say).headers["Retry-After"] == "2"
    telegram.limits_to(enabled=False)
    assert all(bot.answer("sendMessage", **say)["ok"] for _ in range(10))
    with pytest.raises(RefusedError):
        telegram.limits_to(overall={"per_second": 0, "burst": 1})
