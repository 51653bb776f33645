"""What the built-in hotlines hold, and which are shown to whom."""

import re
from zoneinfo import available_timezones

import pytest
from telegram.constants import MessageLimit

from delivery.models import Language
from safety.hotlines import Country, children_html, countries, countries_for, country_of, sos_html
from safety.messages import sos

LANGUAGES = Language.values
EVERY_COUNTRY = pytest.mark.parametrize("country", countries().values(), ids=lambda country: country.code)


@EVERY_COUNTRY
def test_entries_are_complete(country: Country) -> None:
    """S3: every country has an emergency number and lines that are complete in three languages."""
    assert country.emergency
    assert all(re.fullmatch(r"\d{2,3}", number) for number in country.emergency)
    assert country.lines
    assert set(country.shown_in) <= set(LANGUAGES)
    for line in country.lines:
        assert re.fullmatch(r"(\w+ → )?\+?[\d -]+", line.number), line.number
        assert sorted(line.name) == sorted(LANGUAGES)
        assert all(line.name.values())
        assert line.languages
        assert re.fullmatch(r"|24/7|(daily|mon-sat) \d\d:\d\d–\d\d:\d\d", line.hours), line.hours


@EVERY_COUNTRY
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_line_is_shown(country: Country, language: str) -> None:
    """S3: the text of a country names its emergency numbers and all of its lines, in one message."""
    html = sos_html(language, country)
    assert country.name(language) in html
    for number in country.emergency:
        assert number in html
    for line in country.lines:
        assert line.number in html
    assert len(html) <= MessageLimit.MAX_TEXT_LENGTH


def test_names_are_translated() -> None:
    """S3: the names of countries, lines, languages and the hours are in the reader's language."""
    poland = countries()["PL"]
    assert "Польша" in sos_html("ru", poland)
    assert "Польща" in sos_html("uk", poland)
    assert "цілодобово · польська" in sos_html("uk", poland)
    assert "круглосуточно · польский" in sos_html("ru", poland)
    assert "around the clock · Polish" in sos_html("en", poland)


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_country_those_of_the_language_are_shown(language: str) -> None:
    """S3: without a country, a number and the emergency number of every country of the language, in one message."""
    html = sos_html(language, None)
    shown = countries_for(language)
    assert shown
    for country in shown:
        assert country.name(language) in html
        assert country.first_line(language).number in html
        assert country.emergency[0] in html
    assert len(html) <= MessageLimit.MAX_TEXT_LENGTH


def test_the_one_line_shown_speaks_the_language_if_one_does() -> None:
    """S3: where there is room for one line only, it is one that answers in the reader's language."""
    assert "ru" in countries()["DE"].first_line("ru").languages
    assert countries()["DE"].first_line("en") == countries()["DE"].lines[0]


@pytest.mark.parametrize(
    ("timezone", "code"),
    [
        ("Europe/Kyiv", "UA"),
        ("Europe/Kiev", "UA"),
        ("Europe/Uzhgorod", "UA"),
        ("Asia/Yekaterinburg", "RU"),
        ("Europe/Minsk", "BY"),
        ("Asia/Almaty", "KZ"),
        ("Europe/Chisinau", "MD"),
        ("Asia/Tbilisi", "GE"),
        ("Asia/Yerevan", "AM"),
        ("Asia/Baku", "AZ"),
        ("Asia/Bishkek", "KG"),
        ("Asia/Samarkand", "UZ"),
        ("Europe/Vilnius", "LT"),
        ("Europe/Riga", "LV"),
        ("Europe/Tallinn", "EE"),
        ("Europe/Warsaw", "PL"),
        ("Europe/Berlin", "DE"),
        ("Europe/Prague", "CZ"),
        ("Asia/Jerusalem", "IL"),
        ("Europe/Istanbul", "TR"),
        ("Europe/Belgrade", "RS"),
        ("Europe/London", "GB"),
        ("America/Los_Angeles", "US"),
        ("America/Toronto", "CA"),
        ("America/Indiana/Knox", "US"),
    ],
)
def test_country_is_guessed_from_the_timezone(timezone: str, code: str) -> None:
    """S3: the country is guessed from the timezone, under its names of today and of before."""
    country = country_of(timezone)
    assert country is not None
    assert country.code == code


def test_a_timezone_without_a_country_is_no_error() -> None:
    """S3: fixed offsets, unknown names and an empty one give no country."""
    assert country_of("") is None
    assert country_of("Etc/GMT-3") is None
    assert country_of("Nowhere/At_All") is None


def test_every_timezone_can_be_asked() -> None:
    """S3: whatever IANA zone a profile holds, the guess answers; all countries with hotlines can be reached by one."""
    reached = {country.code for zone in available_timezones() if (country := country_of(zone))}
    assert reached == set(countries())


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_is_a_button_for_every_country(language: str) -> None:
    """S3: the country is changed by a button: one for every country, in Telegram's limits."""
    text = sos(language, None)
    actions = [action for row in text.buttons for _, action in row]
    assert actions == [f"safety:sos:{code}" for code in countries()]
    assert max(len(row) for row in text.buttons) <= 8
    assert all(len(action.encode()) <= 64 for action in actions)
    assert ("🇺🇦", "safety:sos:UA") in [button for row in text.buttons for button in row]


@pytest.mark.parametrize("language", LANGUAGES)
def test_children_get_lines_for_children(language: str) -> None:
    """P1: who is under 18 is shown children's hotlines, of every country of the language that has one."""
    html = children_html(language)
    with_children = [country for country in countries_for(language) if country.children_lines]
    assert with_children
    for country in with_children:
        assert country.name(language) in html
        assert country.children_lines[0].number in html
    grown_up_only = {line.number for country in with_children for line in country.lines if not line.children}
    shown = {row.split(": ", 1)[1].split(" — ")[0] for row in html.splitlines()}
    assert not shown & grown_up_only - {line.number for country in with_children for line in country.children_lines}
