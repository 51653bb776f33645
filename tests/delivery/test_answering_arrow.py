"""Copies of an album can't answer anything: a small arrow behind them does, and never costs them anything."""

import asyncio
from typing import Any
from unittest import mock

import pytest
from telegram import MessageId
from telegram.error import BadRequest, RetryAfter, TelegramError

from delivery.outgoing import Album, MediaGroup, Text, messages_in
from delivery.telegram import Bot, reply_to, send
from delivery.transport import AnswerLost

READER, WRITER = 700_000_001, 700_000_002
ANSWERS = Album(WRITER, (11, 12), reply_to=5)


def telegram(*, copies: TelegramError | None = None, arrow: TelegramError | None = None) -> mock.AsyncMock:
    """A Bot that does what it is told, but for the errors that Telegram answers with."""
    bot = mock.AsyncMock(spec=Bot)
    bot.copy_messages.return_value = (MessageId(81), MessageId(82))
    bot.copy_messages.side_effect = copies
    bot.send_message.side_effect = arrow
    return bot


def sends(bot: mock.AsyncMock, album: Album, **more: Any) -> tuple[int, ...]:
    """The ids of what arrived."""
    return asyncio.run(send(bot, chat_id=READER, outgoing=album, **more))


def calls(bot: mock.AsyncMock) -> list[str]:
    """What Telegram was asked to do, in order."""
    return [call[0] for call in bot.method_calls]


def test_the_arrow_follows_and_points_at_what_is_answered() -> None:
    """C2: it is no message of the album, and has no twin."""
    bot = telegram()
    assert sends(bot, ANSWERS) == (81, 82)
    assert calls(bot) == ["copy_messages", "send_message"]
    assert bot.send_message.call_args.kwargs["reply_parameters"].message_id == 5


def test_an_album_that_answers_nothing_has_no_arrow() -> None:
    """C1: copies, nothing else."""
    bot = telegram()
    sends(bot, Album(WRITER, (11, 12)))
    assert calls(bot) == ["copy_messages"]


@pytest.mark.parametrize("error", [RetryAfter(1), BadRequest("message to copy not found"), AnswerLost("read")])
def test_an_album_that_does_not_arrive_leaves_no_arrow(error: TelegramError) -> None:
    """C4: however often it is tried."""
    bot = telegram(copies=error)
    for _ in range(3):
        with pytest.raises(type(error)):
            sends(bot, ANSWERS)
    bot.send_message.assert_not_called()


def test_an_album_of_which_nothing_is_left_leaves_no_arrow() -> None:
    """C4: its messages were deleted meanwhile."""
    bot = telegram()
    bot.copy_messages.return_value = ()
    with pytest.raises(BadRequest):
        sends(bot, ANSWERS)
    bot.send_message.assert_not_called()


@pytest.mark.parametrize("error", [RetryAfter(1), BadRequest("…"), AnswerLost("read")])
def test_an_album_that_arrived_never_comes_again_for_an_arrow(error: TelegramError) -> None:
    """C4: whatever becomes of the arrow, the album has arrived, once."""
    assert sends(telegram(arrow=error), ANSWERS) == (81, 82)


def test_an_arrow_takes_no_time_that_the_album_has_left_none_of() -> None:
    """C4: a lease lasts for one call; whoever takes its row afterwards would send the album again."""

    async def never(*_: Any, **__: Any) -> None:
        await asyncio.sleep(10)

    bot = telegram()
    bot.send_message.side_effect = never
    assert sends(bot, ANSWERS, answer_within=0.05) == (81, 82)


def test_an_album_takes_as_much_of_the_budget_as_it_has_messages() -> None:
    """C4: Telegram counts them one by one, and the arrow with them."""
    media = mock.sentinel
    anew = MediaGroup(media=(media.one, media.two, media.three), reply=reply_to(5), copies=ANSWERS)
    assert [messages_in(each) for each in (Text("…"), ANSWERS, Album(WRITER, (11, 12)), anew)] == [1, 3, 2, 3]
