"""Digits that read as somebody's telephone number, and not as dates, sums, doses or a count."""

import re
from collections.abc import Sequence
from itertools import pairwise

# Cheap, and true of few texts: six digits not far from each other.
_WORTH_A_LOOK = re.compile(r"\d(?:[^\d\n]{0,4}\d){5}")
_BETWEEN = r"[^\S\n]|[().·•*_|~\\/]|[-‐‑–—−]"
_RUN = re.compile(rf"(?P<plus>(?<!\d)\+\s?\(?)?\d(?:(?:{_BETWEEN}){{0,3}}\d){{5,}}")
_GROUP = re.compile(r"\d+")
# What is written for a digit that looks like it, beside real ones.
_WRITTEN_FOR = str.maketrans("OoОоЗзIl", "00003311")
_LOOKS_LIKE_A_DIGIT = re.compile(r"(?<=\d)[OoОоЗзIl]+(?=[\d\s-])|(?<![^\W\d])[OoОоЗзIl](?=\d)")
_YEAR = r"(?:19|20)\d\d"
_CALENDAR = re.compile(
    rf"(?<![\d.\-/])(?:\d{{1,2}}([./-])\d{{1,2}}\1(?:19|20)?\d\d|{_YEAR}([./-])\d{{1,2}}\2\d{{1,2}}"
    rf"|{_YEAR}(?:0[1-9]|1[0-2])[0-3]\d|{_YEAR}\s?[-–—/]\s?(?:19|20)?\d\d)(?![.\-/]?\d)"
)
# What is said right before a number that one may call, however short it is.
_ASKED_TO_CALL = re.compile(
    r"\b(?:тел(?:ефон\w{0,3})?|моб(?:[иі]льн\w+)?|(?:по)?звони|набери|(?:по)?дзвони|зателефонуй|phone|"
    r"mobile|cell|(?:call|text|ring) me|whatsapp|viber|вотсап\w?|ватсап\w?|вайбер\w?)\W{1,3}(?:\w+\W{1,2}){0,2}\Z",
    re.IGNORECASE,
)
_ASKED_WITHIN = 48
# Calls that cost nothing: hotlines have such numbers, people do not.
_FREE_OF_CHARGE = re.compile(r"(?:[0178]|380)?800\d{6,7}")
_COUNTRIES = ("380", "375", "373", "374", "995", "996", "998")
# How people group the digits of a number.
_GROUPINGS = frozenset(
    (
        *("334", "3322", "3223", "3232", "333", "3333", "3334", "2334", "2333", "23322", "1334", "13322", "33322"),
        *("244", "344", "434", "2322", "2232", "444", "4444"),
    )
)


def phone_in(text: str) -> bool:
    """Whether somebody's telephone number stands in `text` (NFKC-normalised) in digits, however they are spaced."""
    if not _WORTH_A_LOOK.search(text):
        return False
    digits = _LOOKS_LIKE_A_DIGIT.sub(lambda found: found[0].translate(_WRITTEN_FOR), text)
    # Whatever in it looks like a date.
    if "+" in digits and any(_is_international(run) for run in _RUN.finditer(digits)):
        return True
    digits = _CALENDAR.sub("\n", digits)
    return any(_is_phone(run) for run in _RUN.finditer(digits))


def _is_international(run: re.Match[str]) -> bool:
    groups = _GROUP.findall(run[0])
    return run["plus"] in ("+", "+(") and sum(map(len, groups)) >= 10 and reads_as_phone(groups, plus=True)


def _is_phone(run: re.Match[str]) -> bool:
    groups = _GROUP.findall(run[0])
    if reads_as_phone(groups, plus=run["plus"] is not None):
        return True
    if "-" in run[0] and [len(group) for group in groups] == [3, 2, 2] and " " not in run[0]:
        return True
    before = run.string[max(run.start() - _ASKED_WITHIN, 0) : run.start()]
    return _ASKED_TO_CALL.search(before) is not None and not _FREE_OF_CHARGE.fullmatch("".join(groups))


def reads_as_phone(groups: Sequence[str], *, plus: bool = False) -> bool:
    """Whether groups of digits, as they are written or said, read as a telephone (or card) number.

    `plus`: a plus stands before them.
    """
    digits = "".join(groups)
    if _FREE_OF_CHARGE.fullmatch(digits):
        return False
    if plus and 10 <= len(digits) <= 15:
        return True
    if _is_sum(groups):
        return False
    if plus and len(digits) >= 7:
        return True
    if any(len(group) >= 7 for group in groups):
        return True
    if _is_count(groups):
        return False
    return _begins_as_phone(groups, digits) or _is_grouped_as_phone(groups, digits)


def _begins_as_phone(groups: Sequence[str], digits: str) -> bool:
    match len(digits):
        case 11 if digits[0] in "78" and (len(groups[0]) == 1 or len(groups[0]) >= 4):
            return True
        case 12 if digits.startswith(_COUNTRIES):
            return True
        case 10 if digits[0] == "9" and len(groups[0]) == 3:
            return True
        case length:
            return digits[0] == "0" and 9 <= length <= 12


def _is_grouped_as_phone(groups: Sequence[str], digits: str) -> bool:
    if len(digits) >= 9 and all(len(group) == 1 for group in groups):
        return True
    if any(re.fullmatch(_YEAR, group) for group in groups) or all(int(group) % 10 == 0 for group in groups):
        return False
    return "".join(str(len(group)) for group in groups) in _GROUPINGS


def _is_sum(groups: Sequence[str]) -> bool:
    """A round one in one piece, or in thousands: 5000000, 1 000 000 000."""
    first, *thousands = groups
    if not thousands:
        return len(first) <= 10 and first.endswith("00000") and not first.startswith("0")
    return len(first) <= 3 and all(len(group) == 3 for group in thousands) and thousands[-1] == "000"


def _is_count(groups: Sequence[str]) -> bool:
    """1 2 3 4, also again and again, or in equal steps."""
    numbers = [int(group) for group in groups]
    steps = {after - before for before, after in pairwise(numbers)}
    if len(numbers) >= 3 and len(steps) == 1:
        return True
    return all(after in (before + 1, 1) for before, after in pairwise(numbers)) and len(numbers) >= 3
