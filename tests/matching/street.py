"""A few people who do anything at any moment, and what each of them has been told about where they stand.

Acts are what the product's interfaces call. What somebody is told, by an answer or by a message, claims that they are
in one of some places; when nothing is on its way any more, they have to be in one of those.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from threading import Barrier, Lock
from typing import Any

from django.contrib.auth.models import User
from django.db import connection, models
from django.db.models import Q
from django.utils import timezone

from chat import meeting_again
from chat import services as chat
from chat.models import ChatSession
from chat.queries import Whereabouts
from delivery import queue
from delivery import services as delivery
from delivery.models import OutboxMessage, Recipient
from matching import pairing, queries, retention, services, sweeping, tally
from matching import waiting as waits
from matching.models import Match, PoolEntry, Seat
from matching.proposals import TooLate
from profiles import availability, erasure
from profiles.models import Profile, Topic
from project.errors import DomainError
from safety import blocks, sanctions
from safety.models import Case, Report
from tests.base import person

from .racing import let_go_at
from .scenes import topics

# By the letters of their topics, and their languages: most fit each other, some don't, some only just.
WHO = (("abc", "r"), ("abc", "ru"), ("acd", "ru"), ("bcd", "r"), ("abcd", "u"), ("ab", "ru"), ("ab", "r"))
_LANGUAGES = {"r": "ru", "u": "uk"}

IDLE, WAITING, PROPOSED, ACCEPTED, TALKING = (
    Whereabouts.IDLE, Whereabouts.WAITING, Whereabouts.PROPOSED, Whereabouts.ACCEPTED, Whereabouts.TALKING,
)  # fmt: skip
SEARCHING = frozenset({WAITING, PROPOSED, ACCEPTED})
Places = frozenset[Whereabouts]
_POSSIBLE = {
    "find": {IDLE},
    "cancel": {WAITING, ACCEPTED},
    "accept": {PROPOSED},
    "skip": {PROPOSED},
    "end": {TALKING},
    "block": {TALKING},
    "meet_again": {IDLE},
    "ask_listener": {WAITING},
    "call_me": {WAITING},
}


class Crew:
    """Threads whose connections last: those who act at the same moment."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._threads = ThreadPoolExecutor(size)

    def at_once(self, calls: Sequence[Callable[[], Any]]) -> list[Any]:
        """Run all the calls at once; returns what each of them returned, or the exception it raised."""
        barrier = Barrier(len(calls))
        return list(self._threads.map(partial(let_go_at, barrier), calls))

    def leave(self) -> None:
        """Close every connection."""
        self.at_once([lambda: connection.close()] * self._size)  # noqa: PLW0108  (each thread has its own)
        self._threads.shutdown()


