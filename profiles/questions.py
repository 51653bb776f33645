"""How open questions are answered: each app registers the kinds it asks."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from telegram import Update

from .context import Context

Answer = Callable[[Update, Context], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Answering:
    """What to do with a free text while a question of one kind is open.

    `take` gets every message of the person, not only texts: it says itself what it needs. `while_suspended`: somebody
    who is paused may answer as well (an appeal).
    """

    take: Answer
    while_suspended: bool = False


ANSWERING: dict[str, Answering] = {}


def answers(kind: str, *, while_suspended: bool = False) -> Callable[[Answer], Answer]:
    """Register the decorated handler for the open questions of `kind`."""

    def register(take: Answer) -> Answer:
        if kind in ANSWERING:
            raise ValueError(f"two handlers for answers to {kind}")
        ANSWERING[kind] = Answering(take, while_suspended=while_suspended)
        return take

    return register
