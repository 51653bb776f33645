"""Whatever somebody types or taps: one answer, and nothing stored that breaks the letter of a rule.

The checks look at what is in the database, with means of their own instead of the product's.
"""

import re
import unicodedata
from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from profiles.models import Profile, Prompt
from tests.profiles.phone import Phone
from tests.profiles.test_journey import JOURNEY, act

# What has broken other programs: directions, marks, halves of characters, markup, placeholders, foreign digits.
_NASTY = [
    *("\u202e", "\u200f", "\u2066", "\u200b", "\ufeff", "\u0335\u0321\u0489", "\u0301" * 20, "\x00", "\n\n", "\t"),
    *("👩\u200d👩\u200d👧", "🏳️\u200d🌈", "🇺🇦", "\ud83d", "\udc00"),
    *("<b>", "</code>", "&amp;", "<a href='tg://user?id=1'>"),
    *("{{ 7|add:7 }}", "{% now 'Y' %}", "%s%(x)s", "٠١٢٣٤٥٦", "᠐᠑᠒᠓᠔᠕᠖", "ﷺ", "ﬃ", "Ⅷ", "ǅ", "ß", "İ", "Ωω", "ʼ"),
    *("Мира", "Mira", "Миpа", "मीरा", "美羅", "مير"),
    *("@mira", "t.me/mira", "mira@example.com", "380501234567", "0 5 0 1 2 3 4"),
    *("UTC+3", "+99", "Etc/GMT-3", "../etc/passwd", "Europe/", "Киев", "5:30", "25:61", "-0", "3", " ", "_", "-"),
]
_ANY = st.characters(exclude_categories=[])
INPUTS = st.one_of(
    st.text(_ANY, min_size=1, max_size=60),
    st.lists(st.sampled_from(_NASTY), min_size=1, max_size=6).map("".join),
    st.tuples(st.sampled_from(_NASTY), st.integers(1, 10_000)).map(lambda pair: (pair[0] * pair[1])[:10_000]),
)
# Somebody's phone and database serve for all examples; each begins by putting the person back to the step.
_MANY = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

