"""Columns for what people write about themselves: encrypted at rest, with keys that can be changed.

A value is stored as "<key id>$<Fernet token>". The id says which key wrote it, so that values of an old key can be
found, counted and rewritten without trying every key on every row.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from math import ceil
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.core.exceptions import FieldError
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Cast, Length
from django.db.models.lookups import Exact, IsNull, LessThanOrEqual, Regex

KEY_ID_LENGTH = 8
_SEPARATOR = "$"
_CIPHERTEXT = r"^([0-9a-f]{8}\$[A-Za-z0-9_=-]+)?$"
_BYTES_OF_A_CHARACTER = 4


if TYPE_CHECKING:
    _TextField = models.TextField[str, str]
else:
    _TextField = models.TextField


class Undecipherable(Exception):
    """A value was written under a key that FIELD_ENCRYPTION_KEYS lacks, or was tampered with."""


def new_key() -> str:
    """A random key as FIELD_ENCRYPTION_KEYS takes it: 32 bytes in URL-safe base64."""
    return Fernet.generate_key().decode()


def encrypted(text: str) -> str:
    """`text` under the newest key (the first of FIELD_ENCRYPTION_KEYS); "" stays "", so that empty can be asked for."""
    if not text:
        return ""
    key_id = current_key_id()
    return f"{key_id}{_SEPARATOR}{_ciphers(_keys())[key_id].encrypt(text.encode()).decode()}"


def decrypted(stored: str) -> str:
    """The text behind `stored`, under whichever key it was written. Raises Undecipherable."""
    if not stored:
        return ""
    key_id, _, token = stored.partition(_SEPARATOR)
    try:
        return _ciphers(_keys())[key_id].decrypt(token.encode()).decode()
    except (KeyError, InvalidToken):
        # Neither key nor value belong into an error.
        raise Undecipherable("a value is of none of the keys in FIELD_ENCRYPTION_KEYS") from None


def current_key_id() -> str:
    """The id of the key that new values are written under."""
    return _key_id(_keys()[0])


def key_ids() -> list[str]:
    """The ids of all keys, newest first."""
    return [_key_id(key) for key in _keys()]


class EncryptedTextField(_TextField):
    """Text that the database holds encrypted. It is read, written, and asked whether it is empty; never searched.

    A constraint with `is_encrypted` lets the database refuse plain text and more than a bounded length of it.
    """

    def get_prep_value(self, value: Any) -> Any:
        """Encrypt on the way into the database."""
        plain = super().get_prep_value(value)
        return plain if plain is None else encrypted(plain)

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        """Decrypt on the way out."""
        return value if value is None else decrypted(value)

    def get_lookup(self, lookup_name: str) -> Any:
        """Only "is it empty" can be asked: every encryption of a text is another."""
        if lookup_name in ("exact", "isnull"):
            return _Empty if lookup_name == "exact" else IsNull
        raise FieldError(f"{self.name} is encrypted and can't be searched by {lookup_name}")


class _Empty(Exact):
    def get_prep_lookup(self) -> Any:
        if self.rhs != "":
            raise FieldError("an encrypted column can only be compared with the empty text")
        return ""


def is_encrypted(column: str, max_length: int) -> Q:
    """The condition of a CheckConstraint: `column` is empty or a ciphertext of at most `max_length` characters."""
    stored = Cast(F(column), models.TextField())
    return Q(Regex(stored, _CIPHERTEXT)) & Q(LessThanOrEqual(Length(stored), _longest_ciphertext(max_length)))


def _longest_ciphertext(characters: int) -> int:
    """The specification of Fernet: 1 + 8 + 16 bytes in front, text in padded blocks of 16, 32 behind, all in base64."""
    blocks = (characters * _BYTES_OF_A_CHARACTER) // 16 + 1
    return KEY_ID_LENGTH + len(_SEPARATOR) + ceil((25 + blocks * 16 + 32) / 3) * 4


def _keys() -> tuple[str, ...]:
    return tuple(settings.FIELD_ENCRYPTION_KEYS)


@cache
def _key_id(key: str) -> str:
    return sha256(key.encode()).hexdigest()[:KEY_ID_LENGTH]


@cache
def _ciphers(keys: tuple[str, ...]) -> dict[str, Fernet]:
    return {_key_id(key): Fernet(key) for key in keys}
