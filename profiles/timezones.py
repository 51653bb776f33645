"""Timezones: what people type and tap, understood as an IANA name of today (P3).

The names and their links come from the tz database itself, city names from CLDR and, for cities that are no zone's
namesake, from GeoNames (see cities.py).
"""

import re
import unicodedata
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from babel import Locale

from delivery.models import Language
from project.errors import DomainError

from .cities import zones_by_city

# The audience's zones, west to east; what is not among them can be typed.
OFFERED = (
    "America/Los_Angeles",
    "America/New_York",
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
)
GUESSES: dict[str, str] = {
    Language.RUSSIAN: "Europe/Moscow",
    Language.UKRAINIAN: "Europe/Kyiv",
    Language.ENGLISH: "Europe/London",
}

_OFFSET = re.compile(
    r"(?:(?:utc|gmt|z)\s*)?(?P<sign>[+\-\u2212\u2013])\s*(?P<hours>\d{1,2})(?:[:.]?(?P<minutes>[0-5]\d))?",
    re.IGNORECASE,
)
_FIXED = re.compile(r"Etc/(?:UTC|GMT(?:(?P<sign>[+-])(?P<hours>\d+))?)")
_WEST, _EAST = timedelta(hours=-12), timedelta(hours=14)


class UnknownPlace(DomainError):
    """Neither a city, nor a timezone, nor an offset that we know."""

    template = "profiles/unknown_place.html"
    status = 422


def understand(text: str, *, now: datetime) -> str:
    """The IANA name, as it is called today, of a typed city, timezone or offset. Raises UnknownPlace.

    A whole number of hours gives Etc/GMT∓n; other offsets the zone that has that offset all year round.
    """
    typed = " ".join(unicodedata.normalize("NFKC", text).split())
    name = _from_offset(typed, now) or _by_name().get(typed.casefold().replace(" ", "_")) or _from_city(typed)
    if name is None:
        raise UnknownPlace
    return name


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


def city_key(name: str) -> str:
    """A city's name reduced to what people agree on: letters only, small, ё as е, words joined by one space."""
    folded = unicodedata.normalize("NFKC", name).casefold().replace("ё", "е")
    without_apostrophes = re.sub("['\u2019\u02bc`]", "", folded)
    return " ".join(re.findall(r"[^\W\d_]+", without_apostrophes))


def _from_offset(typed: str, now: datetime) -> str | None:
    match = _OFFSET.fullmatch(typed)
    if match is None:
        return None
    size = timedelta(hours=int(match["hours"]), minutes=int(match["minutes"] or 0))
    offset = size if match["sign"] == "+" else -size
    if not _WEST <= offset <= _EAST:
        return None
    hours, rest = divmod(size, timedelta(hours=1))
    if rest:
        return _with_constant_offset(offset, now)
    if not hours:
        return "Etc/UTC"
    return f"Etc/GMT{'-' if match['sign'] == '+' else '+'}{hours}"


def _with_constant_offset(offset: timedelta, now: datetime) -> str | None:
    winter, summer = (datetime(now.year, month, 1, tzinfo=UTC) for month in (1, 7))
    for name in _zones_of("zone1970.tab"):
        zone = ZoneInfo(name)
        if winter.astimezone(zone).utcoffset() == offset == summer.astimezone(zone).utcoffset():
            return name
    return None


def _from_city(typed: str) -> str | None:
    for name in (typed, typed.partition(",")[0]):
        if (zone := _by_city().get(city_key(name))) is not None:
            return zone
    return None


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


@cache
def _by_city() -> dict[str, str]:
    """Zones by the reduced names of their cities in every language."""
    of_ids = {city_key(_last_part(name)): zone for name, zone in _names().items() if "/" in name and zone in _zones()}
    of_cldr = {city_key(city(zone, language)): zone for language in Language.values for zone in sorted(_zones())}
    return of_ids | zones_by_city() | of_cldr


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