class Street:
    """The people of `WHO`, a clock, and what everybody knows."""

    def __init__(self, crew: "Crew") -> None:
        self._crew = crew
        with connection.cursor() as cursor:
            cursor.execute(
                "TRUNCATE delivery_recipient, matching_poolpair, safety_case, profiles_erasedstanding, matching_tally,"
                " auth_user CASCADE"
            )
        Topic.objects.update(active=True)
        # What is sent depends on the clock on the wall, too: this one must not be far behind.
        self.now = self.latest = timezone.now()
        self.moderator = User.objects.create_user("moderator", is_staff=True)
        self.people = [self._move_in(number) for number in range(len(WHO))]
        self.known: dict[int, Places] = {profile.pk: frozenset({IDLE}) for profile in self.people}
        self.log: list[str] = []
        self._heard: dict[int, Places] = {}
        self._hearing = Lock()

    def together(self, acts: list[tuple[str, int, int]]) -> None:
        """Let some people do something at the same moment: the name of an act, a person, and which of theirs."""
        self._heard = {}
        actors = [self._actor(name, who, which) for name, who, which in acts]
        outcomes = self._crew.at_once(
            [partial(ACTS[name], self, me, which) for (name, _, which), me in zip(acts, actors, strict=True)]
        )
        for (name, _, _), me, outcome in zip(acts, actors, outcomes, strict=True):
            self.log.append(f"{self.now:%d %H:%M:%S} {name}({me.pk}): {outcome!r}")
            if isinstance(outcome, DomainError):
                self.hears(me.pk, self._claim(outcome, me.pk))
            else:
                assert not isinstance(outcome, Exception), f"{name}({me.pk}) failed: {outcome!r}"
        self.known |= self._heard
        self._fill_gaps()

    def hears(self, profile_id: int, places: Places | None) -> None:
        """At one moment, more than one thing may be the last that somebody hears."""
        if places is not None:
            with self._hearing:
                self._heard[profile_id] = self._heard.get(profile_id, frozenset()) | places

    def clock_moves(self, by: timedelta) -> None:
        """Time passes, or somebody sets the clock."""
        self.now += by
        self.latest = max(self.latest, self.now)
        self.log.append(f"{self.now:%d %H:%M:%S}")

    def everything_is_sent(self) -> None:
        """The sender has nothing left to do; nobody else does anything meanwhile."""
        due = OutboxMessage.objects.filter(state=OutboxMessage.State.PENDING).order_by("-due_at").first()
        until = max(self.now, due.due_at) if due else self.now
        while True:
            self._heard = {}
            if not self.send(30, until):
                return
            self.known |= self._heard

    def send(self, limit: int, now: datetime, *, refused: bool = False) -> bool:
        """One round of the sender; with `refused` Telegram wants no proposals. Returns whether there was anything."""
        pending = OutboxMessage.objects.filter(state=OutboxMessage.State.PENDING).exists()
        for leased in queue.lease(limit=limit, now=now):
            if refused and leased.kind == "matching.proposal":
                queue.close(outbox_id=leased.id, state=OutboxMessage.State.DEAD, error="BadRequest", now=now)
                continue
            row = OutboxMessage.objects.filter(pk=leased.id).first()
            if row is not None:
                queue.record_sent(outbox_id=leased.id, message_ids=[leased.id], now=now)
                self.log.append(f"{now:%d %H:%M:%S} sent {leased.kind} to {row.recipient_id}")
                self.hears(row.recipient_id, _said(leased.kind, self.known.get(row.recipient_id, frozenset())))
        return pending

    def _actor(self, name: str, who: int, which: int) -> Profile:
        """Who does it: somebody who can, or, with 0, whoever was drawn."""
        possible = self._who_can(name) if which else []
        return (possible or self.people)[who % len(possible or self.people)]

    def _who_can(self, name: str) -> list[Profile]:
        if name not in _POSSIBLE:
            return []
        places = places_of_all()
        return [profile for profile in self.people if places.get(profile.pk, IDLE) in _POSSIBLE[name]]

    def _claim(self, refusal: DomainError, profile_id: int) -> Places | None:
        known = self.known.get(profile_id, frozenset())
        match refusal:
            case services.AlreadyProposed():
                return frozenset({ACCEPTED if refusal.context["accepted"] else PROPOSED})
            case services.AlreadyTalking():
                return frozenset({TALKING})
            case services.Suspended():
                return frozenset({IDLE})
            case services.TopicsGone():
                # Who waited with a topic that has just gone waits until the next sweep, and is told then.
                return frozenset({IDLE, WAITING})
            case TooLate() if refusal.context["state"] == Match.State.ACTIVE:
                return frozenset({TALKING})
            case TooLate():
                return (
                    SEARCHING
                    if refusal.context["searching"] or refusal.context["proposed"]
                    else frozenset({IDLE}) | known & {TALKING}
                )
        return None

    def _fill_gaps(self) -> None:
        """In the place of who has erased themselves comes somebody new."""
        here = set(Recipient.objects.values_list("pk", flat=True))
        for number, profile in enumerate(self.people):
            if profile.pk not in here:
                self.known.pop(profile.pk, None)
                self.people[number] = self._move_in(number)
                self.known[self.people[number].pk] = frozenset({IDLE})

    def _move_in(self, number: int) -> Profile:
        letters, speaks = WHO[number]
        profile = person(
            f"Гость {Recipient.objects.order_by('pk').values_list('pk', flat=True).last()}",
            topics=topics(letters),
            speaks=[_LANGUAGES[letter] for letter in speaks],
        )
        Profile.objects.filter(pk=profile.pk).update(seen_at=self.now, quiet_from=None, quiet_until=None)
        return Profile.objects.select_related("recipient").get(pk=profile.pk)


