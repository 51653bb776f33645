"""What people write about themselves (P5)."""

import unicodedata

from project.errors import DomainError

from .contacts import contact_in
from .models import MAX_BIO_LENGTH

# Signs that turn the direction of the text around them, other people's text included.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_UNSEEN = frozenset(("Cc", "Co", "Cs"))
# Nothing is seen of these alone. (What this Python has no name for yet, "Cn", may be an emoji of this year.)
_UNSEEN_ALONE = _UNSEEN | {"Cf", "Mn", "Me", "Zs", "Zl", "Zp"}


class BioTooLong(DomainError):
    """More than `maximum` characters (`length` of them, `over` too many); `fits` is what there is room for."""

    template = "profiles/bio_too_long.html"
    status = 422


class BioHasContact(DomainError):
    """The bio holds a link, an @name, an e-mail address or a phone number (`contact`)."""

    template = "profiles/bio_has_contact.html"
    status = 422


def validated(text: str) -> str:
    """The bio in `text`, without space around it and without what can't be seen. Raises BioTooLong, BioHasContact."""
    bio = "".join(each for each in text if _is_kept(each)).strip()
    if all(unicodedata.category(each) in _UNSEEN_ALONE for each in bio):
        return ""
    if len(bio) > MAX_BIO_LENGTH:
        over = len(bio) - MAX_BIO_LENGTH
        raise BioTooLong(length=len(bio), maximum=MAX_BIO_LENGTH, over=over, fits=_whole_words(bio))
    if (contact := contact_in(bio)) is not None:
        raise BioHasContact(contact=contact)
    return bio


def _is_kept(character: str) -> bool:
    return character == "\n" or (unicodedata.category(character) not in _UNSEEN and character not in _TURNING)


def _whole_words(bio: str) -> str:
    """The beginning that fits, up to the last space where there is one."""
    return bio[: MAX_BIO_LENGTH + 1].rpartition(" ")[0] or bio[:MAX_BIO_LENGTH]
