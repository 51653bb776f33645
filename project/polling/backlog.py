"""What Telegram has shown us and we have not confirmed yet.

An offset confirms everything before it, so the oldest update that is not dealt with holds it. Those behind it are
dealt with meanwhile and remembered here; but getUpdates never shows more than SHOWN_AT_ONCE from the oldest on, so at
most 99 updates overtake a stuck one, and memory is bounded by the same number. No update is stuck for ever: the
webhook gives up on bugs and on what is stale, and Telegram itself after 24 h.
"""

from dataclasses import dataclass
from typing import Any

SHOWN_AT_ONCE = 100

QueueKey = tuple[str, int]


@dataclass(slots=True, eq=False)
class Update:
    """One update as Telegram wrote it. `gone`: Telegram has given up on it, so trying again helps nobody."""

    update_id: int
    body: dict[str, Any]
    dealt_with: bool = False
    gone: bool = False


class Backlog:
    """Updates in Telegram's order, at most SHOWN_AT_ONCE."""

    def __init__(self) -> None:
        self._updates: dict[int, Update] = {}
        self._confirmable: int | None = None

    def __bool__(self) -> bool:
        """Whether anything is neither confirmed nor about to be."""
        return bool(self._updates)

    @property
    def confirmable(self) -> int | None:
        """The offset that confirms what is dealt with and forgotten here; None when Telegram knows all of it.

        After a quiet week Telegram numbers anew from anywhere, so no offset is kept for longer than needed.
        """
        return self._confirmable

    def settle(self) -> None:
        """Forget what is dealt with up to the first that is not; to be called before asking, never meanwhile."""
        for update in list(self._updates.values()):
            if not update.dealt_with:
                break
            del self._updates[update.update_id]
            self._confirmable = update.update_id + 1

    def confirmed(self, offset: int | None) -> None:
        """Telegram has heard this offset."""
        if offset == self._confirmable:
            self._confirmable = None

    def notice(self, shown: list[dict[str, Any]]) -> list[Update]:
        """Take what Telegram shows now; returns what is new. What it shows no more it has given up on."""
        ids = {body["update_id"] for body in shown}
        for update_id in self._updates.keys() - ids:
            self._updates.pop(update_id).gone = True
        new = [Update(body["update_id"], body) for body in shown if body["update_id"] not in self._updates]
        self._updates.update((update.update_id, update) for update in new)
        return new


def queue_of(body: dict[str, Any]) -> QueueKey:
    """The queue in which Telegram keeps an update: messages and edits share one per chat, the rest one per user."""
    kind = next((name for name in body if name != "update_id"), "")
    content = body.get(kind)
    if not isinstance(content, dict):
        return kind, 0
    if kind in ("message", "edited_message"):
        return "chat", _id_of(content, "chat")
    return kind, _id_of(content, "from") or _id_of(content, "user") or _id_of(content, "chat")


def _id_of(content: dict[str, Any], field: str) -> int:
    value = content.get(field)
    number = value.get("id") if isinstance(value, dict) else None
    return number if isinstance(number, int) else 0
