"""What people write about themselves (P5)."""

import unicodedata

from project.errors import DomainError

from .contacts import contact_in
from .models import MAX_BIO_LENGTH


class BioTooLong(DomainError):
    """More than `maximum` characters (`length` of them)."""

    template = "profiles/bio_too_long.html"
    status = 422


class BioHasContact(DomainError):
    """The bio holds a link, an @name, an e-mail address or a phone number (`contact`)."""

    template = "profiles/bio_has_contact.html"
    status = 422


def validated(text: str) -> str:
    """The bio in `text`, without space around it and without invisible characters. Raises BioTooLong, BioHasContact."""
    bio = "".join(each for each in text if each == "\n" or unicodedata.category(each) not in {"Cc", "Co", "Cs"}).strip()
    if len(bio) > MAX_BIO_LENGTH:
        raise BioTooLong(length=len(bio), maximum=MAX_BIO_LENGTH)
    if (contact := contact_in(bio)) is not None:
        raise BioHasContact(contact=contact)
    return bio
