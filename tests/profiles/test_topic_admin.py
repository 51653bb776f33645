"""Topics as staff edit them, and what they are told that it does to people."""

import random
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.test import Client
from django.utils import timezone

from profiles import topic_effects
from profiles.models import MAX_TOPIC_BIT, Profile, Topic
from profiles.topics import sync_presets
from tests.base import NOW, person
from tests.matching.racing import race
from tests.matching.scenes import topics

pytestmark = pytest.mark.django_db

ADD = "/admin/profiles/topic/add/"
TITLES = {"title_ru": "Учёба", "title_uk": "Навчання", "title_en": "Studies", "position": 20}


def here(nickname: str, letters: str) -> Profile:
    """Somebody with these topics who was here a moment ago."""
    profile = person(nickname, topics=topics(letters))
    Profile.objects.filter(pk=profile.pk).update(seen_at=timezone.now())
    return profile


def said(client: Client, answer: Any) -> list[str]:
    """What a moderator is told who has saved something."""
    assert answer.status_code == 302
    messages = [str(message) for message in get_messages(answer.wsgi_request)]
    client.cookies.pop("messages", None)
    return messages


def add(client: Client, slug: str = "study", **values: str) -> list[str]:
    """A topic is added; what the moderator is told."""
    answer = client.post(ADD, {"slug": slug, "active": "on", **TITLES, **values})
    return said(client, answer)


def switch(client: Client, letter: str, *, active: bool) -> list[str]:
    """A topic is activated or deactivated on its page; what the moderator is told."""
    topic = Topic.objects.get(slug=topics(letter)[0])
    form = {"slug": topic.slug, **{name: getattr(topic, name) for name in TITLES}}
    if active:
        form["active"] = "on"
    answer = client.post(f"/admin/profiles/topic/{topic.pk}/change/", form)
    return said(client, answer)


def test_a_new_topic_gets_a_bit_of_its_own(admin_client: Client) -> None:
    """P4: set by itself, the one after the highest ever given."""
    add(admin_client)
    Topic.objects.filter(slug="study").update(active=False)
    add(admin_client, "sport")
    assert list(Topic.objects.order_by("bit").values_list("slug", "bit"))[-2:] == [("study", 12), ("sport", 13)]


@pytest.mark.django_db(transaction=True)
def test_two_who_add_at_once(admin_user: User) -> None:
    """P4: each new topic gets a bit of its own."""
    sync_presets()

    def adding(slug: str) -> int:
        client = Client()
        client.force_login(admin_user)
        return client.post(ADD, {"slug": slug, "active": "on", **TITLES}).status_code

    slugs = [f"topic-{letter}" for letter in "abcd"]
    assert race([partial(adding, slug) for slug in slugs]) == [302] * 4
    bits = Topic.objects.filter(slug__in=slugs).values_list("bit", flat=True)
    assert sorted(bits) == [12, 13, 14, 15]


def test_the_topic_that_has_no_room_is_refused(admin_client: Client) -> None:
    """P4: 63 topics fit, deactivated ones among them; the 64th is refused with the reason."""
    count = MAX_TOPIC_BIT + 1
    Topic.objects.bulk_create(
        Topic(slug=f"topic-{bit}", bit=bit, active=bit % 2 == 0, title_ru="Т", title_uk="Т", title_en="T")
        for bit in range(Topic.objects.count(), count)
    )
    answer = admin_client.post(ADD, {"slug": "study", "active": "on", **TITLES})
    assert answer.status_code == 200
    page = answer.content.decode()
    assert f"sets with {count} places" in page
    assert "also while it is not active" in page
    assert Topic.objects.count() == count
    switch(admin_client, "a", active=False)
    assert not Topic.objects.get(slug=topics("a")[0]).active


def test_one_more_topic_thins_the_pool(admin_client: Client) -> None:
    """P4: adding says how many pairs have two topics in common now and will have; also before it is done."""
    for number in range(6):
        here(f"Пара {number}", "abc" if number % 2 else "abd")
    here("Мира", "kl")
    assert "thins the pool" in admin_client.get(ADD).content.decode()
    (warning, _) = add(admin_client)
    # Of 21 pairs of seven people, 15 share two.
    assert "71.4% of all pairs" in warning
    after = float(warning.partition("about ")[2].partition("%")[0])
    assert 60 < after < 71.4
    assert "judged by 7 people" in warning