_CONTACT = re.compile(r"@\s?\w|://|\bwww\.|\bt\.me/|\d{7}", re.IGNORECASE)
_ALPHABETS = {"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "HEBREW", "ARABIC", "DEVANAGARI"}


@pytest.fixture
def phone(phones: Callable[..., Phone]) -> Phone:
    """The phone of somebody who has agreed to the rules."""
    its = phones()
    for step in JOURNEY[:2]:
        act(its, step)
    return its


def answers(phone: Phone, text: str) -> None:
    """Send a text that is no command; the bot has to say one thing, short enough for Telegram."""
    before = len(phone.screen.messages)
    phone.sends(text.lstrip("/") or "x")
    assert len(phone.screen.messages) == before + 1
    assert 0 < len(phone.last.text) <= 4096
    assert "safety:sos" in phone.last.buttons.values()
    assert all(label and len(data.encode()) <= 64 for label, data in phone.last.buttons.items())


def at(state: str, **fields: object) -> None:
    """Put the one person there is to a step."""
    Prompt.objects.all().delete()
    Profile.objects.update(
        **{"state": state, "nickname": "", "nickname_key": None, "timezone": "", "bio": "", "topic_mask": 0, **fields}
    )


def visible(text: str) -> str:
    """The text without what can't be seen, in its usual form."""
    return unicodedata.normalize("NFKC", "".join(each for each in text if unicodedata.category(each) != "Cf"))


def test_any_nickname(phone: Phone) -> None:
    """P2: any text gets one answer, and becomes a nickname to the letter or none."""

    @_MANY
    @given(INPUTS)
    @example("Миpа")
    @example("٠١٢٣٤٥٦")
    @example("0 5 0 1 2 3 4")
    @example("Ми\u200bра")
    @example("ﷺ" * 3)
    @example("\ud83d" * 3)
    def check(text: str) -> None:
        at("waiting_nickname")
        answers(phone, text)
        profile = Profile.objects.get()
        if profile.state == "waiting_nickname":
            assert profile.nickname == ""
            return
        name = profile.nickname
        assert 2 <= len(name) <= 24
        assert name == unicodedata.normalize("NFKC", name)
        assert all(unicodedata.category(each)[0] == "L" or each.isdecimal() or each in " _-" for each in name)
        assert any(each.isalnum() for each in name)
        assert not re.search(r"\d{7}", re.sub(r"[ _-]", "", name))
        for word in re.split("[ _-]", name):
            assert len({unicodedata.name(each).split()[0] for each in word if each.isalpha()} & _ALPHABETS) <= 1

    check()


def test_any_place(phone: Phone) -> None:
    """P3: any text gets one answer; what is stored is a zone that loads, and every zone on a button as well."""

    @_MANY
    @given(INPUTS)
    @example("+99")
    @example("25:61")
    @example("Europe/Kiev")
    @example("3")
    @example("Киев" * 2_000)
    def check(text: str) -> None:
        at("waiting_timezone", nickname="Мира", nickname_key="мира")
        answers(phone, text)
        profile = Profile.objects.get()
        if profile.state == "waiting_timezone":
            assert profile.timezone == ""
        else:
            assert ZoneInfo(profile.timezone).key == profile.timezone
        zones = [data.partition("zone:")[2] for data in phone.last.buttons.values() if "zone:" in data]
        assert all(ZoneInfo(zone).key == zone for zone in zones)

    check()


def test_any_bio(phone: Phone) -> None:
    """P5: any text gets one answer, and becomes a bio of at most 300 characters without contacts, or none."""

    @_MANY
    @given(INPUTS)
    @example("\ud83d")
    @example("раз\x00два")
    @example("раз \u202e два")
    @example("я @\u200bmira")
    @example("<b>&amp;</b>" * 25)
    @example("слово " * 60)
    def check(text: str) -> None:
        at("waiting_bio", nickname="Мира", nickname_key="мира", timezone="Europe/Kyiv", topic_mask=3)
        answers(phone, text)
        bio = Profile.objects.get().bio
        assert len(bio) <= 300
        assert not _CONTACT.search(visible(bio))
        assert all(each == "\n" or unicodedata.category(each) not in ("Cc", "Cs") for each in bio)
        assert not set(bio) & set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068")

    check()


ACTS = [
    ("sends", "/start"),
    ("sends", "/profile"),
    ("sends", "/available"),
    ("sends", "/language"),
    ("sends", "/help"),
    ("sends", "Мира"),
    ("sends", "Киев"),
    ("sends", "@mira"),
    ("corrects", "Лиса"),
    ("sends_sticker",),
    *(("taps_data", data) for _, data in JOURNEY if data.startswith("profiles:")),
    ("taps_data", "profiles:nickname:Лиса"),
    ("taps_data", "profiles:zone:Asia/Tbilisi"),
    ("taps_data", "profiles:topic:remove:2"),
    ("taps_data", "profiles:change:nickname"),
    ("taps_data", "profiles:change:bio"),
    ("taps_data", "profiles:show"),
    ("taps_data", "profiles:listen:on"),
    ("taps_data", "profiles:quiet:from"),
    ("taps_data", "profiles:quiet:none"),
    ("taps_data", "profiles:interface:uk"),
    ("taps_data", "profiles:minor"),
]


def test_anything_at_any_step(phone: Phone) -> None:
    """P1: in whatever order, each act is answered: by a message, a changed message, or a line over the chat."""

    @settings(_MANY, max_examples=15)
    @given(st.lists(st.sampled_from(ACTS), min_size=3, max_size=15))
    def check(acts: list[tuple[str, ...]]) -> None:
        Prompt.objects.all().delete()
        at("waiting_nickname", listens=False)
        phone.sends("/start")
        for verb, *what in acts:
            messages, taps, unanswered = len(phone.screen.messages), phone.screen.closed_taps, phone.unanswered
            getattr(phone, verb)(*what)
            said = len(phone.screen.messages) - messages + phone.unanswered - unanswered
            assert said <= 1
            assert said == 1 or (verb == "taps_data" and phone.screen.closed_taps == taps + 1)

    check()
