"""Which commands and buttons lead to matching."""

import pytest
from telegram import CallbackQuery, Chat, Message, MessageEntity, Update, User

from matching import bot, tasks
from project.celery import app
from tests.base import person

from .scenes import NOON, is_seated

SOMEBODY = User(id=7_000_000_001, first_name="М", is_bot=False)
CHAT = Chat(id=SOMEBODY.id, type=Chat.PRIVATE)


def command(text: str) -> Update:
    """The update of a command."""
    entity = MessageEntity(MessageEntity.BOT_COMMAND, 0, len(text))
    message = Message(1, date=NOON, chat=CHAT, from_user=SOMEBODY, text=text, entities=[entity])
    message.set_bot(_Named())  # type: ignore[arg-type]
    return Update(1, message=message)


class _Named:
    """As much of a bot as it takes to recognise a command."""

    username = "tyneodin_bot"


def edited(text: str) -> Update:
    """The update of a command that was corrected afterwards."""
    return Update(3, edited_message=command(text).message)


def tap(data: str) -> Update:
    """The update of a tapped button."""
    return Update(2, callback_query=CallbackQuery("1", SOMEBODY, "1", data=data))


@pytest.mark.parametrize(
    ("update", "expected"),
    [
        (command("/find"), bot.find),
        (command("/cancel"), bot.cancel),
        (edited("/find"), None),
        (tap("matching:find"), bot.find),
        (tap("matching:cancel"), bot.tap_cancel),
        (tap("matching:wait"), bot.keep_waiting),
        (tap("matching:call"), bot.call_me),
        (tap("matching:cancel:1"), None),
        (tap("chat:accept:1"), None),
    ],
)
def test_each_command_and_button_has_its_handler(update: Update, expected: object) -> None:
    """M1: /find, /cancel and their buttons; the proposal's buttons are the chat's."""
    taken = [handler.callback for handler in bot.handlers() if handler.check_update(update)]
    assert taken == ([expected] if expected else [])


@pytest.mark.django_db
def test_the_tasks_are_those_of_the_schedule() -> None:
    """M1, M5: beat names tasks that exist, and each makes its one call."""
    scheduled = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert {tasks.sweep.name, tasks.expire_proposals.name} <= scheduled
    assert tasks.sweep() == tasks.expire_proposals() == 0
    assert not is_seated(person("Мира"))
