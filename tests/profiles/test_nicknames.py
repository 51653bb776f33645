"""What may be a nickname, and when two of them are the same to the eye."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles import nicknames
from profiles.contacts import Contact, contact_in
from profiles.look_alikes import in_script, key, scripts
from profiles.models import Profile
from profiles.nickname_mending import mended
from profiles.nickname_words import PAIRS
from profiles.nicknames import suggestions, validated
from project.errors import DomainError
from project.rendering import render
from tests.profiles import newcomers

RESERVED = (
    *("Поддержка", "Служба поддержки", "Підтримка", "Support", "Supp0rt", "S u p p o r t", "Admin", "админ-1", "Адм1н"),
    *("АДМІНІСТРАТОР", "Модератор Анна", "Moderator", "Ты не один", "ти_не_один", "ТыНеОдин 2"),
    *("You re not alone", "Telegram", "Телеграм", "TeIegram", "Бот", "Bot 24"),
)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("МистерАндрей", "МистерАндрей"),
        ("  Тихий   Ветер ", "Тихий Ветер"),
        ("Ｍｉｒａ", "Mira"),
        ("кошка_cat", "кошка_cat"),
        ("Anna-Мария", "Anna-Мария"),
        ("Їжачок 2026", "Їжачок 2026"),
        ("Ян", "Ян"),
        ("а" * 24, "а" * 24),
        ("Суббота", "Суббота"),
        ("Badminton", "Badminton"),
        ("Ищу поддержку", "Ищу поддержку"),
    ],
)
def test_good_nicknames(typed: str, stored: str) -> None:
    """P2: 2 to 24 letters, digits, spaces, `_`, `-`; NFKC-normalised."""
    assert validated(typed) == stored


@pytest.mark.parametrize(
    ("typed", "error", "context"),
    [
        ("Я", nicknames.NicknameTooShort, {"minimum": 2, "maximum": 24}),
        ("", nicknames.NicknameTooShort, {"minimum": 2, "maximum": 24}),
        ("я" * 25, nicknames.NicknameTooLong, {"length": 25, "maximum": 24}),
        ("Мира!", nicknames.NicknameHasOddCharacters, {"characters": "!", "invisible": False}),
        ("Мира 😀😀", nicknames.NicknameHasOddCharacters, {"characters": "😀", "invisible": False}),
        ("Ми\u200bра", nicknames.NicknameHasOddCharacters, {"characters": "", "invisible": True}),
        ("\u3164\u3164\u3164", nicknames.NicknameHasOddCharacters, {"characters": "", "invisible": True}),
        ("-- __", nicknames.NicknameHasOddCharacters, {"characters": "", "invisible": False}),
        ("Миpа", nicknames.NicknameMixesScripts, {"word": "Миpа"}),
        ("Тихая Cова", nicknames.NicknameMixesScripts, {"word": "Cова"}),
        *((name, nicknames.NicknameReserved, {}) for name in RESERVED),
        ("@mira", nicknames.NicknameHasContact, {"contact": Contact.NAME}),
        ("mira@example.com", nicknames.NicknameHasContact, {"contact": Contact.EMAIL}),
        ("t.me/mira", nicknames.NicknameHasContact, {"contact": Contact.LINK}),
        ("мира.рф", nicknames.NicknameHasContact, {"contact": Contact.LINK}),
        ("Мира 380501234567", nicknames.NicknameHasContact, {"contact": Contact.PHONE}),
        ("050 123-45-67", nicknames.NicknameHasContact, {"contact": Contact.PHONE}),
        ("234_56_78", nicknames.NicknameHasContact, {"contact": Contact.PHONE}),
    ],
)
def test_bad_nicknames(typed: str, error: type[DomainError], context: dict[str, object]) -> None:
    """P2: whatever else is refused, with the reason."""
    with pytest.raises(error) as refusal:
        validated(typed)
    assert type(refusal.value) is error
    assert refusal.value.context == context
    for language in ("ru", "uk", "en"):
        assert render(error.template, context, language=language)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Мира", "МИРА"),
        ("Тихий Ветер", "тихий_ветер"),
        ("Тихий Ветер", "ТихийВетер"),
        ("сова", "coвa"),
        ("Рома", "Poma"),
        ("ВОВА", "BOBA"),
        ("Ivan", "lvan"),
        ("Iра", "Іра"),
        ("Зоя", "3оя"),
        ("Лола", "Л0ла"),
        ("Алёна", "Алена"),
        ("Mima", "Mirna"),
        ("Zoë", "Zoe"),
        ("STRASSE", "straße"),
    ],
)
def test_look_alikes_share_a_key(one: str, other: str) -> None:
    """P2: unique regardless of case, and no look-alike of another."""
    assert key(one) == key(other)


@pytest.mark.parametrize(
    ("one", "other"), [("Кот", "Кит"), ("Лев", "Лес"), ("Дом", "Том"), ("Мир", "Пир"), ("Аня", "Оля"), ("Mila", "Mina")]
)
def test_different_names_have_different_keys(one: str, other: str) -> None:
    """P2: names that nobody would confuse don't stand in each other's way."""
    assert key(one) != key(other)


@given(st.text(max_size=40))
def test_any_text_is_a_nickname_or_gets_a_reason(text: str) -> None:
    """P2: no text breaks the check, and what passes keeps every rule."""
    try:
        nickname = validated(text)
    except DomainError:
        return
    assert 2 <= len(nickname) <= 24
    assert nickname == unicodedata.normalize("NFKC", nickname) == validated(nickname)
    assert all(character.isalnum() or character in " _-" for character in nickname)
    assert contact_in(nickname) is None


_alphabet = st.characters(whitelist_categories=("Lu", "Ll", "Lt", "Lo", "Nd"), whitelist_characters=" _-")


@given(st.text(alphabet=_alphabet, min_size=2, max_size=24))
def test_keys_fit_their_column(text: str) -> None:
    """P2: every nickname has a key that can be stored, without accents."""
    try:
        nickname = validated(text)
    except DomainError:
        return
    assert 0 < len(key(nickname)) <= (Profile._meta.get_field("nickname_key").max_length or 0)
    assert not any(unicodedata.combining(character) for character in key(nickname))


@given(st.text(alphabet="абвгдежзийклмнопрстуфхцчшщъыьэюяіїєґabcdefghijklmnopqrstuvwxyz0123456789", max_size=24))
def test_case_never_makes_a_difference(text: str) -> None:
    """P2: in the alphabets of the audience capitals are the same name."""
    assert key(text.upper()) == key(text) == key(text.title())


_CYRILLIC = "аеорсухіАВЕКМНОРСТХІ"


@given(st.text(alphabet=_CYRILLIC, min_size=2, max_size=24), st.data())
def test_no_look_alike_of_another_script(name: str, data: st.DataObject) -> None:
    """P2: whichever letters are exchanged for ones that look the same, it is the same name, or none at all."""
    exchanged = "".join(in_script(each, "LATIN") if data.draw(st.booleans()) else each for each in name)
    assert key(exchanged) == key(name)
    if len(set(scripts(exchanged))) > 1:
        with pytest.raises(nicknames.NicknameMixesScripts):
            validated(exchanged)


@given(st.text(alphabet=_alphabet, min_size=1, max_size=24))
def test_separators_never_make_a_difference(text: str) -> None:
    """P2: a dash or a line instead of a space is the same name."""
    assert key(text) == key(text.replace("-", " ")) == key(text.replace(" ", "_"))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("Мира!", "Мира"),
        ("Мира 😀😀", "Мира"),
        ("Миpа", "Мира"),
        ("Мира.Лана", "Мира Лана"),
        ("Ми\u200bра", "Мира"),
        ("Очень длинное имя, которое не влезет", "Очень длинное имя"),
        ("я" * 30, "я" * 23),
        ("тихая СОВА", "тихая СОВА 2"),
        ("@mira", None),
        ("Поддержка", None),
        ("я", None),
        ("___", None),
        ("🌍" * 10_000, None),
    ],
)
def test_what_is_nearly_a_nickname_is_mended(typed: str, offered: str | None) -> None:
    """P2: a name with one fault is not lost: a good and free one next to it is offered, small enough for a button."""
    newcomers.at_timezone("Тихая Сова")
    assert mended(typed) == offered
    assert offered is None or len(f"profiles:nickname:{offered}".encode()) <= 64


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["ru", "uk", "en"])
def test_suggestions_are_nicknames(language: str) -> None:
    """P2, P10: three different ones, each good as it is and short enough for a button."""
    for profile_id in range(1, 400, 7):
        suggested = suggestions(profile_id=profile_id, language=language)
        assert len({key(nickname) for nickname in suggested}) == 3
        for nickname in suggested:
            assert validated(nickname) == nickname
            assert len(f"profiles:nickname:{nickname}".encode()) <= 64


@pytest.mark.django_db
def test_suggestions_stay_while_they_are_free() -> None:
    """P10: the same person is offered the same names again, except those taken in the meantime."""
    before = suggestions(profile_id=5, language="ru")
    assert suggestions(profile_id=5, language="ru") == before
    newcomers.at_timezone(before[1].upper())
    after = suggestions(profile_id=5, language="ru")
    assert before[1] not in after
    assert {before[0], before[2]} < set(after)


@pytest.mark.django_db
def test_suggestions_never_run_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """P10: when every pair of words is taken, numbers make new names."""
    monkeypatch.setitem(PAIRS, "ru", ((("Тихий",), ("Ветер",)),))
    newcomers.at_timezone("Тихий Ветер")
    newcomers.at_timezone("Тихий Ветер 2")
    assert suggestions(profile_id=9, language="ru") == ["Тихий Ветер 3", "Тихий Ветер 4", "Тихий Ветер 5"]
