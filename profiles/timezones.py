"""Timezones: their names of today, how they are called, what their clocks show (P3).

The names and their links come from the tz database itself, the names of their cities from CLDR.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from babel import Locale

from delivery.models import Language

# The audience's zones, eastwards from London around the world; what is not among them can be typed.
OFFERED = (
    "Europe/London",
    "Europe/Warsaw",
    "Europe/Berlin",
    "Europe/Prague",
    "Europe/Vilnius",
    "Europe/Chisinau",
    "Europe/Kyiv",
    "Asia/Jerusalem",
    "Europe/Minsk",
    "Europe/Moscow",
    "Europe/Istanbul",
    "Asia/Tbilisi",
    "Asia/Yerevan",
    "Asia/Baku",
    "Asia/Yekaterinburg",
    "Asia/Almaty",
    "Asia/Tashkent",
    "Asia/Novosibirsk",
    "Asia/Vladivostok",
    "America/Los_Angeles",
    "America/New_York",
)
GUESSES: dict[str, str] = {
    Language.RUSSIAN: "Europe/Moscow",
    Language.UKRAINIAN: "Europe/Kyiv",
    Language.ENGLISH: "Europe/London",
}

_FIXED = re.compile(r"Etc/(?:UTC|GMT(?:(?P<sign>[+-])(?P<hours>\d+))?)")


def city(timezone: str, language: str) -> str:
    """How a zone is called in `language`: by its city, or UTC±n for a fixed offset."""
    if (fixed := _FIXED.fullmatch(timezone)) is not None:
        # The signs of Etc/GMT±n are the other way round.
        sign = {"+": "\u2212", "-": "+", None: ""}[fixed["sign"]]
        return f"UTC{sign}{fixed['hours'] or ''}"
    named = Locale.parse(language).time_zones
    # CLDR goes on calling a zone by the name it had first: Kyiv is found under Europe/Kiev.
    for name in (timezone, *_former_names().get(timezone, ())):
        if (its_city := named.get(name, {}).get("city")) is not None:
            return str(its_city)
    return _last_part(timezone)


def local_time(timezone: str, now: datetime) -> str:
    """The clock there at `now`, as "15:04"."""
    return now.astimezone(ZoneInfo(timezone)).strftime("%H:%M")


def offered(language: str) -> list[str]:
    """The zones to offer, the guess for `language` first."""
    guess = GUESSES[language]
    return [guess, *(zone for zone in OFFERED if zone != guess)]


def canonical(name: str) -> str | None:
    """Today's name of an IANA name in any case; None for what is none."""
    return _by_name().get(name.casefold())


def one_of_each_clock(names: Iterable[str], *, now: datetime) -> tuple[str, ...]:
    """Of these zones, the first one for each time that their clocks show at `now`."""
    shown: dict[timedelta | None, str] = {}
    for name in names:
        shown.setdefault(now.astimezone(ZoneInfo(name)).utcoffset(), name)
    return tuple(shown.values())


def clocks() -> tuple[str, ...]:
    """The zones that have differed from each other since 1970: one for each of the world's clocks."""
    return _zones_of("zone1970.tab")


def countries() -> list[tuple[str, str]]:
    """(country code, zone) for every zone of every country, in the order of the tz database."""
    return [(line.split("\t")[0], line.split("\t")[2]) for line in _table("zone.tab")]


def names_of_cities() -> list[tuple[str, str]]:
    """(name, zone) for the city that each zone is called by, in every language and by its old names."""
    of_ids = [(_last_part(name), zone) for name, zone in _names().items() if "/" in name and zone in _zones()]
    of_cldr = [(city(zone, language), zone) for language in Language.values for zone in sorted(_zones())]
    return of_ids + of_cldr


@cache
def _by_name() -> dict[str, str]:
    """Today's name of every IANA name, by the name in small letters."""
    return {name.casefold(): today for name, today in _names().items()}


@cache
def _former_names() -> dict[str, list[str]]:
    """The other names of each zone of today, in order."""
    former = defaultdict(list)
    for name, today in sorted(_names().items()):
        if name != today:
            former[today].append(name)
    return former


@cache
def _names() -> dict[str, str]:
    """Today's name of every IANA name."""
    zones = _zones()
    links: dict[str, str] = {}
    fixed = []
    for line in _table("tzdata.zi"):
        letter, *words = line.split()
        if letter == "L":
            links[words[1]] = words[0]
        elif letter == "Z" and words[0].startswith("Etc/"):
            fixed.append(words[0])
    names = {name: name for name in (*zones, *fixed)}
    for old, target in links.items():
        # A zone of today's table keeps its name, though its history may be kept under another's.
        if old in zones:
            continue
        if (today := names.get(links.get(target, target))) is not None:
            names[old] = today
    return names


def _zones() -> frozenset[str]:
    return frozenset(_zones_of("zone.tab"))


def _last_part(name: str) -> str:
    return name.rpartition("/")[2].replace("_", " ")


@cache
def _zones_of(table: str) -> tuple[str, ...]:
    """The zones of zone.tab (one or more a country) or zone1970.tab (one for each clock since 1970), in its order."""
    return tuple(line.split("\t")[2] for line in _table(table))


def _table(name: str) -> list[str]:
    text = (files("tzdata.zoneinfo") / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]
