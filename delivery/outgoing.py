"""What can leave for Telegram, as values: the answer of a renderer and of a handler alike."""

from collections.abc import Sequence
from dataclasses import dataclass

from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaAudio,
    InputMediaDocument,
    InputMediaLivePhoto,
    InputMediaPhoto,
    InputMediaVideo,
    ReplyParameters,
)

AlbumItem = InputMediaAudio | InputMediaDocument | InputMediaLivePhoto | InputMediaPhoto | InputMediaVideo
Rows = Sequence[Sequence[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Text:
    """A message in Telegram's HTML, with rows of buttons (label, callback data of at most 64 bytes).

    `reply_to` is the message of the same chat that it answers; where that is gone, it stands by itself.
    """

    html: str
    buttons: Rows = ()
    reply_to: int | None = None

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
    """A copy of somebody's message, without its origin; `reply` is what it answers in its reader's chat."""

    from_telegram_id: int
    message_id: int
    reply: ReplyParameters | None = None


@dataclass(frozen=True, slots=True)
class Album:
    """Copies of several messages that stay together; `reply_to` is what they answer in their reader's chat.

    Such copies can't answer anything themselves: a small arrow behind them does.
    """

    from_telegram_id: int
    message_ids: tuple[int, ...]
    reply_to: int | None = None


@dataclass(frozen=True, slots=True)
class MediaGroup:
    """An album sent anew from what is in it, since copies of several messages can't answer anything.

    `copies` is what goes instead where Telegram would not take that.
    """

    media: tuple[AlbumItem, ...]
    reply: ReplyParameters
    copies: Album


@dataclass(frozen=True, slots=True)
class Edit:
    """What a message of ours says from now on; where it is gone, or says so already, nothing happens."""

    message_id: int
    text: Text


Outgoing = Text | Copy | Album | MediaGroup | Edit


def messages_in(outgoing: Outgoing) -> int:
    """How many messages of Telegram's budget it takes to send this."""
    match outgoing:
        case Album():
            return len(outgoing.message_ids) + (outgoing.reply_to is not None)
        case MediaGroup():
            return len(outgoing.media)
        case _:
            return 1
