"""docs/messages.md: every field of Telegram's Message, and what becomes of it in a conversation."""

from html import unescape

from chat import messages
from chat.kinds import KINDS, Kind, Treatment
from simulator.schema import load

# What says how a message came to be or looks, not what it is; and what its reader finds of it.
COMES_WITH = {
    "kept": (
        "entities",
        "caption",
        "caption_entities",
        "show_caption_above_media",
        "has_media_spoiler",
        "link_preview_options",
        "media_group_id",
    ),
    "points at the same message in the other chat, where both see it": ("reply_to_message", "quote"),
    "not passed on: nobody learns where a message comes from": (
        "forward_origin",
        "is_automatic_forward",
        "external_reply",
        "reply_to_story",
        "reply_to_checklist_task_id",
        "reply_to_poll_option_id",
        "via_bot",
        "author_signature",
        "reply_markup",
        "effect_id",
        "is_from_offline",
        "edit_date",
    ),
    "Telegram lets nobody take the message elsewhere: refused, with the reason": ("has_protected_content",),
    "the frame of every message; of its writer nothing is passed on": ("message_id", "from", "date", "chat"),
    "never seen by a bot that people write to in private": (
        "message_thread_id",
        "direct_messages_topic",
        "sender_chat",
        "sender_boost_count",
        "sender_business_bot",
        "sender_tag",
        "guest_query_id",
        "business_connection_id",
        "is_topic_message",
        "guest_bot_caller_user",
        "guest_bot_caller_chat",
        "is_paid_post",
        "paid_star_count",
        "suggested_post_info",
    ),
}
_HEADINGS = {
    Treatment.COPIED: "Passed on",
    Treatment.REFUSED: "Not passed on",
    Treatment.SERVICE: "Said by Telegram",
}
_INTRODUCTION = """\
# Kinds of messages

What becomes of everything that a Message of {version} may be, when somebody sends it in a conversation. The tables come
from `chat/kinds.py` and each row has been tried: `tests/e2e/test_kinds.py` fails when they say something else than the
code does, or when Telegram adds a field. This file is written by `WRITE_DOCS=1 make test ARGS=tests/e2e/test_kinds.py`.
"""


def document() -> str:
    """The whole file."""
    return "\n".join([_INTRODUCTION.format(version=load().version), *map(_section, Treatment), _comes_with()])


def told(kind: Kind, *, language: str) -> str:
    """What the writer of a refused kind reads."""
    return unescape(messages.refused(reason=kind.reason, language=language).html)


def _section(treatment: Treatment) -> str:
    kinds = [kind for kind in KINDS if kind.treatment is treatment]
    if treatment is Treatment.SERVICE:
        names = ", ".join(f"`{kind.name}`" for kind in kinds)
        said = f"Nobody wrote these, so nothing is passed on and nothing is answered: {names}."
        return f"## {_HEADINGS[treatment]}\n\n{said}\n"
    rows = [f"| `{kind.name}` | {_what_becomes_of(kind)} |" for kind in kinds]
    column = "its writer reads" if treatment is Treatment.REFUSED else "what its reader gets"
    return "\n".join([f"## {_HEADINGS[treatment]}\n", f"| | {column} |", "| --- | --- |", *rows, ""])


def _what_becomes_of(kind: Kind) -> str:
    if kind.treatment is Treatment.REFUSED:
        return told(kind, language="en")
    parts = ["a copy"]
    if kind.name == "document":
        parts.append("its name is shown, so its writer confirms that first")
    if kind.shown:
        parts.append("the first one waits until its reader agrees to see it")
    if kind.editable:
        parts.append("another file put in its place replaces it there, too")
    return "; ".join(parts)


def _comes_with() -> str:
    rows = [f"| {', '.join(f'`{name}`' for name in names)} | {what} |" for what, names in COMES_WITH.items()]
    return "\n".join(["## What comes with a message\n", "| | |", "| --- | --- |", *rows, ""])
