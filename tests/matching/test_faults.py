"""Bad input and faults: each ends in a valid state, and each person knows where they stand.

Other cases of the same kind are with what they are about: searching while in a conversation, and twice, in
test_searching; old proposals and late taps in test_proposals; everything that happens at once in test_races and
test_state_machine.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection

from chat import services as chat
from chat.queries import Whereabouts
from delivery import queue
from delivery import services as delivery
from delivery.models import Recipient
from matching import pairing, services, sweeping
from matching.models import Match, PoolEntry
from matching.pool import entry_of
from profiles import erasure
from profiles.models import Profile, Topic
from project.errors import DomainError
from safety import sanctions
from tests.base import person
from tests.outbox import told
from tests.safety.scenes import claimed_case, conversation, ended, moderator, report

from . import invariants
from .killing import killed_at
from .racing import race
from .scenes import NOON, accept, delivered, find, is_waiting, live_match, proposal_of, skip, state_of, topics
from .street import places_of_all

HOUR = timedelta(hours=1)
Picture = dict[int, tuple[str, list[str]]]


def picture(people: list[Profile]) -> Picture:
    """Where everybody is, by their number, and what they have been told."""
    places = places_of_all()
    return {number: (places.get(one.pk, Whereabouts.IDLE), told(one)) for number, one in enumerate(people)}


def forget() -> None:
    """Nobody has ever been here."""
    tables = "matching_seat matching_poolentry matching_recentcontact chat_chatsession matching_match"
    people = "delivery_outboxmessage profiles_prompt profiles_profile delivery_recipient"
    with connection.cursor() as cursor:
        cursor.execute("; ".join(f"DELETE FROM {table}" for table in f"{tables} {people}".split()))


def three() -> list[Profile]:
    """Mira and Oleh, who fit each other, and Ada, who fits both."""
    return [person("Мира"), person("Олег"), person("Ада")]


def waiting(people: list[Profile]) -> None:
    """All of them wait, though they fit each other."""
    for profile in people:
        entry_of(profile, since=NOON, now=NOON).save(force_insert=True)


def proposed() -> list[Profile]:
    """Mira and Oleh have read about each other; Ada waits."""
    mira, oleh, ada = three()
    match = proposal_of(mira, oleh)
    for one in (mira, oleh):
        delivered(match, one)
    find(ada)
    return [mira, oleh, ada]


def half_accepted() -> list[Profile]:
    """The same, and Mira has said yes."""
    people = proposed()
    accept(live_match(people[0]), people[0])
    return people


def all_wait() -> list[Profile]:
    """Four people who fit each other wait."""
    people = [*three(), person("Тарас")]
    waiting(people)
    return people


def one_listens() -> list[Profile]:
    """Mira waits, Oleh is ready to listen."""
    mira, oleh = person("Мира"), person("Олег")
    Profile.objects.filter(pk=oleh.pk).update(listens=True, quiet_from=None, quiet_until=None, seen_at=NOON)
    waiting([mira])
    return [mira, oleh]


def one_waits() -> list[Profile]:
    """Mira waits."""
    people = three()[:2]
    waiting(people[:1])
    return people


def accepts(people: list[Profile]) -> None:
    match = Match.objects.order_by("pk").first()
    chat.accept(match_id=match.pk if match else 0, profile_id=people[1].pk, now=NOON)


def skips(people: list[Profile]) -> None:
    skip(Match.objects.earliest("pk"), people[1])


def pairs_are_proposed(people: list[Profile]) -> None:
    ids = [profile.pk for profile in people]
    pairing.propose_pairs(list(zip(ids[::2], ids[1::2], strict=True)), now=NOON)


def expires(people: list[Profile]) -> None:
    services.expire_proposals(now=NOON + timedelta(minutes=5))


def sweeps(people: list[Profile]) -> None:
    sweeping.sweep(now=NOON)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("scene", "act", "stride"),
    [
        (one_waits, lambda people: find(people[1]), 1),
        (half_accepted, accepts, 1),
        (proposed, skips, 2),
        (half_accepted, expires, 1),
        (all_wait, pairs_are_proposed, 1),
        (all_wait, sweeps, 2),
        (one_listens, lambda people: pairing.ask_listener(people[0].pk, now=NOON), 2),
        (proposed, lambda people: delivery.lose(telegram_id=people[1].recipient.telegram_id, now=NOON), 2),
    ],
    ids=["find", "accept", "skip", "expire", "pairs", "sweep", "listener", "unreachable"],
)  # fmt: skip
def test_killed_between_any_two_statements(
    scene: Callable[[], list[Profile]],
    act: Callable[[list[Profile]], object],
    stride: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """M5, M8: killed at any point and done again is the same as done once: same places, same words."""
    # So that many pairs are more than one transaction.
    monkeypatch.setattr(pairing, "_BATCH", 1)
    people = scene()
    act(people)
    wanted = picture(people)
    point = 1 - stride
    while True:
        forget()
        people, point = scene(), point + stride
        if not killed_at(point, partial(act, people)):
            break
        # Where it was through already, the tap that comes again is told so.
        with suppress(DomainError):
            act(people)
        assert picture(people) == wanted, f"killed at {point}"
        invariants.check(latest=NOON)
    assert point > 5, "nothing was killed"


def jump(hours: int) -> None:
    """What the workers do when the clock shows something else all of a sudden."""
    services.expire_proposals(now=NOON + hours * HOUR)
    sweeping.sweep(now=NOON + hours * HOUR)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("hours", [1, -1])
@pytest.mark.parametrize("read", [True, False], ids=["read", "unread"])
def test_the_clock_jumps_while_a_proposal_is_open(hours: int, read: bool) -> None:
    """M5: it is over at once, not in an hour; both wait again and are told so."""
    mira, oleh, _ = three()
    match = proposal_of(mira, oleh)
    for one in (mira, oleh) if read else ():
        delivered(match, one)
    jump(hours)
    assert state_of(match) == "expired"
    for one in (mira, oleh):
        assert is_waiting(one)
        assert told(one)[1:] == ["matching.missed" if read else "matching.requeued"]
    invariants.check(latest=NOON + HOUR)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("hours", [1, -1])
def test_the_clock_jumps_while_people_talk_and_wait(hours: int) -> None:
    """M5, M1: a conversation goes on, who waits is found, and neither is thrown out."""
    mira, oleh, ada = three()
    match = proposal_of(mira, oleh)
    for one in (mira, oleh):
        chat.accept(match_id=match.pk, profile_id=one.pk, now=NOON)
    find(ada)
    jump(hours)
    assert state_of(match) == "active"
    assert find(person("Тарас"), NOON + hours * HOUR).proposed
    assert live_match(ada)


@pytest.mark.django_db(transaction=True)
def test_the_clock_is_set_back_where_patience_pays() -> None:
    """M8: who seems to have come in the future is not held back until then."""
    strangers = [person(f"Гость {number}", topics=topics("kl")) for number in range(30)]
    mira = person("Мира", topics=topics("abcdef"), timezone="Asia/Vladivostok")
    waiting([*strangers, mira])
    oleh = person("Олег", topics=topics("abgh"))
    assert not find(oleh).proposed, "patience should pay here, or this shows nothing"
    sweeping.sweep(now=NOON - HOUR)
    assert live_match(mira) == live_match(oleh)


@pytest.mark.django_db(transaction=True)
def test_a_topic_is_deactivated_while_people_wait() -> None:
    """P4, M2: nobody is introduced by it any more; who has too few left stops waiting, is told, and may choose anew."""
    mira, oleh = person("Мира", topics=topics("ab")), person("Олег", topics=topics("abc"))
    ada = person("Ада", topics=topics("bc"))
    waiting([mira])
    Topic.objects.filter(slug=topics("a")[0]).update(active=False)
    sweeping.sweep(now=NOON)
    assert not is_waiting(mira)
    assert told(mira) == ["matching.topics_gone"]
    with pytest.raises(services.TopicsGone):
        find(mira)
    find(oleh)
    assert find(ada).proposed
    invariants.check(latest=NOON)


@pytest.mark.django_db(transaction=True)
def test_a_topic_is_deactivated_while_a_proposal_is_open() -> None:
    """P4, M5: the two may still accept; who skips such a proposal's partner leaves them told, not lost."""
    mira, oleh = person("Мира", topics=topics("ab")), person("Олег", topics=topics("ab"))
    match = proposal_of(mira, oleh)
    Topic.objects.filter(slug=topics("a")[0]).update(active=False)
    skip(match, oleh)
    assert not is_waiting(mira)
    assert told(mira)[-1] == "matching.topics_gone"
    invariants.check(latest=NOON)


