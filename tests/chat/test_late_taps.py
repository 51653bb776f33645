"""Buttons of a conversation that is over, tapped while the next one goes on."""

from collections.abc import Iterator

import pytest
from django.utils import timezone
from pytest_django import Settings

from matching.models import RecentContact
from profiles import erasure
from tests.base import person
from tests.chat.changing import Scene, scene

pytestmark = pytest.mark.django_db(transaction=True)

OVER = "Этот разговор уже закончился"
UNCHANGED = "ничего не изменилось"


@pytest.fixture
def two(settings: Settings) -> Iterator[Scene]:
    """Mira and Andrey, just connected."""
    with scene(settings) as opened:
        yield opened


@pytest.mark.parametrize("talks", [True, False])
@pytest.mark.parametrize("tapped", ["show:{}", "hide:{}", "stay:{}", "end:{}", "unsend:{}:7", "leave:{}"])
def test_it_speaks_of_the_conversation_that_it_belongs_to(two: Scene, tapped: str, talks: bool) -> None:
    """C7: who talks to somebody else now does not read that it is over."""
    two.ends()
    if talks:
        RecentContact.objects.all().delete()
        two.connects(two.andrey, person("Остап"))
    two.telegram.calls.clear()
    two.taps(two.andrey, f"chat:{tapped.format(two.session.pk)}", under=two.message(two.andrey, "Привет"))
    (answer,) = two.telegram.to(two.andrey, "editMessageText")
    assert (UNCHANGED in answer.parameters["text"], OVER in answer.parameters["text"]) == (talks, not talks)


@pytest.mark.parametrize("talks", [True, False])
@pytest.mark.parametrize("tapped", ["show:{}", "hide:{}", "end:{}", "unsend:{}:7", "unsend_album:{}:7"])
def test_the_other_has_erased_it(two: Scene, tapped: str, talks: bool) -> None:
    """C7, P7: the same, though nothing is known of that conversation any more."""
    erasure.erase(profile_id=two.mira.pk, now=timezone.now())
    if talks:
        two.connects(two.andrey, person("Остап"))
    two.telegram.calls.clear()
    two.taps(two.andrey, f"chat:{tapped.format(two.session.pk)}", under=two.message(two.andrey, "Привет"))
    (answer,) = two.telegram.to(two.andrey, "editMessageText")
    assert (UNCHANGED in answer.parameters["text"], OVER in answer.parameters["text"]) == (talks, not talks)
