"""The kinds of notification: each app's `messages.py` registers its own with `@notification`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from .models import OutboxMessage
from .outgoing import Outgoing

Renderer = Callable[[OutboxMessage], Outgoing | None]
Hook = Callable[[OutboxMessage, datetime], None]


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind of notification is rendered, and what follows from its delivery.

    `render` runs right before sending, with the recipient's language active, and returns None when the notification
    is no longer true. `sent` runs in the transaction that records the delivery, `unsent` in the one that records
    that it will never be delivered. `doubles` says whether it may be sent again when Telegram's answer was lost.
    """

    render: Renderer
    sent: Hook | None = None
    unsent: Hook | None = None
    doubles: bool = True


KINDS: dict[str, Kind] = {}


def notification(
    name: str, *, sent: Hook | None = None, unsent: Hook | None = None, doubles: bool = True
) -> Callable[[Renderer], Renderer]:
    """Register the decorated function as the renderer of the kind `name` ("<app>.<what>")."""

    def register(render: Renderer) -> Renderer:
        if name in KINDS:
            raise ValueError(f"two renderers for {name}")
        KINDS[name] = Kind(render=render, sent=sent, unsent=unsent, doubles=doubles)
        return render

    return register
