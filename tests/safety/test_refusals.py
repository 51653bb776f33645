"""Refusals leave nobody at a dead end: what stands below them."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from chat import meeting_again, ratings
from chat.services import NoSession
from matching import proposals, services
from matching.models import Match
from profiles.models import Profile
from project.errors import DomainError
from safety import blocks, messages
from tests.base import person
from tests.chat.scenes import buttons
from tests.matching.scenes import NOON, accept, find, is_waiting, proposal_of, skip
from tests.safety.scenes import conversation

pytestmark = pytest.mark.django_db

SEARCH = ["safety:sos", "matching:find"]
NO_SEARCH = ["safety:sos"]


@pytest.fixture
def mira() -> Profile:
    """Who taps a button of long ago."""
    return person("Мира")


@pytest.fixture
def oleh() -> Profile:
    """Whom she was introduced to."""
    return person("Олег")


def below(act: Callable[[], object], language: str = "ru") -> list[str]:
    """The buttons below the refusal of what somebody tries."""
    with pytest.raises(DomainError) as refused, transaction.atomic():
        act()
    return buttons(messages.refusal(refused.value, language=language))


def test_too_late_and_idle(mira: Profile, oleh: Profile) -> None:
    """M5: who came too late and is in nothing else may search."""
    match = proposal_of(mira, oleh)
    skip(match, mira)
    assert below(lambda: accept(match, mira)) == SEARCH


def test_too_late_and_searching(mira: Profile, oleh: Profile) -> None:
    """M5: who searches, has another proposal, or talks, needs no search."""
    match = proposal_of(mira, oleh)
    skip(match, mira)
    assert is_waiting(oleh)
    assert below(lambda: accept(match, oleh)) == NO_SEARCH
    find(person("Ада"))
    assert not is_waiting(oleh)
    assert below(lambda: accept(match, oleh)) == NO_SEARCH
    other = Match.objects.exclude(pk=match.pk).get()
    for each in (other.a, other.b):
        accept(other, each)
    assert below(lambda: accept(match, oleh)) == NO_SEARCH


def test_too_late_to_listen(mira: Profile, oleh: Profile) -> None:
    """P9, M5: a listener was not searching, and is not sent to search."""
    match = proposal_of(mira, oleh)
    Match.objects.filter(pk=match.pk).update(listener=mira)
    match.refresh_from_db()
    skip(match, mira)
    assert below(lambda: accept(match, mira)) == NO_SEARCH


@pytest.mark.parametrize("language", ["ru", "uk", "en"])
def test_what_is_gone_leads_on(mira: Profile, language: str) -> None:
    """M5, C5, C7: a proposal, a conversation, a rating, a wish of long ago: 🆘, and the search."""
    for error in (proposals.NotYours(), NoSession(), ratings.TooLateToRate(), meeting_again.TooFarBack()):
        assert buttons(messages.refusal(error, language=language)) == SEARCH


def test_who_has_parted_may_meet_somebody_else(mira: Profile, oleh: Profile) -> None:
    """C7, S2: a wish to meet whom one has blocked leads to others."""
    now = timezone.now()
    session = conversation(mira, oleh, now)
    blocks.block(profile_id=mira.pk, session_id=session.pk, now=now)
    with pytest.raises(meeting_again.Parted) as parted:
        meeting_again.wish(session_id=session.pk, profile_id=mira.pk, now=now)
    assert buttons(messages.refusal(parted.value, language="en")) == SEARCH


def test_who_is_paused_is_not_sent_to_search(mira: Profile) -> None:
    """S5: where a search would be refused, none is offered."""
    Profile.objects.filter(pk=mira.pk).update(suspended_until=NOON + timedelta(days=1))
    with pytest.raises(services.Suspended) as paused:
        find(mira)
    assert buttons(messages.refusal(paused.value, language="en")) == NO_SEARCH