@pytest.mark.django_db(transaction=True)
def test_suspended_while_a_proposal_is_open() -> None:
    """M5, S5: it expires at once; the other is in front again and told, the one who is paused is told that."""
    mira, oleh, ada = three()
    talk = conversation(oleh, ada)
    report(ada, talk)
    ended(talk, oleh)
    find(mira)
    find(oleh)
    match = live_match(mira)
    mod = moderator()
    sanctions.suspend(case_id=claimed_case(oleh, mod).pk, by=mod.pk, days=1, reason="so", now=NOON)
    assert state_of(match) == "expired"
    assert places_of_all() == {mira.pk: Whereabouts.WAITING}
    assert told(mira)[-1] == "matching.requeued"
    assert told(oleh)[-1] == "safety.suspended"
    with pytest.raises(services.Suspended):
        find(oleh)
    invariants.check(latest=NOON)


@pytest.mark.django_db(transaction=True)
def test_erased_while_a_proposal_is_open() -> None:
    """M5, P7: the other is in front again and told; what was on its way about the one who is gone is not sent."""
    mira, oleh = three()[:2]
    find(mira)
    find(oleh, NOON + HOUR)
    erasure.erase_oneself(telegram_id=oleh.recipient.telegram_id, profile_id=oleh.pk, now=NOON + HOUR)
    assert PoolEntry.objects.get(pk=mira.pk).since == NOON
    # One of a person at a time: what is not true any more, and then what is.
    assert [message.kind for _ in range(3) for message in queue.lease(limit=10, now=NOON + HOUR)] == [
        "matching.requeued"
    ]


