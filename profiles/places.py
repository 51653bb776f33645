"""Where somebody is: a city, a country, a timezone or an offset as people type it, understood as an IANA name (P3)."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import islice

from babel import Locale
from rapidfuzz import fuzz, process

from delivery.models import Language
from project.errors import DomainError

from . import offsets, timezones
from .cities import city_key, zones_by_city

# Words that people put before the name of their city.
_LEADING = re.compile(
    "я|мы|ми|живу|живем|живемо|мешкаю|сейчас|зараз|нахожусь|в|во|у|из|з|із|на|город[аеі]?|г|гор|міст[оаі]|м|под|возле|біля|по"
    "|i|im|am|live|in|from|the|city|of|near"
)
# Endings of declined names: в Киеве, из Москвы, у Києві.
_DECLINED_BY_ONE_LETTER = frozenset("аеиіоуыюя")
_NOMINATIVE = ("", "а", "я", "ь", "й")
_SHORTEST_DECLINED = 4
# Below that, everything is almost everything.
_SHORTEST_MISSPELT = 4
_LONGEST_PLACE = 60
_ALIKE_PERCENT = 75
_NEAREST = 4


@dataclass(frozen=True, slots=True)
class Place:
    """A zone to offer, by the `name` of the city that is meant; "" for the zone's own."""

    zone: str
    name: str = ""


class UnclearPlace(DomainError):
    """What was typed is no one zone: `places` are those that may be meant."""

    status = 422

    def __init__(self, places: Iterable[Place], **context: object) -> None:
        self.places = tuple(places)
        super().__init__(offers=bool(self.places), **context)


class UnknownPlace(UnclearPlace):
    """Neither a city, nor a country, nor a timezone, nor an offset; offers what is spelled almost so."""

    template = "profiles/unknown_place.html"


class SeveralPlaces(UnclearPlace):
    """Cities of one name, or a country (`place`) with several clocks."""

    template = "profiles/several_places.html"


class UnclearOffset(UnclearPlace):
    """A number that may be ahead of UTC or behind it, a clock's reading, or an offset of this season only."""

    template = "profiles/unclear_offset.html"


def understand(text: str, *, now: datetime) -> str:
    """The IANA name, as it is called today, of a typed city, country, timezone or offset.

    A whole number of hours gives Etc/GMT∓n; other offsets the zone that has that offset all year round.
    Raises UnknownPlace, SeveralPlaces, UnclearOffset.
    """
    typed = " ".join(unicodedata.normalize("NFKC", text).split())
    if len(typed) > _LONGEST_PLACE:
        raise UnknownPlace(())
    name = offsets.zone(typed, now=now) or timezones.canonical(typed.replace(" ", "_"))
    if name is not None:
        return name
    if guesses := offsets.guesses(typed, now=now):
        raise UnclearOffset(map(Place, guesses))
    zones = _zones_named(typed) or timezones.one_of_each_clock(_by_country().get(city_key(typed), ()), now=now)
    if len(zones) == 1:
        return zones[0]
    if zones:
        raise SeveralPlaces(map(Place, zones), place=typed)
    raise UnknownPlace(_nearest(typed))


def _zones_named(typed: str) -> tuple[str, ...]:
    """The zones of the cities that are called so, maybe with a country after or before it, a preposition, an ending."""
    names = (name for part in (typed, *re.split(r"[,;()/]", typed)) for name in _names_in(part))
    return next((zones for name in names if (zones := _by_city().get(name) or _zones_declined(name))), ())


def _names_in(part: str) -> Iterator[str]:
    """The reduced text, and what is left of it without one leading word after the other."""
    words = city_key(part).split()
    while words:
        yield " ".join(words)
        if not _LEADING.fullmatch(words[0]):
            return
        words = words[1:]


def _zones_declined(name: str) -> tuple[str, ...]:
    if len(name) < _SHORTEST_DECLINED or name[-1] not in _DECLINED_BY_ONE_LETTER:
        return ()
    stem = re.sub("єв$", "їв", name[:-1])
    found = {zones for ending in _NOMINATIVE if (zones := _by_city().get(stem + ending))}
    return found.pop() if len(found) == 1 else ()


def _nearest(typed: str) -> list[Place]:
    """The cities that are spelled almost so, the most similar first."""
    *_, name = ("", *_names_in(typed))
    if len(name) < _SHORTEST_MISSPELT:
        return []
    alike = process.extract(name, _names(), scorer=fuzz.ratio, score_cutoff=_ALIKE_PERCENT, limit=5 * _NEAREST)
    # One button for a clock: Харьков and Харькiв are one place.
    places = {zone: Place(zone, similar.title()) for similar, *_ in reversed(alike) for zone in _by_city()[similar]}
    return list(islice(reversed(places.values()), _NEAREST))


@cache
def _names() -> tuple[str, ...]:
    return tuple(_by_city())


@cache
def _by_city() -> dict[str, tuple[str, ...]]:
    """Zones by the reduced names of their cities in every language."""
    listed = zones_by_city()
    namesakes = {city_key(name): zone for name, zone in timezones.names_of_cities()}
    # A zone's own city is meant, unless the list of cities knows others that are as large.
    own = {name: (zone,) for name, zone in namesakes.items() if zone not in listed.get(name, ())}
    return listed | own


@cache
def _by_country() -> dict[str, tuple[str, ...]]:
    """The zones of each country, by its reduced name in every language."""
    zones = defaultdict(list)
    # Those that are on offer are where most people are.
    for code, zone in sorted(timezones.countries(), key=lambda each: each[1] not in timezones.OFFERED):
        for language in Language.values:
            zones[city_key(Locale.parse(language).territories.get(code, code))].append(zone)
    return {name: tuple(each) for name, each in zones.items()}
