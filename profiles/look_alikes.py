"""When two nicknames are the same to the eye (P2), by Unicode's list of confusables."""

import unicodedata
from functools import lru_cache

from confusable_homoglyphs.categories import alias
from confusable_homoglyphs.confusables import confusables_data

SEPARATORS = " _-"
_PASSES = 3
_LONGEST_PROTOTYPE = 3


def key(nickname: str) -> str:
    """What makes a nickname unique: equal for two nicknames that people could take for one another.

    Case, accents and separators don't count, and a character stands for all that look like it, in capitals or small.
    """
    folded = unicodedata.normalize("NFKC", nickname).casefold()
    prototypes = "".join(_prototype(each) for each in unicodedata.normalize("NFD", folded) if each not in SEPARATORS)
    # Some prototypes bring marks of their own: Ł is listed as an L with a stroke through it.
    return "".join(each for each in unicodedata.normalize("NFD", prototypes) if unicodedata.category(each) != "Mn")


def scripts(word: str) -> list[str]:
    """The script of each letter of a word; digits and marks, which belong to all scripts, have none."""
    return [script for character in word if (script := alias(character)) not in ("COMMON", "INHERITED")]


def in_script(character: str, script: str) -> str:
    """The character of `script` that looks like this one, or the character itself."""
    if alias(character) in (script, "COMMON", "INHERITED"):
        return character
    entries: list[dict[str, str]] = confusables_data.get(character, [])
    alike = [entry["c"] for entry in entries if len(entry["c"]) == 1 and alias(entry["c"]) == script]
    same_case = [each for each in alike if each.isupper() == character.isupper()]
    return next(iter(same_case or alike), character)


@lru_cache(maxsize=4096)
def _prototype(character: str) -> str:
    nearest = character
    # Each pass may lead to a character that itself stands for another: Cyrillic і → i → l, as a capital I looks.
    for _ in range(_PASSES):
        prototype = _looks_like(nearest)
        if prototype == nearest or len(prototype) > 1:
            return prototype
        nearest = prototype
    return nearest


def _looks_like(character: str) -> str:
    """The plainest character that looks like this one, small or capital (В looks like B, though в is unlike b)."""
    small, capital = _listed(character).casefold(), _listed(character.upper()).casefold()
    for candidate in (small, capital):
        if candidate != character and candidate.isascii():
            return candidate
    return small


def _listed(character: str) -> str:
    """The prototype in Unicode's list of confusables, which the library keeps in both directions."""
    entries: list[dict[str, str]] = confusables_data.get(character, [])
    alike = [entry["c"] for entry in entries if len(entry["c"]) <= _LONGEST_PROTOTYPE]
    if len(alike) != 1:
        return character
    (other,) = alike
    if len(confusables_data.get(other, ())) == 1:
        return min(character, other)
    return other
