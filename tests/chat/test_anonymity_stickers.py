"""Stickers whose set is called after the person who sends them."""

from datetime import UTC, datetime

import pytest
from telegram import Chat, Message, Sticker, User

from chat.anonymity import Clue
from chat.keeping_back import finding_in
from chat.kinds import kind_of

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def clues(set_name: str | None, *, username: str | None) -> tuple[Clue, ...]:
    """What is found in a sticker of this set."""
    sticker = Sticker("1", "1", 512, 512, False, False, Sticker.REGULAR, set_name=set_name)
    author = User(1, "Пётр", is_bot=False, username=username)
    message = Message(1, NOON, Chat(1, Chat.PRIVATE), from_user=author, sticker=sticker)
    finding = finding_in(message, kind_of(message))
    return () if finding is None else finding.clues


@pytest.mark.parametrize(
    ("set_name", "username"),
    [
        ("petya_k90_by_fStikBot", "petya_k90"),
        ("PetyaK90", "petya_k90"),
        ("stickers_by_petya_k90", "Petya_K90"),
        ("petyak90pack", "petya_k90"),
        ("mypetyakuznetsov", "petyakuznetsov"),
        ("kotik_by_stickersbot", "kotik"),
        ("my_Kotik", "kotik"),
    ],
)
def test_ones_own_set_is_found(set_name: str, username: str) -> None:
    """C9: the partner can open the set, and read the name in its address."""
    assert clues(set_name, username=username) == (Clue.ACCOUNT,)


@pytest.mark.parametrize(
    ("set_name", "username"),
    [
        ("Hugs", "petya_k90"),
        ("vasya_k90_by_fStikBot", "petya_k90"),
        ("kotiki_by_stickersbot", "kotik"),
        ("HelloKitty", "kitty"),
        ("cats_by_fStikBot", "cats"),
        ("Hugs", None),
        (None, "petya_k90"),
    ],
)
def test_other_sets_say_nothing(set_name: str | None, username: str | None) -> None:
    """C9: nearly everybody's stickers were made by others; short names are words as well."""
    assert clues(set_name, username=username) == ()
