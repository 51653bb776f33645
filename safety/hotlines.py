"""Hotlines of every country we know: built in, so that they are there when nothing else is (S3)."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale
from babel.core import get_global
from django.utils import translation
from django.utils.translation import gettext

from project.rendering import render

_FILE = Path(__file__).with_name("hotlines.json")
_FIRST_FLAG_LETTER = ord("🇦")
_AROUND_THE_CLOCK = "24/7"


@dataclass(frozen=True, slots=True)
class Line:
    """One hotline. `number` is what one dials (or the word and the number of a text message), as people write it there.

    `hours` is "24/7", "daily <from–to>", "mon-sat <from–to>" in the country's own time, or empty when it varies.
    """

    number: str
    name: dict[str, str]
    hours: str
    languages: tuple[str, ...]
    children: bool = False

    def details(self, language: str) -> str:
        """When they answer and in which languages, in words of `language`."""
        spoken = ", ".join(Locale.parse(language).languages[code] for code in self.languages)
        return " · ".join(part for part in (self._opening(language), spoken) if part)

    def _opening(self, language: str) -> str:
        days, _, hours = self.hours.partition(" ")
        with translation.override(language):
            words = {
                "": "",
                _AROUND_THE_CLOCK: gettext("around the clock"),
                "daily": gettext("daily %(hours)s"),
                "mon-sat": gettext("Mon–Sat %(hours)s"),
            }
        return words[days] % {"hours": hours}


@dataclass(frozen=True, slots=True)
class Country:
    """The hotlines of one country. `shown_in` are the interface languages whose readers often live there."""

    code: str
    emergency: tuple[str, ...]
    shown_in: tuple[str, ...]
    lines: tuple[Line, ...]

    @property
    def flag(self) -> str:
        """The flag emoji: the code in regional indicator letters."""
        return "".join(chr(_FIRST_FLAG_LETTER + ord(letter) - ord("A")) for letter in self.code)

    def name(self, language: str) -> str:
        """The country's name in `language`."""
        return str(Locale.parse(language).territories[self.code])

    def first_line(self, language: str) -> Line:
        """The line to show where there is room for one only: the first that answers in `language`, else the first."""
        return next((line for line in self.lines if language in line.languages), self.lines[0])

    @property
    def children_lines(self) -> tuple[Line, ...]:
        """The lines for people under 18."""
        return tuple(line for line in self.lines if line.children)


@cache
def countries() -> dict[str, Country]:
    """Every country with hotlines, by ISO code, in the order in which they are offered."""
    return {code: _country(code, entry) for code, entry in json.loads(_FILE.read_text(encoding="utf-8")).items()}


def country_of(timezone: str) -> Country | None:
    """The country of an IANA timezone (old names too); None where it has none, or one whose hotlines we do not know."""
    today = get_global("zone_aliases").get(timezone, timezone)
    return countries().get(get_global("zone_territories").get(today, ""))


def countries_for(language: str) -> list[Country]:
    """The countries to show to someone of whom only the language is known."""
    return [country for country in countries().values() if language in country.shown_in]


def sos_html(language: str, country: Country | None) -> str:
    """A warm word and the hotlines of `country`; without one, in short those of the language's countries."""
    if country is None:
        return render("safety/sos_countries.html", {"countries": _overview(language)}, language=language)
    return render(
        "safety/sos.html",
        {"country": _named(country, language), "lines": [_described(line, language) for line in country.lines]},
        language=language,
    )


def help_html(language: str) -> str:
    """How to help somebody else, and the language's hotlines to pass on to them."""
    return render("safety/how_to_help.html", {"countries": _overview(language)}, language=language)


def children_html(language: str) -> str:
    """Children's hotlines of the language's countries, one line each."""
    lines = [
        {**_named(country, language), "line": _described(line, language)}
        for country in countries_for(language)
        for line in country.children_lines[:1]
    ]
    return render("safety/children.html", {"countries": lines}, language=language)


def _overview(language: str) -> list[dict[str, Any]]:
    return [_named(country, language) for country in countries_for(language)]


def _named(country: Country, language: str) -> dict[str, Any]:
    return {
        "flag": country.flag,
        "name": country.name(language),
        "emergency": ", ".join(country.emergency),
        "number": country.first_line(language).number,
    }


def _described(line: Line, language: str) -> dict[str, str]:
    return {"number": line.number, "name": line.name[language], "details": line.details(language)}


def _country(code: str, entry: dict[str, Any]) -> Country:
    return Country(
        code=code,
        emergency=tuple(entry["emergency"]),
        shown_in=tuple(entry["shown_in"]),
        lines=tuple(Line(**{**line, "languages": tuple(line["languages"])}) for line in entry["lines"]),
    )
