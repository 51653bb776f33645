"""What in a message could show the partner who its writer is (C9). Nothing here knows Telegram or keeps a word."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from profiles import contacts
from profiles.contacts import as_seen
from profiles.look_alikes import in_script
from profiles.phones import phone_in

from . import account_names, own_names, spelled_out
from .number_words import phone_in_words


class Clue(StrEnum):
    """What leads to a person."""

    NAME = "name"
    ACCOUNT = "account"
    PHONE = "phone"
    EMAIL = "email"
    LINK = "link"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Marked:
    """A part of a text that Telegram has recognised: the type of its entity, and the words it covers."""

    type: str
    text: str


@dataclass(frozen=True, slots=True)
class Author:
    """What the account of the writer shows."""

    username: str = ""
    first_name: str = ""
    last_name: str = ""


@dataclass(frozen=True, slots=True)
class Attached:
    """A file as its receiver would see it.

    `title`, `performer`: of music; `document`: its name is always shown; `sticker_set`: what the set of a sticker is
    called in its address.
    """

    name: str = ""
    title: str = ""
    performer: str = ""
    document: bool = False
    sticker_set: str = ""


@dataclass(frozen=True, slots=True)
class Writing:
    """What a person is about to send: a text or caption, what Telegram has marked in it, a file."""

    author: Author
    text: str = ""
    marked: Sequence[Marked] = ()
    attached: Attached | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found, each kind once, and what the file is called where that is among it."""

    clues: tuple[Clue, ...]
    file_name: str = ""


# What Telegram marks, and everybody can tap.
_OF_ENTITY = {
    "mention": Clue.ACCOUNT,
    "phone_number": Clue.PHONE,
    "email": Clue.EMAIL,
    "url": Clue.LINK,
    "text_link": Clue.LINK,
}
_CYRILLIC = "абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґ"
_CYRILLIC += _CYRILLIC.upper()
_MIXED_SCRIPTS = re.compile(rf"[A-Za-z](?=\.?[{_CYRILLIC}])|[{_CYRILLIC}](?=\.?[A-Za-z])")
_IN_LATIN = str.maketrans({letter: in_script(letter, "LATIN") for letter in _CYRILLIC})
_WORD = re.compile(r"[\w']+")
_EXTENSION = re.compile(r"\.\w{2,5}$")
# What cameras and messengers call their files: dates, times and numbers that say nothing of anybody.
_NUMBERED = re.compile(r"\d[\d_.\s-]*")


def look_through(writing: Writing) -> Finding | None:
    """What in this message could show who its writer is; None where nothing does."""
    clues = dict.fromkeys(_in_marked(writing.marked))
    if writing.text:
        clues |= dict.fromkeys(_in_text(writing.text, writing.author))
    file_name = ""
    if (attached := writing.attached) is not None:
        if _file_shows(attached, writing.author):
            clues[Clue.FILE] = None
            file_name = attached.name
        if own_names.username_in_set(attached.sticker_set, username=writing.author.username):
            clues[Clue.ACCOUNT] = None
    return Finding(tuple(clues), file_name) if clues else None


def _in_marked(marked: Sequence[Marked]) -> Iterator[Clue]:
    for each in marked:
        clue = _OF_ENTITY.get(each.type)
        if clue is None:
            continue
        # Telegram takes for a link or a number what we know better.
        if each.type == "url" and contacts.lacks_space(each.text):
            continue
        if each.type == "phone_number" and not phone_in(as_seen(each.text)):
            continue
        yield clue


def _in_text(text: str, author: Author) -> Iterator[Clue]:
    plain = _in_one_script(as_seen(text))
    words = _words(plain)
    yield from _in_plain(plain, author, words=words)
    if phone_in(plain) or phone_in_words(words):
        yield Clue.PHONE
    joined = spelled_out.letters_joined(plain)
    if joined != plain:
        joined_words = _words(joined)
        yield from _in_plain(joined, author, words=joined_words)
        if account_names.spelled_name_in(joined, spelled=set(joined_words).difference(words)):
            yield Clue.ACCOUNT


def _in_plain(text: str, author: Author, *, words: Sequence[str]) -> Iterator[Clue]:
    mended = spelled_out.signs_mended(text)
    if contacts.email_in(mended) or spelled_out.email_in(mended, words=words):
        yield Clue.EMAIL
    elif account_names.account_name_in(mended, words=words) or own_names.username_in(text, username=author.username):
        yield Clue.ACCOUNT
    if contacts.link_in(mended) or spelled_out.link_in(mended, words=words):
        yield Clue.LINK
    if own_names.full_name_in(text, first_name=author.first_name, last_name=author.last_name, words=words):
        yield Clue.NAME


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _in_one_script(text: str) -> str:
    """The text with every word in Latin letters that is written in letters of both scripts, which look alike."""
    if not _MIXED_SCRIPTS.search(text):
        return text
    return " ".join(word.translate(_IN_LATIN) if _MIXED_SCRIPTS.search(word) else word for word in text.split(" "))


def _file_shows(attached: Attached, author: Author) -> bool:
    if attached.document:
        return True
    named = (_EXTENSION.sub("", attached.name), attached.title, attached.performer)
    return any(_name_shows(as_seen(each), author) for each in named if each)


def _name_shows(name: str, author: Author) -> bool:
    said = _NUMBERED.sub(" ", name)
    return (
        "@" in name
        or contacts.link_in(said)
        or (name.lstrip().startswith("+") and phone_in(name))
        or own_names.username_in(said, username=author.username)
        or own_names.username_in(name, username=author.username)
        or own_names.full_name_in(said, first_name=author.first_name, last_name=author.last_name, words=_words(said))
        or own_names.last_name_in(said, last_name=author.last_name)
    )
