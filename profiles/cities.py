"""Cities that are no timezone's namesake: Kharkiv, Saint Petersburg, Munich.

cities.json is made from GeoNames (https://www.geonames.org, CC BY 4.0) by `manage.py update_cities`.
"""

import json
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("cities.json")


@cache
def zones_by_city() -> dict[str, str]:
    """IANA names by the names of cities, reduced as `timezones.city_key` does."""
    cities: dict[str, str] = json.loads(FILE.read_text(encoding="utf-8"))
    return {name: zone for zone, names in cities.items() for name in names.split(",")}
