"""Where people are, as they type it: cities, countries, offsets, as IANA names of today."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.models import Profile
from profiles.places import SeveralPlaces, UnclearOffset, UnclearPlace, UnknownPlace, understand
from profiles.timezones import canonical

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
        ("в Киеве", "Europe/Kyiv"),
        ("у Києві", "Europe/Kyiv"),
        ("из Москвы", "Europe/Moscow"),
        ("я живу в Одессе", "Europe/Kyiv"),
        ("г. Минск", "Europe/Minsk"),
        ("м. Дніпро", "Europe/Kyiv"),
        ("Днепр", "Europe/Kyiv"),
        ("Россия, Казань", "Europe/Moscow"),
        ("I live in London", "Europe/London"),
        ("СПб", "Europe/Moscow"),
        ("Мск", "Europe/Moscow"),
        ("НН", "Europe/Moscow"),
        ("Екб", "Asia/Yekaterinburg"),
        ("Берлін", "Europe/Berlin"),
        ("Прага", "Europe/Prague"),
        ("Тбилиси", "Asia/Tbilisi"),
        ("Єреван", "Asia/Yerevan"),
        ("Алма-Ата", "Asia/Almaty"),
        ("Белград", "Europe/Belgrade"),
        ("Стамбул", "Europe/Istanbul"),
        ("Тель-Авив", "Asia/Jerusalem"),
        ("Лиссабон", "Europe/Lisbon"),
        ("Лондон", "Europe/London"),
        ("NYC", "America/New_York"),
        ("Бали", "Asia/Makassar"),
        ("Грузія", "Asia/Tbilisi"),
        ("Германия", "Europe/Berlin"),
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
        ("МСК+2", "Etc/GMT-5"),
        ("msk-1", "Etc/GMT-2"),
        ("Msk", "Europe/Moscow"),
    ],
)
def test_offsets(typed: str, zone: str) -> None:
    """P3: an offset becomes a zone that has it the whole year."""
    assert understand(typed, now=NOW) == zone


@pytest.mark.parametrize(
    "typed", ["", "   ", "где-то", "+15", "-13", "+3:17", "Factory", "Europe/", "🌍", "UTC+3:77", "a" * 10_000]
)
def test_unknown_places(typed: str) -> None:
    """P3: what is none of these is refused."""
    with pytest.raises(UnknownPlace):
        understand(typed, now=NOW)


@given(st.text(max_size=60) | st.from_regex(r"(?i)(utc|gmt)? ?[+-]\d{1,2}(:?\d\d)?", fullmatch=True))
def test_any_text_is_understood_or_refused(text: str) -> None:
    """P3: no text breaks it; what is stored is a zone that loads, by its name of today, and fits its column."""
    try:
        zone = understand(text, now=NOW)
    except UnclearPlace as refusal:
        zones = [place.zone for place in refusal.places]
    else:
        zones = [zone]
    for zone in zones:
        assert ZoneInfo(zone).key == zone == canonical(zone) == understand(zone, now=NOW)
        assert len(zone) <= (Profile._meta.get_field("timezone").max_length or 0)


@given(st.integers(-12 * 4, 14 * 4).map(lambda quarters: timedelta(minutes=15 * quarters)))
def test_an_offset_is_kept_summer_and_winter(offset: timedelta) -> None:
    """P3: the zone stored for an offset has that offset in January and in July."""
    minutes = int(offset.total_seconds()) // 60
    sign, (hours, rest) = ("-" if minutes < 0 else "+"), divmod(abs(minutes), 60)
    try:
        zone = ZoneInfo(understand(f"UTC{sign}{hours:02}:{rest:02}", now=NOW))
    except UnclearPlace:
        # Nobody lives there, or in one half of the year only.
        assert rest
        return
    assert {datetime(2026, month, 1, tzinfo=UTC).astimezone(zone).utcoffset() for month in (1, 7)} == {offset}


@pytest.mark.parametrize(
    ("typed", "zone", "name"),
    [
        ("Хярьков", "Europe/Kyiv", "Харьков"),
        ("Тибилиси", "Asia/Tbilisi", "Тбилиси"),
        ("ньюйорк", "America/New_York", "Нью Йорк"),
        ("Тельавив", "Asia/Jerusalem", "Тель Авив"),
        ("в Нижнем Новгороде", "Europe/Moscow", "Нижний Новгород"),
        ("Lisbonn", "Europe/Lisbon", "Lisbon"),
    ],
)
def test_what_is_almost_a_city_is_offered(typed: str, zone: str, name: str) -> None:
    """P3: who misspells a city is shown the nearest spellings."""
    with pytest.raises(UnknownPlace) as refusal:
        understand(typed, now=NOW)
    assert (zone, name) in [(place.zone, place.name) for place in refusal.value.places]
    assert refusal.value.context["offers"]


def test_a_few_letters_are_almost_nothing() -> None:
    """P3: no far-away village is offered to who typed something short."""
    with pytest.raises(UnknownPlace) as refusal:
        understand("ааа", now=NOW)
    assert refusal.value.places == ()


@pytest.mark.parametrize(
    ("typed", "zones"),
    [
        ("Железногорск", {"Europe/Moscow", "Asia/Krasnoyarsk"}),
        ("Валенсия", {"Europe/Madrid", "America/Caracas"}),
        ("Україна", {"Europe/Kyiv", "Europe/Simferopol"}),
    ],
)
def test_several_places_of_one_name(typed: str, zones: set[str]) -> None:
    """P3: cities of one name, and countries with several clocks, are asked about."""
    with pytest.raises(SeveralPlaces) as refusal:
        understand(typed, now=NOW)
    assert {place.zone for place in refusal.value.places} == zones


@pytest.mark.parametrize(
    ("typed", "zones"),
    [
        ("3", ("Etc/GMT-3", "Etc/GMT+3")),
        ("UTC 3", ("Etc/GMT-3", "Etc/GMT+3")),
        ("5:30", ("Asia/Kolkata",)),
        ("-3:30", ("America/St_Johns",)),
        ("15:04", ("Europe/Minsk", "Europe/Moscow", "Europe/Istanbul")),
    ],
)
def test_unclear_offsets(typed: str, zones: tuple[str, ...]) -> None:
    """P3: a number without a sign, an offset of this season only and a clock's reading are asked about."""
    with pytest.raises(UnclearOffset) as refusal:
        understand(typed, now=NOW)
    assert tuple(place.zone for place in refusal.value.places) == zones
