"""Giving a copy the new form of its original: which call of the Bot API does that, by kind."""

from collections.abc import Callable
from typing import Any

from telegram import (
    InputMedia,
    InputMediaAnimation,
    InputMediaAudio,
    InputMediaDocument,
    InputMediaPhoto,
    InputMediaVideo,
    LinkPreviewOptions,
    Message,
)
from telegram.error import BadRequest

from delivery.telegram import Bot

from .kinds import TEXT, Kind

_WITHOUT_WORDS = frozenset({"sticker", "video_note"})
_SEEN_AT_ONCE = frozenset({"animation", "photo", "video"})
_INPUTS: dict[str, Callable[..., InputMedia]] = {
    "animation": InputMediaAnimation,
    "audio": InputMediaAudio,
    "document": InputMediaDocument,
    "photo": InputMediaPhoto,
    "video": InputMediaVideo,
}


async def rewrite(
    bot: Bot, *, chat_id: int, message_id: int, original: Message, kind: Kind, answer_within: float
) -> None:
    """Let a copy say what its original says now: its words, and its file where Telegram lets bots replace that.

    A copy that says so already is left alone. `answer_within` is in seconds. Raises PTB's TelegramError.
    """
    try:
        if kind is TEXT:
            await _rewrite_text(bot, chat_id, message_id, original, answer_within)
        elif kind.editable:
            await bot.edit_message_media(
                input_media(original, kind),
                chat_id=chat_id,
                message_id=message_id,
                # The library would add its default, which this method does not have.
                api_kwargs={"parse_mode": None},
                read_timeout=answer_within,
            )
        elif kind.name not in _WITHOUT_WORDS:
            await _rewrite_caption(bot, chat_id, message_id, original, answer_within)
    except BadRequest as error:
        if "message is not modified" not in error.message.lower():
            raise


async def _rewrite_text(bot: Bot, chat_id: int, message_id: int, original: Message, answer_within: float) -> None:
    assert original.text is not None
    await bot.edit_message_text(
        original.text,
        chat_id=chat_id,
        message_id=message_id,
        # Not our HTML: whatever looks like a tag was typed so.
        parse_mode=None,
        entities=original.entities,
        link_preview_options=_link_preview(original),
        read_timeout=answer_within,
    )


async def _rewrite_caption(bot: Bot, chat_id: int, message_id: int, original: Message, answer_within: float) -> None:
    await bot.edit_message_caption(
        chat_id=chat_id,
        message_id=message_id,
        caption=original.caption,
        parse_mode=None,
        caption_entities=original.caption_entities,
        show_caption_above_media=original.show_caption_above_media,
        read_timeout=answer_within,
    )


def _link_preview(original: Message) -> LinkPreviewOptions | None:
    """As its writer has it, and not as the bot's own messages have it."""
    given = original.link_preview_options
    return None if given is None else LinkPreviewOptions(**{"is_disabled": False, **given.to_dict()})


def input_media(original: Message, kind: Kind) -> InputMedia:
    """What is in a message of an `editable` kind, file and words, to be sent again."""
    file = getattr(original, kind.name)
    look: dict[str, Any] = {"caption": original.caption, "parse_mode": None}
    look["caption_entities"] = original.caption_entities
    if kind.name in _SEEN_AT_ONCE:
        look["has_spoiler"] = original.has_media_spoiler
        look["show_caption_above_media"] = original.show_caption_above_media
    # Of a picture the largest size.
    return _INPUTS[kind.name](file[-1] if kind.name == "photo" else file, **look)
