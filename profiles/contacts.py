"""Ways to reach somebody outside the bot, recognised in what people write about themselves (P2, P5)."""

import re
import unicodedata
from enum import StrEnum

from linkify_it import LinkifyIt


class Contact(StrEnum):
    """What was found."""

    EMAIL = "email"
    NAME = "name"
    LINK = "link"
    PHONE = "phone"


_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.\w")
_NAME = re.compile(r"@\s?\w")
_LINK_WITHOUT_HOST = re.compile(r"\w+://|\bwww\.\w", re.IGNORECASE)
# Nine digits, however they are spaced, or seven in one piece or after a plus: years and sums are shorter.
_PHONE = re.compile(r"\d(?:[\s().–-]{0,3}\d){8}|\d{7}|\+\d(?:[\s().–-]{0,3}\d){6}")
_links = LinkifyIt()


def contact_in(text: str) -> Contact | None:
    """The first kind of contact in `text`, or None."""
    seen = "".join(each for each in text if unicodedata.category(each) != "Cf")
    plain = unicodedata.normalize("NFKC", seen)
    if _EMAIL.search(plain):
        return Contact.EMAIL
    if _NAME.search(plain):
        return Contact.NAME
    if _LINK_WITHOUT_HOST.search(plain) or _links.test(plain):
        return Contact.LINK
    return Contact.PHONE if _PHONE.search(plain) else None
