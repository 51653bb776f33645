"""The kinds of notification: each app's `messages.py` registers its own with `@notification`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from .models import OutboxMessage
from .outgoing import Outgoing

Renderer = Callable[[OutboxMessage], Outgoing | None]
Sent = Callable[[OutboxMessage, Sequence[int], datetime], None]
Still = Callable[[OutboxMessage], bool]
Unsent = Callable[[OutboxMessage, datetime], None]


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind of notification is rendered, and what follows from its delivery.

    `render` runs right before sending, with the recipient's language active, and returns None when the notification
    is no longer true. `sent` runs in the transaction that records the delivery, with the ids of what arrived, `unsent`
    in the one that records that it will never be delivered. `doubles` says whether it may be sent again when
    Telegram's answer was lost. `still` is asked once more right before sending, where that had to wait: whether it is
    as true as when it was rendered.
    """

    render: Renderer
    sent: Sent | None = None
    unsent: Unsent | None = None
    doubles: bool = True
    still: Still | None = None

    @property
    def retriable(self) -> bool:
        """Whether what was given up may be sent after all: nobody has drawn conclusions from its never arriving."""
        return self.unsent is None


KINDS: dict[str, Kind] = {}


def notification(
    name: str,
    *,
    sent: Sent | None = None,
    unsent: Unsent | None = None,
    doubles: bool = True,
    still: Still | None = None,
) -> Callable[[Renderer], Renderer]:
    """Register the decorated function as the renderer of the kind `name` ("<app>.<what>")."""

    def register(render: Renderer) -> Renderer:
        if name in KINDS:
            raise ValueError(f"two renderers for {name}")
        KINDS[name] = Kind(render=render, sent=sent, unsent=unsent, doubles=doubles, still=still)
        return render

    return register