def _said(kind: str, known: Places) -> Places | None:
    """Where somebody is who has just read this message; None where it says nothing about that."""
    match kind:
        case "matching.proposal":
            return frozenset({PROPOSED}) | known & {ACCEPTED}
        case "matching.requeued" | "matching.missed":
            # What comes next, if there is a proposal already, is that.
            return frozenset({WAITING}) | known & SEARCHING
        case (
            "matching.left_pool"
            | "matching.not_shown"
            | "matching.topics_gone"
            | "matching.rules_changed"
            | "matching.listener_not_needed"
            | "matching.call_ended"
        ):
            return frozenset({IDLE})
        case "chat.connected":
            return frozenset({TALKING})
        case "chat.ended":
            # Who has begun to search since then knows better.
            return frozenset({IDLE}) | known - {TALKING}
        case "safety.suspended" | "safety.lifted":
            return frozenset({IDLE}) | known
    return None


def _match_of(me: Profile, which: int) -> int:
    """The match that the person sees: the one they are in, or one of long ago."""
    live = Seat.objects.filter(pk=me.pk).values_list("match", flat=True).first()
    if live is not None and which:
        return live
    return Match.objects.filter(Q(a=me.pk) | Q(b=me.pk)).order_by("-pk").values_list("pk", flat=True).first() or 0


def _is_shown(match_id: int, me: Profile) -> bool:
    """Whether there are buttons to tap."""
    return queries.was_shown_proposal(match_id=match_id, profile_id=me.pk)


def _session_of(me: Profile, *, live: bool) -> ChatSession | None:
    sessions = ChatSession.objects.filter(Q(a=me.pk) | Q(b=me.pk)).order_by("-pk")
    return (sessions.filter(ended_at=None) if live else sessions).first()


def find(street: Street, me: Profile, which: int) -> object:
    found = services.find(profile_id=me.pk, now=street.now)
    # That there is somebody is one thing, who it is comes later: until then all they know is that it goes on.
    street.hears(me.pk, frozenset({PROPOSED, WAITING}) if found.proposed else frozenset({WAITING}))
    shown = waits.progress(profile_id=me.pk, now=street.now)
    waits.remember(profile_id=me.pk, message_id=which + 1, shown=shown, now=street.now)
    return found


def call_me(street: Street, me: Profile, which: int) -> object:
    shown = waits.call_me(profile_id=me.pk, now=street.now)
    if isinstance(shown, waits.Progress):
        street.hears(me.pk, frozenset({WAITING}))
    return shown


def cancel(street: Street, me: Profile, which: int) -> object:
    was = services.cancel(profile_id=me.pk, now=street.now)
    street.hears(me.pk, frozenset({IDLE}))
    return was


def accept(street: Street, me: Profile, which: int) -> object:
    if not _is_shown(match_id := _match_of(me, which), me):
        return None
    both = chat.accept(match_id=match_id, profile_id=me.pk, now=street.now)
    street.hears(me.pk, frozenset({TALKING if both else ACCEPTED}))
    return both


def skip(street: Street, me: Profile, which: int) -> object:
    if not _is_shown(match_id := _match_of(me, which), me):
        return None
    again = Match.objects.filter(pk=match_id, declined_by=me.pk).exists()
    searched = services.skip(match_id=match_id, profile_id=me.pk, now=street.now)
    # A tap on what they have skipped long ago tells nothing new.
    street.hears(me.pk, None if again else frozenset({IDLE}))
    return searched


def end(street: Street, me: Profile, which: int) -> object:
    if (session := _session_of(me, live=True)) is None:
        return None
    ended = chat.end(session_id=session.pk, profile_id=me.pk, now=street.now)
    street.hears(me.pk, frozenset({IDLE}))
    return ended


