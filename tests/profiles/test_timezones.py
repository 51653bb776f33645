"""The zones on offer, how they are called, what their clocks show."""

from datetime import UTC, datetime

import pytest

from profiles.places import understand
from profiles.timezones import OFFERED, city, local_time, offered

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("language", ["ru", "uk", "en"])
def test_offered_zones(language: str) -> None:
    """P3, P10: the guess for the language comes first, nothing twice; each is understood and fits into a button."""
    zones = offered(language)
    assert len(zones) == len(set(zones)) >= 15
    assert zones[0] == {"ru": "Europe/Moscow", "uk": "Europe/Kyiv", "en": "Europe/London"}[language]
    for zone in zones:
        assert understand(zone, now=NOW) == zone
        assert understand(city(zone, language), now=NOW) == zone
        assert len(f"profiles:zone:{zone}".encode()) <= 64


def test_names_and_clocks() -> None:
    """P3: people read a city in their language and its clock of now, summer time included."""
    assert [city("Europe/Kyiv", language) for language in ("ru", "uk", "en")] == ["Киев", "Київ", "Kyiv"]
    assert city("Etc/GMT-3", "ru") == "UTC+3"
    assert city("Etc/GMT+5", "ru") == "UTC\u22125"
    assert city("Etc/UTC", "en") == "UTC"
    assert local_time("Europe/Kyiv", NOW) == "14:00"
    assert local_time("Europe/Kyiv", NOW.replace(month=7)) == "15:00"
    assert set(OFFERED) <= set(offered("ru"))
