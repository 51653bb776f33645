"""Every kind of message that Telegram knows, and what becomes of it in a conversation (C1).

A table, so that it can be shown and checked: the fields of a Message that say what it is, in the order in which they
decide (an animation is a document as well, a venue a location).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Protocol


class Fields(Protocol):
    """A telegram.Message, as far as its kind is concerned."""

    @property
    def text(self) -> str | None:
        """Its text, None where it has none."""

    @property
    def api_kwargs(self) -> Mapping[str, Any]:
        """What the library has no name for yet, under Telegram's own."""


class Treatment(Enum):
    """What becomes of a message of a kind."""

    COPIED = auto()
    REFUSED = auto()
    # Telegram says that something happened; nobody wrote anything.
    SERVICE = auto()


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind: `name` is the field of a Message, and the label in metrics.

    `reason` says why it is refused, as chat/refused.html knows it. `shown`: the first one waits until its receiver
    agrees to see it. `editable`: Telegram lets bots replace it by another file.
    """

    name: str
    treatment: Treatment
    reason: str = ""
    shown: bool = False
    editable: bool = False


def _copied(name: str, *, shown: bool = False, editable: bool = False) -> Kind:
    return Kind(name, Treatment.COPIED, shown=shown, editable=editable)


def _refused(name: str, reason: str) -> Kind:
    return Kind(name, Treatment.REFUSED, reason)


TEXT = _copied("text")
UNKNOWN = _refused("unknown", "unknown")

KINDS: tuple[Kind, ...] = (
    TEXT,
    _copied("animation", shown=True, editable=True),
    _copied("audio", editable=True),
    _copied("document", shown=True, editable=True),
    # Telegram sets the photo as well, for bots that do not know these yet.
    _copied("live_photo", shown=True),
    _copied("photo", shown=True, editable=True),
    _copied("sticker"),
    _copied("video", shown=True, editable=True),
    _copied("video_note", shown=True),
    _copied("voice"),
    # Who they are, or where.
    _refused("contact", "contact"),
    _refused("venue", "location"),
    _refused("location", "location"),
    _refused("story", "story"),
    _refused("users_shared", "contact"),
    _refused("chat_shared", "contact"),
    _refused("passport_data", "contact"),
    # Shared with others, or other on the other side.
    _refused("poll", "poll"),
    _refused("dice", "dice"),
    _refused("checklist", "checklist"),
    _refused("rich_message", "rich"),
    _refused("game", "game"),
    # Telegram does not let bots copy these.
    _refused("invoice", "paid"),
    _refused("paid_media", "paid"),
    _refused("giveaway", "giveaway"),
    _refused("giveaway_winners", "giveaway"),
    _refused("web_app_data", "unknown"),
    *(
        Kind(name, Treatment.SERVICE)
        for name in (
            "boost_added",
            "channel_chat_created",
            "chat_background_set",
            "chat_owner_changed",
            "chat_owner_left",
            "checklist_tasks_added",
            "checklist_tasks_done",
            "connected_website",
            "delete_chat_photo",
            "direct_message_price_changed",
            "forum_topic_closed",
            "forum_topic_created",
            "forum_topic_edited",
            "forum_topic_reopened",
            "general_forum_topic_hidden",
            "general_forum_topic_unhidden",
            "gift",
            "gift_upgrade_sent",
            "giveaway_completed",
            "giveaway_created",
            "group_chat_created",
            "left_chat_member",
            "managed_bot_created",
            "message_auto_delete_timer_changed",
            "migrate_from_chat_id",
            "migrate_to_chat_id",
            "new_chat_members",
            "new_chat_photo",
            "new_chat_title",
            "paid_message_price_changed",
            "pinned_message",
            "poll_option_added",
            "poll_option_deleted",
            "proximity_alert_triggered",
            "refunded_payment",
            "successful_payment",
            "suggested_post_approval_failed",
            "suggested_post_approved",
            "suggested_post_declined",
            "suggested_post_paid",
            "suggested_post_refunded",
            "supergroup_chat_created",
            "unique_gift",
            "video_chat_ended",
            "video_chat_participants_invited",
            "video_chat_scheduled",
            "video_chat_started",
            "write_access_allowed",
        )
    ),
)
BY_NAME = {kind.name: kind for kind in KINDS}


def kind_of(message: Fields) -> Kind:
    """What a message is; UNKNOWN for what Telegram will have added by then."""
    if message.text is not None:
        return TEXT
    newer = message.api_kwargs
    for kind in KINDS:
        # What the library has no name for yet, it keeps under Telegram's own.
        if getattr(message, kind.name, None) or kind.name in newer:
            return kind
    return UNKNOWN
