"""A person's own names, as their Telegram account shows them, in what they write."""

import re

from profiles.contacts import as_seen

_SEPARATORS = re.compile(r"[\W_]+")
_NOT_LETTERS = re.compile(r"[\W\d_]+")
_SHORTEST_PART = 2
_SHORTEST_LAST_NAME = 3


def username_in(text: str, *, username: str) -> bool:
    """Whether the username stands in `text` (as_seen), in any case and spacing, with or without its @."""
    letters = _SEPARATORS.sub("", username.lower())
    # Few texts get further, so the pattern is made for these only.
    if not letters or letters not in _SEPARATORS.sub("", text.lower()):
        return False
    parts = r"[\W_]{0,2}".join(re.escape(part) for part in username.split("_") if part)
    spaced = r"[\s._*-]{1,7}".join(letters)
    return re.search(rf"(?<![^\W_])(?:{parts}|{spaced})(?![^\W_])", text, re.IGNORECASE) is not None


def full_name_in(text: str, *, first_name: str, last_name: str) -> bool:
    """Whether the first and the last name stand in `text` (as_seen) together, in either order."""
    words = _words(f"{first_name} {last_name}")
    written = _folded(text)
    if len(words) < 2 or words[-1] not in written:
        return False
    orders = "|".join(r"[\W_]{0,3}".join(order) for order in (words, words[::-1]))
    return re.search(rf"\b(?:{orders})\b", written) is not None


def last_name_in(text: str, *, last_name: str) -> bool:
    """Whether the last name alone stands in `text` (as_seen)."""
    return not {word for word in _words(last_name) if len(word) >= _SHORTEST_LAST_NAME}.isdisjoint(_words(text))


def _words(text: str) -> list[str]:
    return [word for word in _NOT_LETTERS.split(_folded(as_seen(text))) if len(word) >= _SHORTEST_PART]


def _folded(text: str) -> str:
    return text.lower().replace("ё", "е")
