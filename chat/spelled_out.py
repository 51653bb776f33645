"""Links and e-mail addresses that are written so that no program sees them: in words, in pieces, letter by letter."""

import re
from collections.abc import Collection

_DOTS = r"(?:точка|тчк|крапка|дот|dot)"
_DOGS = r"(?:собак[ау]|собачк[ау]|п[её]сик|равлик)"
# Words like any other: an address only together with all that belongs to one.
_ATS = r"(?:at|эт|ет|ат)"
_JOINT = r"[\s\[\](){}<>«»\"'*_|~-]{1,4}"
_SAID_DOMAINS = (
    r"(?:com|ru|ua|net|org|me|io|info|by|kz|uz|pl|de|eu|gg|tv|cc|online|site|shop|link|app|"
    r"ком|ру|юа|уа|орг|нэт|ме|мэ|ми|инфо|рф|онлайн|сайт|бай|кей зет|ю эй|"
    # A word of its own as well: only where it ends an address.
    r"нет(?=[^\w\n]*(?:$|[\n/]|слеш|слэш)))"
)
_MAIL_HOSTS = (
    r"(?:gmail|гмейл|гмеил|гмэйл|джимейл|жмейл|джимэйл|яндекс|yandex|mail|мейл|мэйл|маил|майл|укр ?нет|ukr|i ?ua|ай юа|"
    r"icloud|айклауд|outlook|аутлук|hotmail|хотмейл|proton\w{0,9}|протон\w{0,9}|"
    r"rambler|рамблер|yahoo|яху|бк|bk|inbox|инбокс)"
)
_SAID_EMAIL = re.compile(
    rf"\w{_JOINT}{_DOGS}{_JOINT}(?:{_MAIL_HOSTS}\b|[\w-]{{1,63}}{_JOINT}(?:{_DOTS}{_JOINT})?{_SAID_DOMAINS}\b)"
    rf"|\w{_JOINT}{_ATS}{_JOINT}[\w-]{{1,63}}{_JOINT}{_DOTS}{_JOINT}{_SAID_DOMAINS}\b"
    rf"|\w{_JOINT}{_ATS}{_JOINT}{_MAIL_HOSTS}{_JOINT}{_SAID_DOMAINS}\b",
    re.IGNORECASE,
)
_SAID_LINK = re.compile(rf"\w{_JOINT}{_DOTS}{_JOINT}{_SAID_DOMAINS}\b", re.IGNORECASE)
_TORN_EMAIL = re.compile(r"\w\s?@\s?[\w-]{1,63}\s?[.]\s?(?:com|ru|ua|org|net|su|kz|рф|me|by|pl|de)\b", re.IGNORECASE)
_DOTS_SAID = frozenset(("точка", "тчк", "крапка", "дот", "dot"))
_DOGS_SAID = frozenset(("собака", "собаку", "собачка", "собачку", "песик", "пёсик", "равлик", "at", "эт", "ет", "ат"))

# Signs in the middle of an address, in brackets.
_AT_IN_BRACKETS = re.compile(r"\s?[\[({<]\s?(?:at|эт|ет|ат|@)\s?[\])}>]\s?", re.IGNORECASE)
_DOT_IN_BRACKETS = re.compile(r"\s?[\[({<]\s?(?:точка|тчк|крапка|дот|dot|[.,])\s?[\])}>]\s?", re.IGNORECASE)

# A dot with space around it, then a domain that is no word.
_TORN_HOST = re.compile(r"(?<=\w)(?:\s{1,3}\.\s{0,3}|\.\s{1,3})(?:com|ru|ua|org|net|su|kz|рф)\b")
_TORN_PATH = re.compile(
    r"(?<![\w'’])(?:[tт]\W{0,3}m\W{0,3}[eе]|т\W{0,3}м\W{0,3}[еэи]|(?:vk|вк|wa|ok)\s?\.?\s?(?:me|ru))\W{0,3}/"
    r"|\bh(?:tt|xx)ps?\W{0,3}/",
    re.IGNORECASE,
)
_SLASHES_SAID = frozenset(("слеш", "слэш", "слєш", "slash"))
_SAID_PATH = re.compile(
    r"(?<![\w'’])(?:t|т|тэ|ти)\W{1,3}(?:(?:точка|крапка|dot|дот)\W{1,3})?(?:me|ме|мэ|ми)\W{1,3}(?:слеш|слэш|слєш|slash)\b",
    re.IGNORECASE,
)
_SITES = frozenset(
    ("vk", "вк", "fb", "фб", "instagram", "инстаграм", "facebook", "фейсбук", "youtube", "ютуб", "tiktok")
)
_SITES_WITHOUT_DOT = re.compile(rf"\b(?:{'|'.join(sorted(_SITES))})[\s.]{{1,3}}(?:com|ком)\b", re.IGNORECASE)
_BEGINNINGS = frozenset(("www", "hxxp", "hxxps"))
_VK_NUMBER = re.compile(r"\bid\d{5,15}\b")

# Digits in one piece belong to it where nothing follows that they could count.
_LETTER_BY_LETTER = re.compile(
    r"(?<![^\W_])(?:[^\W_][\s.*_-]{1,3}){3,}(?:[^\W_](?![^\W_])|\d{2,8}(?=[^\S\n]{0,3}(?:[.,;!?)\n]|\Z)))"
)
_LEAST_LETTERS = 3
_SPACE = re.compile(r"[\s*-]+")


def link_in(text: str, *, words: Collection[str]) -> bool:
    """Whether a link stands in `text` (as_seen) in pieces or with its signs in words. `words`: its words, small."""
    return (
        ("." in text and _TORN_HOST.search(text) is not None)
        or ("/" in text and _TORN_PATH.search(text) is not None)
        or _VK_NUMBER.search(text) is not None
        or not _BEGINNINGS.isdisjoint(words)
        or (not _DOTS_SAID.isdisjoint(words) and _SAID_LINK.search(text) is not None)
        or (not _SITES.isdisjoint(words) and _SITES_WITHOUT_DOT.search(text) is not None)
        or (not _SLASHES_SAID.isdisjoint(words) and _SAID_PATH.search(text) is not None)
    )


def email_in(text: str, *, words: Collection[str]) -> bool:
    """Whether an e-mail address stands in `text` (as_seen) with its signs in words or torn.

    `words`: its words, small.
    """
    if "@" in text and _TORN_EMAIL.search(text):
        return True
    return not _DOGS_SAID.isdisjoint(words) and _SAID_EMAIL.search(text) is not None


def signs_mended(text: str) -> str:
    """The text with "(at)" and "[dot]" as the signs that they stand for."""
    return _DOT_IN_BRACKETS.sub(".", _AT_IN_BRACKETS.sub("@", text))


def letters_joined(text: str) -> str:
    """The text with words that are written letter by letter joined again: "p e t y a" is petya."""
    return _LETTER_BY_LETTER.sub(_joined, text)


def _joined(found: re.Match[str]) -> str:
    word = _SPACE.sub("", found[0])
    if sum(each.isalpha() for each in word) < _LEAST_LETTERS:
        # Somebody counts.
        return found[0]
    letters = sum(each.isalnum() for each in word)
    for sign in "._":
        # Between any two letters it separates them; elsewhere it belongs to the word.
        if word.count(sign) >= letters - 1:
            word = word.replace(sign, "")
    return word
