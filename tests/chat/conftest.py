"""Two people and their conversation, for tests that begin there. Who reads texts in English says so by `language`."""

from datetime import datetime

import pytest
from django.utils import timezone

from chat.models import ChatSession
from profiles.models import Profile
from tests.base import person
from tests.safety.scenes import conversation

from .media import quiet


@pytest.fixture
def language() -> str:
    """What both of them read."""
    return "ru"


@pytest.fixture
def noon() -> datetime:
    """Now: what is rendered looks at the clock on the wall."""
    return timezone.now()


@pytest.fixture
def mira(language: str) -> Profile:
    """Who writes."""
    return person("Мира", language=language)


@pytest.fixture
def oleh(language: str) -> Profile:
    """Who reads."""
    return person("Олег", language=language)


@pytest.fixture
def session(mira: Profile, oleh: Profile) -> ChatSession:
    """Their conversation, with nothing left in the outbox."""
    session = conversation(mira, oleh)
    quiet()
    return session