def test_activating_warns_as_adding_does(admin_client: Client) -> None:
    """P4: a topic that was switched off and comes back, also from the list."""
    here("Мира", "abc")
    here("Олег", "abd")
    topic = Topic.objects.get(slug=topics("f")[0])
    Topic.objects.filter(pk=topic.pk).update(active=False)
    assert any("thins the pool" in text for text in switch(admin_client, "f", active=True))
    assert not any("pool" in text for text in switch(admin_client, "f", active=True))
    Topic.objects.filter(pk=topic.pk).update(active=False)
    rows = list(Topic.objects.all())
    form = {"form-TOTAL_FORMS": len(rows), "form-INITIAL_FORMS": len(rows), "_save": "Save"}
    for number, row in enumerate(rows):
        form |= {f"form-{number}-id": row.pk, f"form-{number}-position": row.position, f"form-{number}-active": "on"}
    answer = admin_client.post("/admin/profiles/topic/", form)
    assert any("thins the pool" in text for text in said(admin_client, answer))


def test_nobody_to_judge_by(admin_client: Client) -> None:
    """P4: without people there are no figures, and nothing is made up."""
    person("Мира")
    Profile.objects.update(seen_at=timezone.now() - timedelta(days=31))
    assert not any("pairs" in text for text in add(admin_client))


def test_deactivating_says_whom_it_concerns(admin_client: Client) -> None:
    """P4: how many people have the topic, and how many of them are left with fewer than two."""
    person("Мира", topics=topics("ab"))
    person("Олег", topics=topics("abc"))
    person("Ада", topics=topics("ak"))
    person("Ида", topics=topics("cd"))
    Topic.objects.filter(slug=topics("k")[0]).update(active=False)
    topic = Topic.objects.get(slug=topics("a")[0])
    page = admin_client.get(f"/admin/profiles/topic/{topic.pk}/change/").content.decode()
    (warning, _) = switch(admin_client, "a", active=False)
    for text in (page, warning):
        assert "3 people have this topic" in text
        assert "2 of them have fewer than two other active topics" in text


def test_topics_of_no_effect_are_quiet(admin_client: Client) -> None:
    """P4: a new title changes nothing for anybody; a topic added inactive is not offered yet."""
    here("Мира", "abc")
    here("Олег", "abd")
    assert len(switch(admin_client, "a", active=True)) == 1
    answer = admin_client.post(ADD, {"slug": "study", **TITLES})
    assert len(said(admin_client, answer)) == 1


def test_the_estimate_holds_in_a_draw() -> None:
    """P4: letting people take the new topic by chance, as the formula says, gives the share that it tells."""
    chance = random.Random(4)
    for number in range(120):
        here(f"Пара {number}", "".join(chance.sample("abcdefgh", chance.randint(2, 4))))
    found = topic_effects.thinning(now=timezone.now())
    assert found is not None
    masks = Profile.objects.values_list("topic_mask", flat=True)
    sets = [{bit for bit in range(12) if mask >> bit & 1} for mask in masks]
    shares = []
    for _ in range(60):
        drawn = [_with_new(each, chance) for each in sets]
        pairs = [len(one & other) >= 2 for number, one in enumerate(drawn) for other in drawn[:number]]
        shares.append(sum(pairs) / len(pairs))
    assert found.after == pytest.approx(sum(shares) / len(shares), abs=0.004)
    assert found.after < found.now - 0.008


def test_the_estimate_of_one_pair() -> None:
    """P4: two topics to choose from, and a third: each gives one up for it in two of three cases, any of the two."""
    here("Мира", "ab")
    here("Олег", "ab")
    Topic.objects.exclude(slug__in=topics("ab")).update(active=False)
    found = topic_effects.thinning(now=timezone.now())
    assert found is not None
    assert found.now == 1
    # Both keep theirs, or both take the new one and happen to give up the same.
    assert found.after == pytest.approx(1 / 9 + 4 / 9 / 2)


def _with_new(ticked: set[int], chance: random.Random) -> set[int]:
    if chance.random() >= len(ticked) / 13:
        return ticked
    return ticked - {chance.choice(sorted(ticked))} | {12}


def test_only_who_was_here_lately_is_judged_by() -> None:
    """P4: people seen in the last 30 days, with the topics that are active."""
    here("Мира", "abk")
    here("Олег", "abl")
    here("Ада", "ck")
    person("Ида", topics=topics("cd"))
    Profile.objects.filter(nickname="Ида").update(seen_at=NOW - timedelta(days=400))
    Topic.objects.filter(slug=topics("k")[0]).update(active=False)
    found = topic_effects.thinning(now=timezone.now())
    assert found is not None
    assert (found.people, found.now) == (2, 1.0)