def block(street: Street, me: Profile, which: int) -> object:
    if (session := _session_of(me, live=bool(which))) is None:
        return None
    done = blocks.block(profile_id=me.pk, session_id=session.pk, now=street.now)
    street.hears(me.pk, frozenset({IDLE}) | street.known[me.pk] - {TALKING})
    return done


def meet_again(street: Street, me: Profile, which: int) -> object:
    if (session := _session_of(me, live=False)) is None:
        return None
    return meeting_again.wish(session_id=session.pk, profile_id=me.pk, now=street.now)


def suspend(street: Street, me: Profile, which: int) -> object:
    claim: dict[str, Any] = {"state": "in_review", "claimed_by": street.moderator, "claimed_at": street.now}
    new = Case(subject=me.subject, opened_at=street.now, **claim)
    # Of two who do this at once, one opens the case.
    Case.objects.bulk_create([new], ignore_conflicts=True)
    case = Case.objects.filter(subject=me.subject).order_by("pk").last()
    assert case is not None
    Report.objects.create(case=case, reason="spam")
    return sanctions.suspend(case_id=case.pk, by=street.moderator.pk, days=1, reason="so", now=street.now)


def lift(street: Street, me: Profile, which: int) -> object:
    case = Case.objects.filter(subject=me.subject).order_by("-pk").first()
    return case and sanctions.lift(case_id=case.pk, by=street.moderator.pk, reason="so", now=street.now)


def erase(street: Street, me: Profile, which: int) -> object:
    return erasure.erase_oneself(telegram_id=me.recipient.telegram_id, profile_id=me.pk, now=street.now)


def lose(street: Street, me: Profile, which: int) -> object:
    street.hears(me.pk, frozenset({IDLE}))
    return delivery.lose(telegram_id=me.recipient.telegram_id, now=street.now)


def regain(street: Street, me: Profile, which: int) -> object:
    return delivery.regain(telegram_id=me.recipient.telegram_id)


def listen(street: Street, me: Profile, which: int) -> object:
    return availability.set_listening(profile_id=me.pk, on=which != 1, now=street.now)


def expire(street: Street, me: Profile, which: int) -> object:
    return services.expire_proposals(now=street.now)


def sweep(street: Street, me: Profile, which: int) -> object:
    return sweeping.sweep(now=street.now)


def pair_up(street: Street, me: Profile, which: int) -> object:
    waiting = list(PoolEntry.objects.order_by("helpfulness", "-pk").values_list("pk", flat=True))
    pairs = list(zip(waiting[which::2], waiting[which + 1 :: 2], strict=False))
    return pairing.propose_pairs(pairs, now=street.now)


def ask_listener(street: Street, me: Profile, which: int) -> object:
    return pairing.ask_listener(me.pk, now=street.now)


def send(street: Street, me: Profile, which: int) -> object:
    return street.send(2 * (which + 1), street.now, refused=which == 1)


def tidy(street: Street, me: Profile, which: int) -> object:
    return tally.fold() + sum(retention.purge(street.now).values())


def wake(street: Street, me: Profile, which: int) -> object:
    return waits.end_calls(now=street.now), waits.refresh(now=street.now)


def topic(street: Street, me: Profile, which: int) -> object:
    slug = topics("abcd")[which]
    return Topic.objects.filter(slug=slug).update(
        active=models.Case(models.When(active=True, then=False), default=True)
    )


ACTS: dict[str, Callable[[Street, Profile, int], object]] = {
    act.__name__: act
    for act in (
        find, cancel, accept, skip, end, block, meet_again, suspend, lift, erase, lose, regain, listen,
        expire, sweep, pair_up, ask_listener, send, tidy, topic,
    )
}  # fmt: skip


def places_of_all() -> dict[int, Whereabouts]:
    """Where everybody is who is not idle."""
    places = dict.fromkeys(PoolEntry.objects.values_list("pk", flat=True), WAITING)
    for seat in Seat.objects.select_related("match"):
        accepted = ACCEPTED if seat.match.was_accepted_by(seat.profile_id) else PROPOSED
        places[seat.profile_id] = TALKING if seat.match.state == Match.State.ACTIVE else accepted
    return places
