"""What people type and tap, as IANA names of today."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.models import Profile
from profiles.timezones import OFFERED, UnknownPlace, canonical, city, local_time, offered, understand

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("Europe/Kiev", "Europe/Kyiv"),
        ("EUROPE/KIEV", "Europe/Kyiv"),
        ("europe/kyiv", "Europe/Kyiv"),
        ("Europe/Uzhgorod", "Europe/Kyiv"),
        ("Asia/Calcutta", "Asia/Kolkata"),
        ("US/Eastern", "America/New_York"),
        ("america/new york", "America/New_York"),
        ("Europe/Amsterdam", "Europe/Amsterdam"),
        ("Europe/Oslo", "Europe/Oslo"),
        ("UTC", "Etc/UTC"),
        ("Etc/GMT-3", "Etc/GMT-3"),
    ],
)
def test_iana_names(typed: str, zone: str) -> None:
    """P3: in any case; old aliases under today's name; a zone of its own keeps its name."""
    assert understand(typed, now=NOW) == zone


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("Киев", "Europe/Kyiv"),
        ("київ", "Europe/Kyiv"),
        ("Kyiv", "Europe/Kyiv"),
        ("kiev", "Europe/Kyiv"),
        ("Харьков", "Europe/Kyiv"),
        ("Харків", "Europe/Kyiv"),
        ("Львів", "Europe/Kyiv"),
        ("Санкт-Петербург", "Europe/Moscow"),
        ("санкт петербург", "Europe/Moscow"),
        ("Питер", "Europe/Moscow"),
        ("Екатеринбург", "Asia/Yekaterinburg"),
        ("Кишинёв", "Europe/Chisinau"),
        ("Минск", "Europe/Minsk"),
        ("Алматы", "Asia/Almaty"),
        ("Мюнхен", "Europe/Berlin"),
        ("Munich", "Europe/Berlin"),
        ("Варшава", "Europe/Warsaw"),
        ("Нью-Йорк", "America/New_York"),
        ("new york", "America/New_York"),
        ("Москва, Россия", "Europe/Moscow"),
        ("Calcutta", "Asia/Kolkata"),
    ],
)
def test_cities(typed: str, zone: str) -> None:
    """P3: city names in Russian, Ukrainian, English; the larger of two namesakes."""
    assert understand(typed, now=NOW) == zone


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("UTC+3", "Etc/GMT-3"),
        ("utc +3", "Etc/GMT-3"),
        ("+03:00", "Etc/GMT-3"),
        ("+3", "Etc/GMT-3"),
        ("GMT-5", "Etc/GMT+5"),
        ("\u22125", "Etc/GMT+5"),
        ("UTC+0", "Etc/UTC"),
        ("+5:30", "Asia/Kolkata"),
        ("UTC+05:45", "Asia/Kathmandu"),
        ("+14", "Etc/GMT-14"),
        ("-12", "Etc/GMT+12"),
    ],
)
def test_offsets(typed: str, zone: str) -> None:
    """P3: an offset becomes a zone that has it the whole year."""
    assert understand(typed, now=NOW) == zone


@pytest.mark.parametrize(
    "typed", ["", "   ", "где-то", "+15", "-13", "+3:17", "-3:30", "Factory", "Europe/", "🌍", "3"]
)
def test_unknown_places(typed: str) -> None:
    """P3: what is none of these is refused (−3:30 exists with summer time only)."""
    with pytest.raises(UnknownPlace):
        understand(typed, now=NOW)


@given(st.text(max_size=60) | st.from_regex(r"(?i)(utc|gmt)? ?[+-]\d{1,2}(:?\d\d)?", fullmatch=True))
def test_any_text_is_understood_or_refused(text: str) -> None:
    """P3: no text breaks it; what is stored is a zone that loads, by its name of today, and fits its column."""
    try:
        zone = understand(text, now=NOW)
    except UnknownPlace:
        return
    assert ZoneInfo(zone).key == zone == canonical(zone) == understand(zone, now=NOW)
    assert len(zone) <= (Profile._meta.get_field("timezone").max_length or 0)


@given(st.integers(-12 * 4, 14 * 4).map(lambda quarters: timedelta(minutes=15 * quarters)))
def test_an_offset_is_kept_summer_and_winter(offset: timedelta) -> None:
    """P3: the zone stored for an offset has that offset in January and in July."""
    minutes = int(offset.total_seconds()) // 60
    sign, (hours, rest) = ("-" if minutes < 0 else "+"), divmod(abs(minutes), 60)
    try:
        zone = ZoneInfo(understand(f"UTC{sign}{hours:02}:{rest:02}", now=NOW))
    except UnknownPlace:
        # Nobody lives there.
        assert rest
        return
    assert {datetime(2026, month, 1, tzinfo=UTC).astimezone(zone).utcoffset() for month in (1, 7)} == {offset}


@pytest.mark.parametrize("language", ["ru", "uk", "en"])
def test_offered_zones(language: str) -> None:
    """P3, P10: the guess for the language comes first, nothing twice; each is understood and fits into a button."""
    zones = offered(language)
    assert len(zones) == len(set(zones)) >= 15
    assert zones[0] == {"ru": "Europe/Moscow", "uk": "Europe/Kyiv", "en": "Europe/London"}[language]
    for zone in zones:
        assert understand(zone, now=NOW) == zone
        assert understand(city(zone, language), now=NOW) == zone
        assert len(f"profiles:zone:{zone}".encode()) <= 64


def test_names_and_clocks() -> None:
    """P3: people read a city in their language and its clock of now, summer time included."""
    assert [city("Europe/Kyiv", language) for language in ("ru", "uk", "en")] == ["Киев", "Київ", "Kyiv"]
    assert city("Etc/GMT-3", "ru") == "UTC+3"
    assert city("Etc/GMT+5", "ru") == "UTC\u22125"
    assert city("Etc/UTC", "en") == "UTC"
    assert local_time("Europe/Kyiv", NOW) == "14:00"
    assert local_time("Europe/Kyiv", NOW.replace(month=7)) == "15:00"
    assert set(OFFERED) <= set(offered("ru"))
