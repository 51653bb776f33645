"""Staff's commands about matching."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command

from delivery.models import Recipient
from matching.cooldowns import keep_apart
from matching.models import PoolEntry, RecentContact, Sweep
from profiles.models import Profile, Topic
from tests.base import person

from .scenes import NOON, accept, find, proposal_of, skip, topics

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


def printed(command: str, *arguments: str) -> str:
    """What a command prints."""
    out = StringIO()
    call_command(command, *arguments, stdout=out)
    return out.getvalue()


def figures() -> dict[str, Any]:
    """What match_stats says to programs."""
    found: dict[str, Any] = json.loads(printed("match_stats", "--json"))
    return found


def explained(one: str = "Мира", other: str = "Олег") -> str:
    """What explain_match says of two."""
    return printed("explain_match", one, other)


# --- match_stats


def test_stats_of_an_empty_house() -> None:
    """M9: before anybody came there are no figures, and no error."""
    found = figures()
    assert found["pool"]["waiting"] == 0
    assert found["pool"]["oldest"] is found["pool"]["with_partner"] is None
    assert found["accept_rate"] is found["waits"] is found["last_sweep"] is None
    assert found["lag"] == 0
    page = printed("match_stats")
    assert re.search(r"last sweep +never", page)
    assert re.search(r"accepted by both +–", page)


def test_stats_of_the_pool() -> None:
    """M9: who waits, the longest, on call, by language, by topic, and how many could be introduced to each other."""
    find(person("Мира", topics=topics("ab"), speaks=["ru", "uk"]), NOON - 90 * MINUTE)
    find(person("Ада", topics=topics("cd"), speaks=["en"]), NOON - MINUTE)
    ida, ivan = person("Ида", topics=topics("cde")), person("Иван", topics=topics("cdf"))
    keep_apart(one=ida.pk, other=ivan.pk, until=NOON, reason=RecentContact.Reason.DECLINE)
    RecentContact.objects.update(until=NOON + MINUTE)
    find(ida, NOON)
    find(ivan, NOON)
    PoolEntry.objects.filter(pk=ida.pk).update(on_call_until=NOON + MINUTE)
    pool = figures()["pool"]
    assert (pool["waiting"], pool["oldest"], pool["on_call"]) == (4, 90 * 60, 1)
    assert pool["languages"] == {"ru": 3, "uk": 1, "en": 1}
    assert [pool["topics"][slug] for slug in topics("abcdef")] == [1, 1, 3, 3, 1, 1]
    assert (pool["with_partner"], pool["sampled"]) == (0, 4)
    RecentContact.objects.update(until=NOON)
    assert figures()["pool"]["with_partner"] == 0.5
    page = printed("match_stats")
    assert re.search(r"with an allowed partner now +50% of 4 drawn", page)
    assert re.search(r"the longest for +90 min", page)
    assert "ru 3, uk 1, en 1" in page


def test_stats_of_proposals() -> None:
    """M9: open ones, how those of the last hour ended, the accept rate, and how long searches waited."""
    names = iter("АБВГДЕЖЗ")

    def couple(letters: str, waited: timedelta) -> tuple[Any, Profile]:
        one, other = (person(f"Пара {next(names)}", topics=topics(letters)) for _ in range(2))
        find(one, NOON - 2 * MINUTE - waited)
        return proposal_of(one, other, NOON - 2 * MINUTE), other

    match, other = couple("ab", timedelta(seconds=4))
    accept(match, Profile.objects.get(pk=match.partner_of(other.pk)), NOON)
    accept(match, other, NOON)
    for letters in ("cd", "ef"):
        match, other = couple(letters, timedelta(seconds=4))
        skip(match, other, NOON)
    couple("gh", timedelta(seconds=4))
    found = figures()
    assert found["open_proposals"] == 1
    assert found["ended"] == {"accepted": 1, "declined": 2, "expired": 0}
    assert found["accept_rate"] == pytest.approx(1 / 3)
    assert found["waits"] == {"median": 2, "p90": 4}
    assert "1 accepted, 2 declined, 0 expired" in printed("match_stats")


def test_stats_of_the_matcher() -> None:
    """M9: arrivals, listeners ready at this hour, the last sweep, and the lag."""
    find(person("Мира", topics=topics("ab")), NOON - MINUTE)
    listener = person("Ада", topics=topics("cd"))
    Profile.objects.filter(pk=listener.pk).update(listens=True, quiet_from=None, quiet_until=None, seen_at=NOON)
    Sweep.objects.create(
        began_at=NOON - 2 * MINUTE,
        ended_at=NOON - 2 * MINUTE + timedelta(milliseconds=250),
        waiting=7,
        proposed=3,
        held_back=1,
    )
    found = figures()
    assert found["listeners_ready"] == 1
    assert found["lag"] == 60
    assert found["last_sweep"]["took"] == 0.25
    assert "7 waiting, 3 proposals, 1 held back" in printed("match_stats")
    # At noon in UTC it is afternoon in Kyiv.
    Profile.objects.filter(pk=listener.pk).update(quiet_from=12, quiet_until=20)
    assert figures()["listeners_ready"] == 0


# --- explain_match


def test_an_allowed_pair_and_its_score() -> None:
    """M9, M3: every rule with a tick, what they share, and the three parts of the score with their weights."""
    person("Мира", topics=topics("abc"), timezone="Europe/Kyiv")
    person("Олег", topics=topics("bcd"), timezone="Europe/London")
    found = explained()
    assert "Allowed: yes" in found
    assert "✗" not in found.partition("Now:")[0]
    assert "✓ 2 active topics in common: Relocation, Anxiety" in found
    assert "✓ a language in common: ru" in found
    assert "0.60 × 0.500 = 0.300  topics in common" in found
    assert "0.20 × 0.800 = 0.160  hours in common" in found
    assert "0.20 × 0.500 = 0.100  helpfulness" in found
    assert "Score: 0.560" in found


def test_each_rule_that_forbids() -> None:
    """M9, M2: says which rule does not hold, and why."""
    mira = person("Мира", topics=topics("abc"), speaks=["uk"])
    oleh = person("Олег", topics=topics("ade"), speaks=["ru", "en"])
    Profile.objects.filter(pk=oleh.pk).update(suspended_until=NOON + MINUTE, rules_version=0)
    Recipient.objects.filter(pk=mira.pk).update(reachable=False)
    found = explained()
    assert "Allowed: no" in found
    assert "✗ Олег: in good standing: suspended until 2026-06-01 12:01 UTC" in found
    assert "✗ Олег: agreed to the rules: agreed to version 0, in force is 1" in found
    assert "✗ Мира: reachable: has blocked the bot" in found
    assert "✗ a language in common: uk and ru, en" in found
    assert "✗ 2 active topics in common: Burnout" in found
    assert "✓ Олег: profile complete" in found


def test_deactivated_topics_do_not_count() -> None:
    """M9, P4: they are named."""
    person("Мира", topics=topics("abc"))
    person("Олег", topics=topics("abd"))
    Topic.objects.filter(slug=topics("a")[0]).update(active=False)
    assert "✗ 2 active topics in common: Relocation (deactivated: Burnout)" in explained()


def test_cooldowns_in_both_directions() -> None:
    """M9, S8: which way, after what, until when; one that is over is said to be."""
    mira, oleh = person("Мира"), person("Олег")
    contact = {"reason": RecentContact.Reason.DECLINE}
    RecentContact.objects.create(user=mira, other=oleh, until=NOON + MINUTE, **contact)
    RecentContact.objects.create(user=oleh, other=mira, until=NOON, **contact)
    found = explained()
    assert "Allowed: no" in found
    assert "✗ Мира → Олег: no cooldown: after a decline, until 2026-06-01 12:01 UTC" in found
    assert "✓ Олег → Мира: no cooldown: after a decline, over since 2026-06-01 12:00 UTC" in found


def test_where_each_is() -> None:
    """M9, M1: waiting, proposed, talking, listening or not there."""
    mira, oleh = person("Мира"), person("Олег")
    assert "✗ Мира: neither searches nor listens" in explained()
    Profile.objects.filter(pk=oleh.pk).update(listens=True, quiet_from=13, quiet_until=20, seen_at=NOON)
    assert "✗ Олег: listens, but not from 13 to 20 o'clock" in explained()
    Profile.objects.filter(pk=oleh.pk).update(quiet_from=None, quiet_until=None)
    assert "✓ Олег: listens: is asked" in explained()
    Profile.objects.filter(pk=oleh.pk).update(listens=False)
    find(mira)
    assert "✓ Мира: waits since 2026-06-01 12:00 UTC" in explained()
    match = proposal_of(mira, oleh)
    assert f"✗ Олег: has an open proposal (match {match.pk})" in explained()
    accept(match, mira)
    accept(match, oleh)
    assert f"✗ Мира: is talking (match {match.pk})" in explained()


def test_patience_is_part_of_the_answer(settings: Any) -> None:
    """M9, M4: what is asked for now, by the one who has waited longer, and whether this pair would do."""
    settings.MATCH_PATIENCE_FROM_PER_SECOND = 0.0
    mira, _ = person("Мира", topics=topics("abcd")), person("Олег", topics=topics("abef"))
    assert "Patience: asks for 0.850 now: too little" in explained()
    find(mira, NOON - MINUTE)
    assert "Patience: off" in explained()


def test_unfinished_profiles_have_no_score() -> None:
    """M9: where onboarding is under way there is nothing to compare."""
    person("Мира")
    Profile.objects.filter(pk=person("Олег").pk).update(state=Profile.State.WAITING_BIO)
    found = explained()
    assert "✗ Олег: profile complete: waiting_bio" in found
    assert "Score: none" in found


def test_people_are_named_by_nickname_or_number() -> None:
    """M9, D4: however it is spelled, or by the profile's number; never by a Telegram id, and none is shown."""
    mira, oleh = person("Мира"), person("Олег")
    by_number = explained(str(mira.pk), "ОЛЕГ")
    assert "Allowed: yes" in by_number
    for each in (mira, oleh):
        assert str(each.recipient.telegram_id) not in by_number
        with pytest.raises(CommandError, match="Nobody is called"):
            explained(str(each.recipient.telegram_id))


@pytest.mark.parametrize("who", ["Кто-то", "0", "9" * 40, "", "²"])
def test_who_is_nobody(who: str) -> None:
    """M9: one line that says what to give instead."""
    person("Мира")
    with pytest.raises(CommandError, match="give a nickname as the admin shows it"):
        explained("Мира", who)


def test_a_pair_is_two_people() -> None:
    """M9: nobody is explained with themselves."""
    person("Мира")
    with pytest.raises(CommandError, match="the same person"):
        explained("Мира", "МИРА")
