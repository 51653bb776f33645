"""Numbers in words, in Russian, Ukrainian and English, as people say a telephone number."""

from collections.abc import Iterator, Sequence

from profiles.phones import reads_as_phone

_ONES = (
    ("ноль", "нуль", "нолик", "zero", "oh"),
    ("один", "одна", "раз", "one"),
    ("два", "две", "дві", "two"),
    ("три", "three"),
    ("четыре", "чотири", "four"),
    ("пять", "п'ять", "пьять", "five"),
    ("шесть", "шість", "six"),
    ("семь", "сім", "seven"),
    ("восемь", "вісім", "eight"),
    ("девять", "дев'ять", "nine"),
)
_TEENS = (
    ("десять", "ten"),
    ("одиннадцать", "одинадцять", "eleven"),
    ("двенадцать", "дванадцять", "twelve"),
    ("тринадцать", "тринадцять", "thirteen"),
    ("четырнадцать", "чотирнадцять", "fourteen"),
    ("пятнадцать", "п'ятнадцять", "fifteen"),
    ("шестнадцать", "шістнадцять", "sixteen"),
    ("семнадцать", "сімнадцять", "seventeen"),
    ("восемнадцать", "вісімнадцять", "eighteen"),
    ("девятнадцать", "дев'ятнадцять", "nineteen"),
)
_TENS = (
    ("двадцать", "двадцять", "twenty"),
    ("тридцать", "тридцять", "thirty"),
    ("сорок", "forty"),
    ("пятьдесят", "п'ятдесят", "fifty"),
    ("шестьдесят", "шістдесят", "sixty"),
    ("семьдесят", "сімдесят", "seventy"),
    ("восемьдесят", "вісімдесят", "eighty"),
    ("девяносто", "дев'яносто", "ninety"),
)
_HUNDREDS = (
    ("сто",),
    ("двести", "двісті"),
    ("триста",),
    ("четыреста", "чотириста"),
    ("пятьсот", "п'ятсот"),
    ("шестьсот", "шістсот"),
    ("семьсот", "сімсот"),
    ("восемьсот", "вісімсот"),
    ("девятьсот", "дев'ятсот"),
)


def _values() -> Iterator[tuple[str, int]]:
    for names, values in (
        (_ONES, range(10)),
        (_TEENS, range(10, 20)),
        (_TENS, range(20, 100, 10)),
        (_HUNDREDS, range(100, 1000, 100)),
    ):
        for words, value in zip(names, values, strict=True):
            for word in words:
                yield word, value


NUMBERS = dict(_values())
_PLUS = frozenset(("плюс", "plus"))
# In Russian also "times", said after any number.
_TIMES = "раз"
_LEAST_WORDS = 4
_LEAST_DIGITS = 9


def phone_in_words(words: Sequence[str]) -> bool:
    """Whether somebody's telephone number stands in `words` (small letters), some of its digits in words."""
    if not any(word in NUMBERS for word in words):
        return False
    return any(_is_dictated(run) and reads_as_phone(_groups(run), plus=plus) for run, plus in _runs(words))


def _is_dictated(run: Sequence[str]) -> bool:
    """Whether numbers that stand together are said one by one, as nobody says a date or how often something was.

    Digits with few words among them are judged as they are written, except where there are only single ones.
    """
    said = sum(word in NUMBERS and word != _TIMES for word in run)
    if said == 0 or said >= _LEAST_WORDS:
        return said > 0
    return len(run) >= _LEAST_DIGITS and _TIMES not in run and all(map(_is_one_digit, run))


def _is_one_digit(word: str) -> bool:
    return NUMBERS.get(word, 10) < 10 or (len(word) == 1 and word.isdecimal())


def _runs(words: Sequence[str]) -> Iterator[tuple[Sequence[str], bool]]:
    """The numbers that stand together, in words and digits, and whether a plus comes before them."""
    begin = 0
    for end, word in enumerate([*words, ""]):
        if word not in NUMBERS and not word.isdecimal():
            yield words[begin:end], begin > 0 and words[begin - 1] in _PLUS
            begin = end + 1


def _groups(run: Sequence[str]) -> list[str]:
    """The numbers of a run as groups of digits: "nine hundred", "forty", "five" are one."""
    groups: list[str] = []
    room = 0
    for word in run:
        value = NUMBERS.get(word)
        if value is None:
            groups.append(word)
            room = 0
        else:
            if 0 < value < room:
                groups[-1] = str(int(groups[-1]) + value)
            else:
                groups.append(str(value))
            room = _room_after(value)
    return groups


def _room_after(value: int) -> int:
    """What may still be added to a number that ends with this word has to be smaller."""
    if value >= 100:
        return 100
    return 10 if value >= 20 else 0
