"""Columns that are encrypted where they lie."""

from collections.abc import Callable, Iterator

import pytest
from django.core.exceptions import FieldError
from django.core.management import call_command
from django.db import DataError, IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from profiles.models import MAX_BIO_LENGTH, Profile
from project.encryption import Undecipherable, current_key_id, decrypted, encrypted, key_ids, new_key
from tests.base import person

OLD, NEW = new_key(), new_key()


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=600))
def test_what_goes_in_comes_out(text: str) -> None:
    """P5: any text survives, and nothing of it can be seen in what is stored."""
    stored = encrypted(text)
    assert decrypted(stored) == text
    assert (stored == "") == (text == "")
    assert len(text) < 4 or text not in stored


def test_the_same_text_never_looks_the_same() -> None:
    """P5: nobody can tell from the table who wrote the same words."""
    assert encrypted("привет") != encrypted("привет")


def test_two_keys(settings: Settings) -> None:
    """P5: new values are under the first key, those of the others are still read."""
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    old = encrypted("до")
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    new = encrypted("после")
    assert (decrypted(old), decrypted(new)) == ("до", "после")
    assert new.startswith(f"{current_key_id()}$")
    assert key_ids() == [new[:8], old[:8]]
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    assert decrypted(new) == "после"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda stored: stored.replace(stored[:8], "00000000", 1),
        lambda stored: f"{stored[:-8]}AAAAAAA=",
        lambda stored: stored[:8],
        lambda _: "слова без шифра",
    ],
    ids=["unknown key", "tampered", "cut off", "plain"],
)
def test_what_cannot_be_read_is_not_quoted(spoil: Callable[[str], str]) -> None:
    """C3: an error about a value says nothing of it, nor of the key."""
    stored = spoil(encrypted("тайна"))
    with pytest.raises(Undecipherable) as caught:
        decrypted(stored)
    error = caught.value
    assert str(error) == "a value is of none of the keys in FIELD_ENCRYPTION_KEYS"
    assert (error.__cause__, error.__suppress_context__) == (None, True)


def _write(bio: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE profiles_profile SET bio = %s", [bio])


@pytest.mark.django_db
def test_the_database_refuses_plain_text() -> None:
    """P5: whatever code forgets to encrypt, or cuts, does not get into the table."""
    person("Мира")
    for plain in ("просто слова", "deadbeef$plain words", f"deadbeef${'A' * 5000}"):
        with pytest.raises((IntegrityError, DataError)):
            _write(plain)
    _write(encrypted("я" * MAX_BIO_LENGTH))
    assert Profile.objects.get().bio == "я" * MAX_BIO_LENGTH


@pytest.mark.django_db
def test_only_emptiness_can_be_asked_for() -> None:
    """P5: a search over encrypted text is refused, instead of finding nothing."""
    mira = person("Мира")
    assert Profile.objects.get(bio="") == mira
    assert not Profile.objects.exclude(bio="").exists()
    for lookup in ("bio", "bio__contains", "bio__in", "bio__startswith", "bio__gt"):
        with pytest.raises(FieldError):
            Profile.objects.filter(**{lookup: "слова"}).exists()


@pytest.fixture
def before_encryption(transactional_db: None) -> Iterator[None]:
    """The tables as they were when bios were plain; as they are today again afterwards."""
    call_command("migrate", "profiles", "0001", verbosity=0)
    yield
    call_command("migrate", verbosity=0)


def test_bios_that_were_there_become_encrypted(before_encryption: None) -> None:
    """P5: the migration encrypts every bio where it lies; who had none has none."""
    insert = """
        INSERT INTO profiles_profile (recipient_id, state, nickname, bio, timezone, topic_mask, speaks_ru, speaks_uk,
            speaks_en, rating_sum, rating_count)
        VALUES (%s, 'waiting_nickname', '', %s, '', 0, true, false, false, 0, 0)"""
    bios = {number: f"слова {number}" if number % 2 else "" for number in range(1, 1200)}
    with connection.cursor() as cursor:
        for number, bio in bios.items():
            cursor.execute(
                "INSERT INTO delivery_recipient (id, telegram_id, language, reachable) VALUES (%s, %s, 'ru', true)",
                [number, number],
            )
            cursor.execute(insert, [number, bio])
    call_command("migrate", "profiles", verbosity=0)
    assert dict(Profile.objects.values_list("pk", "bio")) == bios
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM profiles_profile WHERE bio LIKE %s", [f"{current_key_id()}$%"])
        assert cursor.fetchone() == (len(bios) // 2 + 1,)
