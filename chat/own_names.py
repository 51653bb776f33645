"""A person's own names, as their Telegram account shows them, in what they write."""

import re
from collections.abc import Sequence

from profiles.contacts import as_seen

from .sound_alikes import initials, key

_SEPARATORS = re.compile(r"[\W_]+")
_NOT_LETTERS = re.compile(r"[\W\d_]+")
_APOSTROPHES = re.compile(r"['’ʼ`]")
_SHORTEST_PART = 2
_SHORTEST_LAST_NAME = 3
_SHORTEST_FULL_NAME = 6
# A shorter one without a digit is a word as well, as @kotik is.
_LEAST_OF_ITS_OWN = 8
_LEAST_IN_A_SET = 5

# Names are declined only together with what reads as a family name: "Добрый Волк" says many things of wolves.
# As sound_alikes writes them: -ов, -ев; -ин, -ский, -енко, -чук, -ич.
_FAMILY_NAME = re.compile(r".{2,}[io]v|.{3,}(?:in|sk|ink|uk|ič)")
# With more words there would be too many ways to share the letters of a text out between their endings.
_DECLINED_AT_MOST = 3
_LAST_VOWELS = re.compile(r"(?<=..)[aiou]{1,3}$")
# Павел has none of it in Павлу, Федір another in Федора.
_FLEETING = re.compile(r"(?<=.)[io](?=[^aiou]$)")
_ENDINGS = r"[aiou]{0,3}(?:m[iu]?|ho|vi)?"


def username_in(text: str, *, username: str) -> bool:
    """Whether the username stands in `text` (as_seen), in any case and spacing, with or without its @."""
    letters = _SEPARATORS.sub("", username.lower())
    # Few texts get further, so the pattern is made for these only.
    if not letters or letters not in _SEPARATORS.sub("", text.lower()):
        return False
    parts = r"[\W_]{0,2}".join(re.escape(part) for part in username.split("_") if part)
    spaced = r"[\s._*-]{1,7}".join(letters)
    return re.search(rf"(?<![^\W_])(?:{parts}|{spaced})(?![^\W_])", text, re.IGNORECASE) is not None


def username_in_set(name: str, *, username: str) -> bool:
    """Whether a set of stickers of this name, which everybody can open, is called after the username."""
    letters = _SEPARATORS.sub("", username.lower())
    if len(letters) < _LEAST_IN_A_SET:
        return False
    if letters.isalpha() and len(letters) < _LEAST_OF_ITS_OWN:
        return username_in(name, username=username)
    return letters in _SEPARATORS.sub("", name.lower())


def full_name_in(text: str, *, first_name: str, last_name: str, words: Sequence[str]) -> bool:
    """Whether the first and the last name stand in `text` (as_seen) together, in either order.

    Also in the other alphabet, and in any case of Russian and Ukrainian. `words`: those of the text.
    """
    names = _parts(f"{first_name} {last_name}", shortest=_SHORTEST_PART)
    if len(names) < 2 or not _worth_a_look(text, words=words, names=names):
        return False
    # Short ones would be too many words: Ня and На have one key.
    alike = key if sum(map(len, names)) >= _SHORTEST_FULL_NAME else str.lower
    spellings = [alike(name) for name in names]
    parts = _declined(spellings) or [re.escape(spelling) for spelling in spellings]
    orders = "|".join(r"[\W_]{0,3}".join(order) for order in (parts, parts[::-1]))
    return re.search(rf"\b(?:{orders})\b", alike(text)) is not None


def last_name_in(text: str, *, last_name: str) -> bool:
    """Whether the last name alone stands in `text` (as_seen), also in the other alphabet."""
    names = _parts(last_name, shortest=_SHORTEST_LAST_NAME)
    return not {key(name) for name in names}.isdisjoint(key(part) for part in _parts(text))


def _parts(text: str, *, shortest: int = 1) -> list[str]:
    return [part for part in _NOT_LETTERS.split(_APOSTROPHES.sub("", as_seen(text))) if len(part) >= shortest]


def _worth_a_look(text: str, *, words: Sequence[str], names: Sequence[str]) -> bool:
    """Cheap, and true of few texts: two words in a row begin as the names do, or one could hold all of them."""
    begins = initials(words)
    if initials(names[:2]) in begins or initials(names[:-3:-1]) in begins:
        return True
    return "_" in text or max(map(len, words), default=0) >= sum(map(len, names))


def _declined(names: Sequence[str]) -> list[str]:
    """Patterns of names in all their cases; none where nothing among them is a family name."""
    stems = [_LAST_VOWELS.sub("", name) for name in names]
    if len(stems) > _DECLINED_AT_MOST or not any(_FAMILY_NAME.fullmatch(stem) for stem in stems):
        return []
    return [_FLEETING.sub("[io]?", re.escape(stem)) + _ENDINGS for stem in stems]
