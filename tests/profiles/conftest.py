"""What the tests of profiles share."""

from collections.abc import Callable, Iterator

import pytest
from django.utils import timezone

from tests.profiles.newcomers import NOW
from tests.profiles.phone import Phone


@pytest.fixture
def phones(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Phone]]:
    """Phones for people; handlers work in threads of their own, so what they write is committed."""
    # Screens show the time of day: a minute that ends in the middle of a test must not change them.
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    handed_out: list[Phone] = []

    def phone(language: str = "ru") -> Phone:
        handed_out.append(Phone(language))
        return handed_out[-1]

    yield phone
    for each in handed_out:
        each.close()