@pytest.mark.django_db(transaction=True)
def test_the_sender_dies_before_it_has_written_down_what_it_sent() -> None:
    """M5, P9: who has said yes is told that it came to nothing, though nobody knows that they ever saw it."""
    mira, oleh = one_listens()
    pairing.ask_listener(mira.pk, now=NOON)
    match = live_match(oleh)
    queue.lease(limit=10, now=NOON)
    accept(match, oleh)
    skip(match, mira)
    later = NOON + queue.LEASE
    sent = [message.kind for _ in range(3) for message in queue.lease(limit=10, now=later)]
    assert sent == ["matching.listener_not_needed"]


@pytest.mark.django_db(transaction=True)
def test_blocking_the_bot_right_after_searching(monkeypatch: pytest.MonkeyPatch) -> None:
    """M2: both arrive at the same moment: nobody who can't be reached is left in the pool."""
    [mira] = three()[:1]
    mark_reachable = delivery.mark_reachable

    def blocked_meanwhile(*, recipient_id: int) -> None:
        mark_reachable(recipient_id=recipient_id)
        race([partial(_lose_impatiently, mira)])

    monkeypatch.setattr("matching.services.mark_reachable", blocked_meanwhile)
    find(mira)
    assert Recipient.objects.get(pk=mira.pk).reachable or not is_waiting(mira)


def _lose_impatiently(profile: Profile) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '300ms'")
    delivery.lose(telegram_id=profile.recipient.telegram_id, now=NOON)
