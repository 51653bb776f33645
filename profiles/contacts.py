"""Ways to reach somebody outside the bot, recognised in what people write about themselves (P2, P5)."""

import re
import unicodedata
from enum import StrEnum
from typing import Any

from linkify_it import LinkifyIt

from .phones import phone_in


class Contact(StrEnum):
    """What was found."""

    EMAIL = "email"
    NAME = "name"
    LINK = "link"
    PHONE = "phone"


_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}\.\w")
_NAME = re.compile(r"@\s?\w")
_LINK_WITHOUT_HOST = re.compile(r"\w://|\bwww\.\w", re.IGNORECASE)
# Looking for links takes longer than all the rest; the name of a host that the library knows has at least this.
_PERHAPS_HOST = re.compile(r"\w\.[A-Za-z]{2}")
_CYRILLIC_HOST = re.compile(r"\w\.(?:рф|укр|бел|рус|онлайн|сайт|москва)\b")
_TWO_WORDS = re.compile(r"[^\W\d_]+[.]([^\W\d_]+)")
# In a link each may begin a part that its counterpart ends, for which the library looks through all the rest.
# To tell whether there is a link at all they are as good as spaces.
_OPENING = str.maketrans(dict.fromkeys("([{", " "))
# Words of a language as well as countries: after a dot without a space they begin a sentence.
_WORDS = frozenset(("am", "as", "at", "be", "do", "is", "it", "my", "no", "so", "to", "us"))
_links = LinkifyIt()
# Nearly every text.
_PLAIN = re.compile(r"[\t\n -~А-яЁёІіЇїЄєҐґ«»“”„’–—…]*")
# Marks as well: digits on keycaps have them.
_SHAPELESS = frozenset(("Cf", "Mn", "Me"))


def contact_in(text: str) -> Contact | None:
    """The first kind of contact in `text`, or None."""
    plain = as_seen(text)
    if email_in(plain):
        return Contact.EMAIL
    if _NAME.search(plain):
        return Contact.NAME
    if link_in(plain):
        return Contact.LINK
    return Contact.PHONE if phone_in(plain) else None


def as_seen(text: str) -> str:
    """The text as a reader sees it: without what has no shape of its own, and with plain letters for their variants."""
    if _PLAIN.fullmatch(text):
        return text
    plain = unicodedata.normalize("NFKC", text)
    return "".join(each for each in plain if unicodedata.category(each) not in _SHAPELESS)


def email_in(text: str) -> bool:
    """Whether an e-mail address stands in `text` (as_seen)."""
    return "@" in text and _EMAIL.search(text) is not None


def link_in(text: str) -> bool:
    """Whether a link stands in `text` (as_seen)."""
    if _LINK_WITHOUT_HOST.search(text) or _CYRILLIC_HOST.search(text):
        return True
    if not _PERHAPS_HOST.search(text):
        return False
    found: list[Any] = _links.match(text.translate(_OPENING)) or []
    return any(not lacks_space(each.text) for each in found)


def lacks_space(link: str) -> bool:
    """Whether what looks like a link is the end of a sentence and the beginning of the next: "tired.So"."""
    words = _TWO_WORDS.fullmatch(link)
    return words is not None and (words[1].istitle() or words[1] in _WORDS)
