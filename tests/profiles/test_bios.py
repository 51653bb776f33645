"""What people write about themselves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.bios import BioHasContact, BioTooLong, validated
from profiles.contacts import Contact, contact_in
from project.errors import DomainError
from project.rendering import render


@pytest.mark.parametrize(
    "text",
    [
        "Мне 35, живу в Харькове с 2014 по 2022.",
        "Привет.Как дела?Люблю чай и т.д.",
        "Цена вопроса 1 000 000, 12.03.2020, 1990-2020, 24/7",
        "Замужем с 12.03.2020 15 лет вместе, 10 000 000 планов",
        "Сил нет.So tired.But here",
        "Две строки\nи вторая 💙",
        "я" * 300,
    ],
)
def test_good_bios(text: str) -> None:
    """P5: up to 300 characters, years and sums included."""
    assert validated(f"  {text}\n") == text


@pytest.mark.parametrize(
    ("text", "contact"),
    [
        ("пишите t.me/mira", Contact.LINK),
        ("https://example.com/a", Contact.LINK),
        ("мой сайт пример.рф", Contact.LINK),
        ("www.мойсайт.онлайн", Contact.LINK),
        ("tg://resolve?domain=mira", Contact.LINK),
        ("я @mira_1", Contact.NAME),
        ("я ＠mira", Contact.NAME),
        ("mira@example.com", Contact.EMAIL),
        ("звоните +380 50 123 45 67", Contact.PHONE),
        ("8 (912) 345-67-89", Contact.PHONE),
        ("0501234567", Contact.PHONE),
        ("٠٥٠١٢٣٤٥٦٧", Contact.PHONE),
        ("я @\u200bmira", Contact.NAME),
        ("пишите t.\u2060me/mira", Contact.LINK),
        ("050\u200d1234567", Contact.PHONE),
    ],
)
def test_contacts_are_refused_with_the_reason(text: str, contact: Contact) -> None:
    """P5: links, @names, e-mail addresses and phone numbers."""
    with pytest.raises(BioHasContact) as refusal:
        validated(text)
    assert refusal.value.context == {"contact": contact}


def test_each_kind_of_contact_has_its_own_words() -> None:
    """P5: the reason names what was found."""
    for language in ("ru", "uk", "en"):
        said = {render(BioHasContact.template, {"contact": contact}, language=language) for contact in Contact}
        assert len(said) == len(Contact)


@pytest.mark.parametrize("text", ["\u200b\u200d", "\u202e", "\ud83d", "\x00", " \n "])
def test_what_nobody_can_see_is_no_bio(text: str) -> None:
    """P5: signs without a shape of their own are no words."""
    assert validated(text) == ""


def test_nobody_turns_the_text_around() -> None:
    """P5: what changes the direction of the text around it is left out; an emoji of several stays one."""
    assert validated("раз \u202eдва\u2066 👩\u200d👧") == "раз два 👩\u200d👧"


def test_what_fits_ends_with_a_word() -> None:
    """P5: who wrote too much is shown how much of it fits."""
    with pytest.raises(BioTooLong) as refusal:
        validated("слово " * 60)
    assert refusal.value.context["fits"] == " ".join(["слово"] * 50)


def test_long_ones_are_refused_with_their_length() -> None:
    """P5: 301 characters are one too many."""
    with pytest.raises(BioTooLong) as refusal:
        validated("я" * 301)
    assert refusal.value.context == {"length": 301, "maximum": 300, "over": 1, "fits": "я" * 300}


@given(st.text(max_size=400))
def test_any_text_is_a_bio_or_gets_a_reason(text: str) -> None:
    """P5: no text breaks the check, and what passes can be stored and holds no contact."""
    try:
        bio = validated(text)
    except DomainError:
        return
    assert len(bio) <= 300
    assert "\x00" not in bio
    assert contact_in(bio) is None
    assert validated(bio) == bio
