"""Nicknames that would pass somebody off as the service or its staff (P2)."""

import re
from functools import cache
from string import digits

from .look_alikes import SEPARATORS, key

# What no word of a nickname may begin with, or be.
_BEGINNINGS = ("admin", "админ", "адмін", "moderator", "модератор", "telegram", "телеграм", "support", "саппорт")
_WORDS = (
    *("поддержка", "поддержки", "підтримка", "підтримки", "техподдержка", "техпідтримка", "moder", "модер", "mod"),
    *("bot", "бот", "staff", "official", "официальный", "офіційний", "system", "система", "сотрудник", "співробітник"),
)
# The names of the service itself, wherever they stand.
_OURS = ("ты не один", "ти не один", "ти не сам", "you are not alone", "you re not alone", "tyneodin")


def is_reserved(nickname: str) -> bool:
    """Whether people could take this for the service, also by letters or digits that only look like others."""
    whole = key(nickname)
    written = re.split(f"[{re.escape(SEPARATORS)}]+", nickname)
    # A number behind it makes nobody else of it: Бот24.
    words = {whole, *map(key, written), *(key(word.rstrip(digits)) for word in written)}
    return (
        any(ours in whole for ours in _keys(_OURS))
        or any(word.startswith(_keys(_BEGINNINGS)) for word in words)
        or not words.isdisjoint(_keys(_WORDS))
    )


@cache
def _keys(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(key, names))
