"""Nicknames: what may be one, and what to suggest (P2)."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import count, islice, product
from math import gcd

from project.errors import DomainError

from .contacts import Contact, contact_in
from .look_alikes import SEPARATORS, key, scripts
from .models import Profile
from .nickname_words import PAIRS
from .reserved_names import is_reserved

MIN_LENGTH, MAX_LENGTH = 2, 24
SUGGESTIONS = 3

_LETTERS_AND_DIGITS = {"Lu", "Ll", "Lt", "Lo", "Nd"}
# Letters by their category, yet nothing is seen of them.
_INVISIBLE_LETTERS = {"\u115f", "\u1160"}
_PHONE_DIGITS = 7
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
    """Something other than letters, digits, space, `_` and `-`.

    `characters` are those that can be shown, each once; `invisible`: there is something that can't be seen.
    """

    template = "profiles/nickname_has_odd_characters.html"
    status = 422


class NicknameMixesScripts(DomainError):
    """Letters of two scripts within one word (`word`)."""

    template = "profiles/nickname_mixes_scripts.html"
    status = 422


class NicknameReserved(DomainError):
    """Looks like the service or its staff."""

    template = "profiles/nickname_reserved.html"
    status = 422


class NicknameTaken(DomainError):
    """Somebody has this `nickname`, or one that looks like it."""

    template = "profiles/nickname_taken.html"


def validated(text: str) -> str:
    """The nickname in `text`, NFKC-normalised, with single spaces.

    Raises NicknameHasContact, NicknameTooShort, NicknameTooLong, NicknameHasOddCharacters, NicknameMixesScripts,
    NicknameReserved.
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
    if is_reserved(nickname):
        raise NicknameReserved
    return nickname


def suggestions(*, profile_id: int, language: str) -> list[str]:
    """Three nicknames in `language` that are free now; the same person gets the same ones while they are free."""
    free: list[str] = []
    candidates = _candidates(profile_id, language)
    while len(free) < SUGGESTIONS:
        free += free_of(islice(candidates, _CANDIDATES_AT_ONCE))
    return free[:SUGGESTIONS]


def free_of(nicknames: Iterable[str]) -> list[str]:
    """Those that nobody has, nor one that looks like them; of two that look alike the later one."""
    keys = {key(each): each for each in nicknames}
    taken = set(Profile.objects.filter(nickname_key__in=keys).values_list("nickname_key", flat=True))
    return [nickname for its_key, nickname in keys.items() if its_key not in taken]


def _check_length(nickname: str) -> None:
    if len(nickname) < MIN_LENGTH:
        raise NicknameTooShort(minimum=MIN_LENGTH, maximum=MAX_LENGTH)
    if len(nickname) > MAX_LENGTH:
        raise NicknameTooLong(length=len(nickname), maximum=MAX_LENGTH)


def _check_characters(nickname: str) -> None:
    odd = [each for each in nickname if not is_fine(each)]
    if odd or not any(each.isalnum() for each in nickname):
        seen = [each for each in dict.fromkeys(odd) if unicodedata.category(each)[0] in "PS"]
        raise NicknameHasOddCharacters(characters=" ".join(seen), invisible=bool(odd) and not seen)


def is_fine(character: str) -> bool:
    """Whether a nickname may have this character in it."""
    if character in SEPARATORS:
        return True
    return unicodedata.category(character) in _LETTERS_AND_DIGITS and character not in _INVISIBLE_LETTERS


def _reads_as_phone(nickname: str) -> bool:
    return any(
        sum(character.isdecimal() for character in run) >= _PHONE_DIGITS
        for run in re.findall(rf"[\d{re.escape(SEPARATORS)}]+", nickname)
    )


def _check_scripts(nickname: str) -> None:
    for word in re.split(f"[{re.escape(SEPARATORS)}]", nickname):
        if len(set(scripts(word))) > 1:
            raise NicknameMixesScripts(word=word)


def _candidates(profile_id: int, language: str) -> Iterator[str]:
    pairs = [f"{first} {second}" for firsts, seconds in PAIRS[language] for first, second in product(firsts, seconds)]
    # A stride that has no divisor in common with the number of pairs visits each of them once, far apart.
    stride = next(each for each in count(101) if gcd(each, len(pairs)) == 1)
    order = [pairs[(profile_id + step * stride) % len(pairs)] for step in range(len(pairs))]
    yield from islice(order, _CANDIDATES_AT_ONCE)
    for number in count(2):
        yield from (f"{pair} {number}" for pair in order)
