"""How open questions are answered: each app registers the kinds it asks."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from telegram import Update

from delivery.outgoing import Text

from .context import Context

Answer = Callable[[Update, Context], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Answering:
    """What to do with a free text while a question of one kind is open.

    `take` gets every message of the person, not only texts: it says itself what it needs. `while_suspended`: somebody
    who is paused may answer as well (an appeal). `closed`: what is said, in a language, when a command closes the
    question; for answers that must not reach a partner because their writer did not notice.
    """

    take: Answer
    while_suspended: bool = False
    closed: Callable[[str], Text] | None = None


ANSWERING: dict[str, Answering] = {}


def answers(
    kind: str, *, while_suspended: bool = False, closed: Callable[[str], Text] | None = None
) -> Callable[[Answer], Answer]:
    """Register the decorated handler for the open questions of `kind`."""

    def register(take: Answer) -> Answer:
        if kind in ANSWERING:
            raise ValueError(f"two handlers for answers to {kind}")
        ANSWERING[kind] = Answering(take, while_suspended=while_suspended, closed=closed)
        return take

    return register
