"""Names of accounts elsewhere, with or without an @: what people give each other to be found."""

import re
from collections.abc import Collection, Sequence

# Every repetition has its bound: people can make a text as long and as odd as Telegram lets them, and the
# others wait while it is looked through. Names of accounts have at most 32 characters.
_AT_SIGN = re.compile(r"@[\s.]{0,3}_{0,31}[^\W_]")
_DISCORD = re.compile(r"\w{2,32}#\d{4}\b")
_LATIN = r"(?<![\w:/@])[a-z][a-z0-9.]{0,31}"
_WITH_UNDERSCORE = re.compile(rf"{_LATIN}_[a-z0-9_.]{{0,31}}[a-z0-9](?![\w:])", re.IGNORECASE)
_LEAST_LETTERS = 4
_ALONE_AT_MOST = 2
_ALONE = re.compile(
    r"\W*(?:(?:собака|собачка|эт|at)\s{1,3}[a-z][a-z0-9_.]{3,31}|[a-z][a-z.]{3,31}\d{3,31})\W*", re.IGNORECASE
)

# Where accounts are, in all the cases of Russian and Ukrainian; in English with what shows that a name follows.
_WHERE = (
    r"\b(?:тг|тгш?к[аеуи]|телег[аеуио]\w?|телеграмм?\w{0,2}|вк|вконтакте|"
    r"[иі]нст[аеуыоиі]\w?|[иі]нстаграмм?\w{0,2}|[иі]нстик\w?|"
    r"в[оа][тц]с?с?ап\w?|вайбер\w?|скайп\w?|дискорд\w?|фейсбук\w?|фб|тикток\w?|снап\w{0,3}|стим\w?|"
    r"ник|ника|нік|никнейм\w?|нікнейм\w?|юзер|юзернейм\w?|логин|логін|акк?|акк?аунт|почт[ауе]|пошт[ауі]|мыло|имейл|мейл)"
)
_WHERE_IN_ENGLISH = (
    r"\b(?:telegram|tele|tg|insta|instagram|inst|ig|snap|snapchat|discord|whatsapp|viber|skype|facebook|fb|tiktok|"
    r"twitter|steam|kik|vk|user ?name|nick|nickname|handle|login|e-?mail)"
)
_ANYWHERE = rf"(?:{_WHERE}|{_WHERE_IN_ENGLISH})\b"
_BETWEEN = (
    r"[\s:=>—–→\"«(-]{1,5}(?:(?:мой|моя|моё|мій|мене|меня|ник|нік|логин|логін|юзер|это|це|там|тут|я|есть|є|такой|такий|"
    r"по|под|нику|имя|зовут|у|в|via|my|is|it's|me|on|at|-|—|:)[\s:—–-]{1,3}){0,4}[\"«(]?"
)
_WITH_DIGITS = re.compile(rf"{_ANYWHERE}[^.!?\n]{{0,24}}?\b[a-z]{{3}}[a-z._]{{0,28}}\d", re.IGNORECASE)
_IN_CYRILLIC = re.compile(rf"{_ANYWHERE}{_BETWEEN}[а-яёіїєґ]{{2,31}}(?:_[а-яёіїєґa-z0-9_]|\d{{1,31}}\b)", re.IGNORECASE)
_AFTER = re.compile(rf"{_WHERE}{_BETWEEN}(?P<name>[a-z][a-z0-9._]{{2,31}})", re.IGNORECASE)
_AFTER_IN_ENGLISH = re.compile(
    rf"(?:{_WHERE_IN_ENGLISH}\s?[:=—–→]\s?|\bmy {_WHERE_IN_ENGLISH[2:]} is )(?P<name>[a-z][a-z0-9._]{{3,31}})"
    r"[\"»)]?[.!)]?(?=[^\S\n]*+(?:$|\n))",
    re.IGNORECASE,
)
# The "в" of "в тг" is one letter more.
_BEFORE_A_PLACE = re.compile(
    rf"\b(?P<name>[^\W\d_]{{3,31}}\d{{1,8}}\w?)\W{{1,3}}"
    rf"(?:(?:это|це|мой|моя|мій|в|во|у|на|it's|is|my|in|on)\s{{1,3}}){{0,3}}{_ANYWHERE}",
    re.IGNORECASE,
)
_ANY_LATIN = re.compile(r"[A-Za-z]{2}")
# Cheap: how the words of _ANYWHERE begin.
_SHORT_FORMS = (
    "тг тгш тгк тел инс інс вк вко вот воц ват вац вай ска дис фей фб тик сна сти ник нік юзе лог акк ак ака поч пош "
    "мыл име мей tel tg ins ig sna dis wha vib sky fac fb tik twi ste kik vk use nic han log ema mai e"
)
_BEGINNINGS = frozenset(_SHORT_FORMS.split())

# What stands after the name of a service, and is no account.
_NO_NAMES = (
    "android app bot bots business call calls channel chat chats close coffee community desktop direct discord email "
    "facebook feed free friends games gmail google group groups icloud instagram ios iphone live lite mail messenger "
    "mobile music news nitro offline online outlook pay plus posts premium pro proton reels server shorts skype spam "
    "stars status stickers stories story stream support telegram tiktok twitter viber video vpn web whatsapp wifi "
    "windows work yahoo yandex youtube zoom lol omg "
    "awful awesome bad banned better blocked boring broken cool crazy dead deleted different down dumb empty evil "
    "fake fine full fun gone good great hacked hard here hidden just lame locked mine mostly nice none nothing okay "
    "old open private public really secret silly slow stupid terrible there toxic trash useless weird worse"
)
_ORDINARY = frozenset(_NO_NAMES.split())


def account_name_in(text: str, *, words: Sequence[str]) -> bool:
    """Whether the name of an account stands in `text` (as_seen). `words`: its words, small."""
    if "@" in text and _AT_SIGN.search(text):
        return True
    if "#" in text and _DISCORD.search(text):
        return True
    if "_" in text and any(_is_long(found[0]) for found in _WITH_UNDERSCORE.finditer(text)):
        return True
    if len(words) <= _ALONE_AT_MOST and _ALONE.fullmatch(text):
        return True
    return any(word[:3] in _BEGINNINGS for word in words) and _named_after_a_place(text)


def spelled_name_in(text: str, *, spelled: Collection[str]) -> bool:
    """Whether the name of an account stands in `text` (as_seen) before where that is: "m i r a 7 7 in tg".

    `spelled`: those of its words, small, that were written letter by letter. Any others may be a "covid19 on insta".
    """
    return any(found["name"].lower() in spelled for found in _BEFORE_A_PLACE.finditer(text))


def _named_after_a_place(text: str) -> bool:
    if _IN_CYRILLIC.search(text):
        return True
    if not _ANY_LATIN.search(text):
        return False
    if _WITH_DIGITS.search(text):
        return True
    return any(
        found["name"].lower().rstrip("._") not in _ORDINARY
        for pattern in (_AFTER, _AFTER_IN_ENGLISH)
        for found in pattern.finditer(text)
    )


def _is_long(name: str) -> bool:
    """Faces such as O_o and T_T are no names."""
    return sum(each.isalnum() for each in name) >= _LEAST_LETTERS
