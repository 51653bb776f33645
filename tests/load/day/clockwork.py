"""The simulated day itself: events in order of time, each one call of a service with that time."""

import heapq
import itertools
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from chat import services as chat
from chat.models import ChatSession
from delivery.models import OutboxMessage
from matching import queries, sweeping
from matching import services as matching
from matching.models import Match, PoolEntry, Seat
from project.errors import DomainError

from .behaviour import Behaviour

DAY = 86_400.0
_DELIVERED_AFTER = 0.3
_SWEEP_EVERY = 2.0
_EXPIRE_EVERY = 5.0
# Where few come, patience asks for nothing and a search finds whoever is there at once: what is left for a sweep are
# ended rests and quiet hours. It need not run every two seconds then.
_SETTLED_AFTER = 4.0
_SETTLED_SWEEP_EVERY = 60.0


@dataclass(slots=True)
class Search:
    """One search: who, since when (seconds of the day), first proposed when, with which score; given up when."""

    person: int
    began: float
    proposed: float | None = None
    score: float | None = None
    gave_up: float | None = None


@dataclass(slots=True)
class Happened:
    """What the day came to."""

    searches: list[Search] = field(default_factory=list)
    proposals: int = 0
    to_listeners: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)


class Day:
    """Runs one day; `ids` are the profile ids of the people by their number."""

    def __init__(self, *, ids: list[int], began: datetime, behaviour: Behaviour) -> None:
        self._ids = ids
        self._numbers = {profile_id: number for number, profile_id in enumerate(ids)}
        self._began = began
        self._behaviour = behaviour
        self._events: list[tuple[float, int, Callable[[float], None]]] = []
        self._order = itertools.count()
        self._searching: dict[int, Search] = {}
        self._seen_match = 0
        self._changed_at = 0.0
        self.happened = Happened()

    def run(self, searches: list[tuple[float, int]], *, progress: Callable[[float], None]) -> Happened:
        """Let these people search at these times; `progress` hears the second of the day now and then."""
        for at, person in searches:
            self._later(at, partial(self._search, person))
        self._later(0.0, self._sweep)
        self._later(0.0, self._expire)
        while self._events and self._events[0][0] < DAY:
            at, _, event = heapq.heappop(self._events)
            event(at)
            progress(at)
        self.happened.outcomes = {state: Match.objects.filter(state=state).count() for state in Match.State.values}
        return self.happened

    def _later(self, at: float, event: Callable[[float], None]) -> None:
        heapq.heappush(self._events, (at, next(self._order), event))

    def _time(self, at: float) -> datetime:
        return self._began + timedelta(seconds=at)

    def _search(self, person: int, at: float) -> None:
        # Who is busy with an earlier search or a conversation does not begin another.
        if person in self._searching or Seat.objects.filter(pk=self._ids[person]).exists():
            return
        search = Search(person, at)
        self.happened.searches.append(search)
        self._searching[person] = search
        if queries.arrivals_per_second(now=self._time(at)) >= settings.MATCH_PATIENCE_FROM_PER_SECOND:
            self._changed_at = at + settings.MATCH_PATIENCE.total_seconds()
        matching.find(profile_id=self._ids[person], now=self._time(at))
        self._deliver(at)
        self._later(at + self._behaviour.gives_up_after(), lambda now: self._give_up(search, now))

    def _give_up(self, search: Search, at: float) -> None:
        if (
            self._searching.get(search.person) is search
            and PoolEntry.objects.filter(pk=self._ids[search.person]).exists()
        ):
            search.gave_up = at
            del self._searching[search.person]
            matching.cancel(profile_id=self._ids[search.person], now=self._time(at))

    def _sweep(self, at: float) -> None:
        if PoolEntry.objects.exists() and sweeping.sweep(now=self._time(at)):
            self._changed_at = at
            self._deliver(at)
        settled = at - self._changed_at > _SETTLED_AFTER
        self._later(at + (_SETTLED_SWEEP_EVERY if settled else _SWEEP_EVERY), self._sweep)

    def _expire(self, at: float) -> None:
        if matching.expire_proposals(now=self._time(at)):
            self._changed_at = at
            self._forget_who_left()
            self._deliver(at)
        self._later(at + _EXPIRE_EVERY, self._expire)

    def _forget_who_left(self) -> None:
        """Who stayed silent too often is not searched for any more."""
        for person in list(self._searching):
            profile_id = self._ids[person]
            if not Seat.objects.filter(pk=profile_id).exists() and not PoolEntry.objects.filter(pk=profile_id).exists():
                del self._searching[person]

    def _deliver(self, at: float) -> None:
        """What the sender would have done: everybody gets their proposals, and will answer them or not."""
        for match in Match.objects.filter(pk__gt=self._seen_match).order_by("pk"):
            self._seen_match = match.pk
            self.happened.proposals += 1
            self.happened.to_listeners += match.listener_id is not None
            for profile_id in (match.a_id, match.b_id):
                self._proposed(match, profile_id, at + _DELIVERED_AFTER)
        # What is told is not read by anybody here, and must not count as still to be told.
        OutboxMessage.objects.filter(state=OutboxMessage.State.PENDING).delete()

    def _proposed(self, match: Match, profile_id: int, at: float) -> None:
        person = self._numbers[profile_id]
        search = self._searching.get(person)
        if search is not None and search.proposed is None:
            search.proposed, search.score = at, match.score
        self._later(at, lambda now: self._record_delivery(match, profile_id, now))
        answer = self._behaviour.answer(score=match.score, listens=match.listener_id == profile_id)
        if answer is not None:
            kind, after = answer
            respond = self._accept if kind == "accept" else self._skip
            self._later(at + after, lambda now: respond(match, person, now))

    def _record_delivery(self, match: Match, profile_id: int, at: float) -> None:
        with transaction.atomic():
            matching.record_proposal_delivery(match_id=match.pk, profile_id=profile_id, now=self._time(at))

    def _accept(self, match: Match, person: int, at: float) -> None:
        with suppress(DomainError):
            if chat.accept(match_id=match.pk, profile_id=self._ids[person], now=self._time(at)):
                self._later(at + self._behaviour.talks_for(), lambda now: self._end(match, now))
                for profile_id in (match.a_id, match.b_id):
                    self._searching.pop(self._numbers[profile_id], None)

    def _skip(self, match: Match, person: int, at: float) -> None:
        with suppress(DomainError):
            matching.skip(match_id=match.pk, profile_id=self._ids[person], now=self._time(at))
            self._changed_at = at
            self._deliver(at)
            listened = match.listener_id == self._ids[person]
            self._searching.pop(person, None)
            if not listened and self._behaviour.searches_on():
                self._later(at + 5.0, lambda now: self._search(person, now))

    def _end(self, match: Match, at: float) -> None:
        session = ChatSession.objects.filter(Q(ended_at=None), match=match).first()
        if session is not None:
            chat.end(session_id=session.pk, profile_id=match.a_id, now=self._time(at))
