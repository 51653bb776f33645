"""Cities that are no timezone's namesake: Kharkiv, Saint Petersburg, Munich.

cities.json is made from GeoNames (https://www.geonames.org, CC BY 4.0) by `manage.py update_cities`.
"""

import json
import re
import unicodedata
from collections import defaultdict
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("cities.json")

# What people write for short, or by the name of an island or a country that is known better than its cities.
_SHORT = {
    "Europe/Moscow": "мск,msk,московское время,московський час,нн,нижний",
    "Europe/Kyiv": "киевское время,київський час,eest",
    "Asia/Yekaterinburg": "екб",
    "Asia/Novosibirsk": "нск,академгородок",
    "Asia/Jerusalem": "тлв,tlv",
    "America/New_York": "ny,nyc,нй,edt",
    "America/Los_Angeles": "la,sf,pst,pdt",
    "Europe/Berlin": "cest",
    "Asia/Nicosia": "лимассол,лимасол,никосия,нікосія,пафос,ларнака,limassol,paphos,larnaca",
    "Europe/Podgorica": "подгорица,подгориця,будва,budva,бар",
    "Europe/Belgrade": "нови сад,новий сад",
    "Europe/Sofia": "бургас,burgas",
    "Europe/Zurich": "женева,geneva",
    "Asia/Bangkok": "пхукет,phuket,самуи,самуї,паттайя,паттая",
    "Asia/Kolkata": "гоа,goa",
    "Asia/Makassar": "бали,балі,bali,убуд,ubud,чангу",
    "Asia/Ho_Chi_Minh": "нячанг",
}


@cache
def zones_by_city() -> dict[str, tuple[str, ...]]:
    """IANA names by the names of cities, reduced as `city_key` does; several where cities share a name."""
    cities: dict[str, str] = json.loads(FILE.read_text(encoding="utf-8"))
    zones = defaultdict[str, list[str]](list)
    for zone, names in cities.items():
        for name in names.split(","):
            zones[name].append(zone)
    short = {name: (zone,) for zone, names in _SHORT.items() for name in names.split(",")}
    return {name: tuple(each) for name, each in zones.items()} | short


def city_key(name: str) -> str:
    """A city's name reduced to what people agree on: letters only, small, ё as е, words joined by one space."""
    folded = unicodedata.normalize("NFKC", name).casefold().replace("ё", "е")
    without_apostrophes = re.sub("['\u2019\u02bc`]", "", folded)
    return " ".join(re.findall(r"[^\W\d_]+", without_apostrophes))
