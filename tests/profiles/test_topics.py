"""The preset topics, and ticking them."""

import pytest
from django.core.management import call_command

from profiles import answering
from profiles.messages import screen
from profiles.models import Profile, Topic
from profiles.steps import AskBio, AskTopics
from profiles.topics import PRESETS, NoBitLeft, TooFewTopics, TooManyTopics, next_bit, sync_presets
from tests.profiles.newcomers import NOW, at_bio, at_topics, complete, fresh, tick

pytestmark = pytest.mark.django_db

SLUGS = [slug for slug, *_ in PRESETS]


def test_twelve_presets_with_fixed_bits() -> None:
    """P4: they come with the migrations, titled in every language, each with its bit."""
    expected = (
        "burnout relocation anxiety loneliness relationships loss depression self-esteem family parenting career health"
    )
    assert {topic.slug: topic.bit for topic in Topic.objects.all()} == {
        slug: bit for bit, slug in enumerate(expected.split())
    }
    assert all(topic.title(language) for topic in Topic.objects.all() for language in ("ru", "uk", "en"))


def test_syncing_again_keeps_what_staff_edited() -> None:
    """P4: a migrate neither doubles the presets nor undoes an edit."""
    Topic.objects.filter(slug="loss").update(title_ru="Потеря", active=False, position=40)
    sync_presets()
    call_command("migrate", verbosity=0)
    assert Topic.objects.count() == 12
    loss = Topic.objects.get(slug="loss")
    assert (loss.title_ru, loss.active, loss.position, loss.bit) == ("Потеря", False, 40, 5)


def test_a_new_topic_gets_a_bit_of_its_own() -> None:
    """P4: the next one, until the mask is full."""
    assert next_bit() == 12
    Topic.objects.create(slug="study", title_ru="Учёба", title_uk="Навчання", title_en="Studies", bit=62)
    with pytest.raises(NoBitLeft):
        next_bit()


def test_ticking_in_place() -> None:
    """P4: a tick adds, an untick removes; the same tap twice changes nothing twice."""
    mira = at_topics()
    for _ in range(2):
        outcome = tick(mira, "loss")
        assert isinstance(outcome.step, AskTopics)
        assert [choice.title for choice in outcome.step.choices if choice.chosen] == ["Утрата"]
    for _ in range(2):
        tick(mira, "loss", chosen=False)
        assert fresh(mira).topic_mask == 0


def test_the_ninth_is_refused() -> None:
    """P4: eight at most."""
    mira = at_topics()
    for slug in SLUGS[:8]:
        assert tick(mira, slug).refusal is None
    outcome = tick(mira, SLUGS[8])
    assert isinstance(outcome.refusal, TooManyTopics)
    assert fresh(mira).topic_mask.bit_count() == 8
    assert tick(mira, SLUGS[0]).refusal is None


def test_done_needs_two() -> None:
    """P4: with one topic there is no going on, with two there is; a second Done changes nothing."""
    mira = at_topics()
    tick(mira, "loss")
    outcome = answering.finish_topics(profile_id=mira.pk, now=NOW)
    assert isinstance(outcome.refusal, TooFewTopics)
    assert fresh(mira).state == Profile.State.WAITING_TOPICS
    tick(mira, "health")
    for _ in range(2):
        outcome = answering.finish_topics(profile_id=mira.pk, now=NOW)
        assert isinstance(outcome.step, AskBio)
        assert fresh(mira).state == Profile.State.WAITING_BIO


def test_a_complete_profile_keeps_two() -> None:
    """P4, P6: unticking the last but one is refused, so that the person can always be matched."""
    mira = complete()
    outcome = tick(mira, "loss", chosen=False)
    assert isinstance(outcome.refusal, TooFewTopics)
    assert fresh(mira).topic_mask.bit_count() == 2


def test_a_late_tap_on_a_topic_changes_nothing() -> None:
    """P4: once Done is tapped, the keyboard that is gone has no effect."""
    mira = at_bio()
    outcome = tick(mira, "health")
    assert isinstance(outcome.step, AskBio)
    assert fresh(mira).topic_mask == mira.topic_mask


def test_inactive_topics_are_not_offered_to_others() -> None:
    """P4: who has one may keep or untick it; nobody else sees it."""
    mira = at_topics()
    tick(mira, "loss")
    Topic.objects.filter(slug__in=["loss", "health"]).update(active=False)
    step = tick(mira, "family").step
    assert isinstance(step, AskTopics)
    titles = [choice.title for choice in step.choices]
    assert "Утрата" in titles
    assert "Здоровье" not in titles


def test_a_topic_that_is_not_offered_any_more_counts_for_nothing() -> None:
    """P4: it is shown as such, in the chooser and on the card, and another one has to be chosen for it."""
    mira = complete()
    loss, family = (Topic.objects.get(slug=slug) for slug in ("loss", "family"))
    Profile.objects.filter(pk=mira.pk).update(topic_mask=loss.mask | family.mask)
    Topic.objects.filter(slug="loss").update(active=False)
    outcome = answering.finish_topics(profile_id=mira.pk, now=NOW)
    assert isinstance(outcome.refusal, TooFewTopics)
    assert isinstance(outcome.step, AskTopics)
    assert outcome.step.count == 1
    assert "✅ Утрата · больше не в списке" in [label for row in screen(outcome.step).buttons for label, _ in row]
    card = answering.leave_question(profile_id=mira.pk, now=NOW)
    assert "больше не в списке: Утрата" in screen(card).html
    tick(mira, "career")
    assert answering.finish_topics(profile_id=mira.pk, now=NOW).refusal is None


def test_a_new_preset_leaves_what_staff_added_alone() -> None:
    """P4: a preset whose bit staff's own topic has taken gets the next free one."""
    Topic.objects.filter(slug="health").delete()
    Topic.objects.create(slug="study", title_ru="Учёба", title_uk="Навчання", title_en="Studies", bit=11)
    sync_presets()
    assert Topic.objects.get(slug="health").bit == 12
