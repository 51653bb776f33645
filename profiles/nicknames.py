"""Nicknames: what may be one, when two of them are the same to the eye, and what to suggest (P2)."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import count, islice, product
from math import gcd

from confusable_homoglyphs.categories import alias
from confusable_homoglyphs.confusables import confusables_data

from project.errors import DomainError

from .contacts import Contact, contact_in
from .models import Profile
from .nickname_words import PAIRS

MIN_LENGTH, MAX_LENGTH = 2, 24
SUGGESTIONS = 3

_LETTERS_AND_DIGITS = {"Lu", "Ll", "Lt", "Lo", "Nd"}
_SEPARATORS = " _-"
# Letters by their category, yet nothing is seen of them.
_INVISIBLE_LETTERS = {"\u115f", "\u1160"}
_PHONE_DIGITS = 7
_PASSES = 3
_LONGEST_PROTOTYPE = 3
_CANDIDATES_AT_ONCE = 24


class NicknameHasContact(DomainError):
    """The nickname holds a link, an @name, an e-mail address or a phone number (`contact`)."""

    template = "profiles/nickname_has_contact.html"
    status = 422


class NicknameTooShort(DomainError):
    """Fewer than `minimum` characters."""

    template = "profiles/nickname_too_short.html"
    status = 422


class NicknameTooLong(DomainError):
    """More than `maximum` characters (`length` of them)."""

    template = "profiles/nickname_too_long.html"
    status = 422


class NicknameHasOddCharacters(DomainError):
    """Something other than letters, digits, space, `_` and `-` (`characters`, each once)."""

    template = "profiles/nickname_has_odd_characters.html"
    status = 422


class NicknameMixesScripts(DomainError):
    """Letters of two scripts within one word (`word`)."""

    template = "profiles/nickname_mixes_scripts.html"
    status = 422


class NicknameTaken(DomainError):
    """Somebody has this `nickname`, or one that looks like it."""

    template = "profiles/nickname_taken.html"


def validated(text: str) -> str:
    """The nickname in `text`, NFKC-normalised, with single spaces.

    Raises NicknameHasContact, NicknameTooShort, NicknameTooLong, NicknameHasOddCharacters, NicknameMixesScripts.
    """
    nickname = " ".join(unicodedata.normalize("NFKC", text).split())
    # First of all: someone who gives their address has to hear why not, whatever else is wrong with it.
    if (contact := contact_in(nickname)) is not None:
        raise NicknameHasContact(contact=contact)
    _check_length(nickname)
    _check_characters(nickname)
    if sum(character.isdecimal() for character in nickname) >= _PHONE_DIGITS and _reads_as_phone(nickname):
        raise NicknameHasContact(contact=Contact.PHONE)
    _check_scripts(nickname)
    return nickname


def key(nickname: str) -> str:
    """What makes a nickname unique: equal for two nicknames that people could take for one another.

    Case, accents and separators don't count, and a character stands for all that look like it, in capitals or small.
    """
    folded = unicodedata.normalize("NFKC", nickname).casefold()
    prototypes = "".join(_prototype(each) for each in unicodedata.normalize("NFD", folded) if each not in _SEPARATORS)
    # Some prototypes bring marks of their own: Ł is listed as an L with a stroke through it.
    return "".join(each for each in unicodedata.normalize("NFD", prototypes) if unicodedata.category(each) != "Mn")


def suggestions(*, profile_id: int, language: str) -> list[str]:
    """Three nicknames in `language` that are free now; the same person gets the same ones while they are free."""
    free: list[str] = []
    candidates = _candidates(profile_id, language)
    while len(free) < SUGGESTIONS:
        batch = {key(each): each for each in islice(candidates, _CANDIDATES_AT_ONCE)}
        taken = set(Profile.objects.filter(nickname_key__in=batch).values_list("nickname_key", flat=True))
        free += [nickname for its_key, nickname in batch.items() if its_key not in taken]
    return free[:SUGGESTIONS]


def _check_length(nickname: str) -> None:
    if len(nickname) < MIN_LENGTH:
        raise NicknameTooShort(minimum=MIN_LENGTH, maximum=MAX_LENGTH)
    if len(nickname) > MAX_LENGTH:
        raise NicknameTooLong(length=len(nickname), maximum=MAX_LENGTH)


def _check_characters(nickname: str) -> None:
    odd = [each for each in nickname if not _is_fine(each)]
    if odd or not any(each.isalnum() for each in nickname):
        raise NicknameHasOddCharacters(characters=" ".join(dict.fromkeys(odd)))


def _is_fine(character: str) -> bool:
    if character in _SEPARATORS:
        return True
    return unicodedata.category(character) in _LETTERS_AND_DIGITS and character not in _INVISIBLE_LETTERS


def _reads_as_phone(nickname: str) -> bool:
    return any(
        sum(character.isdecimal() for character in run) >= _PHONE_DIGITS
        for run in re.findall(rf"[\d{re.escape(_SEPARATORS)}]+", nickname)
    )


def _check_scripts(nickname: str) -> None:
    for word in re.split(f"[{re.escape(_SEPARATORS)}]", nickname):
        if len({alias(character) for character in word} - {"COMMON", "INHERITED"}) > 1:
            raise NicknameMixesScripts(word=word)


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


def _candidates(profile_id: int, language: str) -> Iterator[str]:
    pairs = [f"{first} {second}" for firsts, seconds in PAIRS[language] for first, second in product(firsts, seconds)]
    # A stride that has no divisor in common with the number of pairs visits each of them once, far apart.
    stride = next(each for each in count(101) if gcd(each, len(pairs)) == 1)
    order = [pairs[(profile_id + step * stride) % len(pairs)] for step in range(len(pairs))]
    yield from islice(order, _CANDIDATES_AT_ONCE)
    for number in count(2):
        yield from (f"{pair} {number}" for pair in order)
