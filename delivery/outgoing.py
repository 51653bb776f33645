"""What can leave for Telegram, as values: the answer of a renderer and of a handler alike."""

from collections.abc import Sequence
from dataclasses import dataclass

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

Rows = Sequence[Sequence[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Text:
    """A message in Telegram's HTML, with rows of buttons (label, callback data of at most 64 bytes)."""

    html: str
    buttons: Rows = ()

    @property
    def markup(self) -> InlineKeyboardMarkup | None:
        """The inline keyboard, or None where there are no buttons."""
        if not self.buttons:
            return None
        return InlineKeyboardMarkup(
            [[InlineKeyboardButton(label, callback_data=action) for label, action in row] for row in self.buttons]
        )


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy of somebody's message, without its origin."""

    from_telegram_id: int
    message_id: int


@dataclass(frozen=True, slots=True)
class Edit:
    """What a message of ours says from now on; where it is gone, or says so already, nothing happens."""

    message_id: int
    text: Text


Outgoing = Text | Copy | Edit
