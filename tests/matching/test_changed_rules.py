"""Rules that change while people wait, or think about a proposal."""

import pytest
from pytest_django.fixtures import Settings

from matching import services, sweeping
from profiles.models import Profile
from tests.base import person
from tests.outbox import told

from .scenes import NOON, accept, find, is_seated, is_waiting, proposal_of

pytestmark = pytest.mark.django_db(transaction=True)


def test_who_waits_under_old_rules_is_told(settings: Settings) -> None:
    """M2, P1: nobody is introduced under rules they have not agreed to; they read why the search ended."""
    mira, oleh = person("Мира"), person("Олег")
    find(mira)
    settings.RULES_VERSION = 2
    Profile.objects.filter(pk=oleh.pk).update(rules_version=2)
    assert not find(oleh).proposed
    sweeping.sweep(now=NOON)
    assert not is_waiting(mira)
    assert told(mira)[-1] == "matching.rules_changed"
    with pytest.raises(services.RulesChanged):
        find(mira)
    assert is_waiting(oleh)


def test_a_proposal_waits_until_the_rules_are_agreed_to(settings: Settings) -> None:
    """M5, P1: a conversation begins only under the rules in force; agreeing is enough to accept after all."""
    mira, oleh = person("Мира"), person("Олег")
    match = proposal_of(mira, oleh)
    accept(match, mira)
    settings.RULES_VERSION = 2
    with pytest.raises(services.RulesChanged):
        accept(match, oleh)
    Profile.objects.update(rules_version=2)
    assert accept(match, oleh).both
    assert is_seated(oleh)
