"""Show: whatever people, the workers and the clock do, in any order and at once, everybody is in one valid place.

Each step lets up to four things happen at the same moment, on connections of their own; then the tables are read.
MATCHING_EXAMPLES and MATCHING_STEPS make it longer.
"""

import os
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any, ClassVar, NamedTuple

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from chat.queries import Whereabouts
from matching.models import Match, PoolEntry, Seat
from profiles.models import Profile
from tests.base import person

from . import invariants
from .scenes import NOON, proposal_of
from .street import ACTS, WHO, Crew, Street, places_of_all

EXAMPLES = int(os.environ.get("MATCHING_EXAMPLES", "6"))
STEPS = int(os.environ.get("MATCHING_STEPS", "50"))

# How often each happens: mostly what leads on.
_OFTEN = Counter(
    {"find": 12, "accept": 12, "send": 12, "end": 3, "skip": 2, "sweep": 2, "pair_up": 2, "block": 2, "lift": 2}
)
NAMES = [name for name in ACTS for _ in range(_OFTEN.get(name, 1))]
_WHO = st.integers(0, len(WHO) - 1)
_NAME = st.sampled_from(NAMES)
_ACTS = st.one_of(
    st.lists(st.tuples(_NAME, _WHO, st.integers(0, 3)), min_size=2, max_size=4),
    # Several do the same.
    st.tuples(_NAME, st.lists(_WHO, min_size=2, max_size=4)).map(
        lambda drawn: [(drawn[0], who, 2) for who in drawn[1]]
    ),
    # One does several things, or all of them come twice.
    st.tuples(_WHO, st.lists(_NAME, min_size=2, max_size=4)).map(
        lambda drawn: [(name, drawn[0], 0) for name in drawn[1]]
    ),
)
# Mostly none; sometimes the time that a proposal lasts, a day or more, or a clock that jumps an hour to and fro.
_PAUSES = st.sampled_from([*[0] * 14, 1, 10, 40, 301, 601, 3_700, -3_700, 90_000, 300_000])


_SETTINGS = settings(
    max_examples=EXAMPLES,
    stateful_step_count=STEPS,
    deadline=None,
    database=None,
    derandomize="MATCHING_EXAMPLES" not in os.environ,
    # What depends on who was quicker can't be made smaller by trying again.
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


class Matching(RuleBasedStateMachine):
    """Everything that may happen."""

    crew: ClassVar[Crew]

    def __init__(self) -> None:
        super().__init__()
        self.street = Street(self.crew)

    @rule(seconds=_PAUSES, acts=_ACTS, sent=st.integers(0, 3))
    def something_happens(self, seconds: int, acts: list[tuple[str, int, int]], sent: int) -> None:
        """A while later, some acts in the same moment; every now and then, everybody reads all that they were told."""
        if seconds:
            self.street.clock_moves(timedelta(seconds=seconds))
        self._look_at_tables_after(acts)
        if sent == 0:
            self._look_at_chats()

    def teardown(self) -> None:
        """However it went, the workers bring it to a good end."""
        self.street.clock_moves(timedelta(minutes=20))
        for _ in range(3):
            self._look_at_tables_after([("expire", 0, 0)])
            self._look_at_tables_after([("sweep", 0, 0)])
        self._look_at_chats()
        self._look(self._nobody_waits_in_vain)

    def _look_at_tables_after(self, acts: list[tuple[str, int, int]]) -> None:
        before = invariants.Before.now()
        self._look(lambda: self.street.together(acts))
        self._look(lambda: invariants.check(latest=self.street.latest))
        self._look(lambda: invariants.check_since(before, now=self.street.now))

    def _look_at_chats(self) -> None:
        """Nothing is on its way any more: everybody knows where they stand."""
        self._look(self.street.everything_is_sent)
        self._look(lambda: invariants.check(latest=self.street.latest))
        self._look(self._everybody_knows)

    def _everybody_knows(self) -> None:
        places = places_of_all()
        for profile in self.street.people:
            place, known = places.get(profile.pk, Whereabouts.IDLE), self.street.known[profile.pk]
            assert place in known, f"{profile.pk} is {place} and was told {sorted(known)}"

    def _nobody_waits_in_vain(self) -> None:
        now = self.street.now
        for entry in PoolEntry.objects.in_good_standing(now):
            allowed = PoolEntry.objects.in_good_standing(now).allowed_with(entry, now)
            assert not allowed.exists(), f"{entry.pk} waits, and so does {allowed[0].pk}"

    def _look(self, at: Callable[[], object]) -> None:
        try:
            at()
        except AssertionError as error:
            # Threads may not do the same again: this is all there is to go by.
            error.add_note("\n".join(self.street.log[-40:]))
            raise


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(0 if "MATCHING_EXAMPLES" in os.environ else 180)
def test_anything_in_any_order_and_at_once() -> None:
    """M1, M2, M5, M6: one place for everybody, no proposal that is not allowed, no deadlock, everybody knows."""
    Matching.crew = Crew(4)
    try:
        run_state_machine_as_test(Matching, settings=_SETTINGS)
    finally:
        Matching.crew.leave()


class Cast(NamedTuple):
    """Mira and Oleh have an open proposal, Ada has none."""

    mira: Profile
    oleh: Profile
    ada: Profile


def _match_between(one: Profile, other: Profile, **different: object) -> Match:
    columns: dict[str, object] = {
        "score": 0, "topic_overlap": 0, "time_overlap": 0, "helpfulness": 0,
        "since_a": NOON, "since_b": NOON, "expires_at": NOON,
    }  # fmt: skip
    return Match.objects.create(a=one, b=other, **columns | different)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "bad",
    [
        lambda cast: _match_between(cast.mira, cast.mira),
        lambda cast: _match_between(cast.oleh, cast.mira),
        lambda cast: _match_between(cast.mira, cast.oleh, listener=cast.ada),
        lambda cast: _match_between(cast.mira, cast.oleh, state="active", accepted_a_at=NOON),
        lambda cast: Seat.objects.create(profile=cast.ada, match_id=404),
        lambda cast: Seat.objects.bulk_create([Seat(profile=cast.ada)]),
        lambda cast: Seat.objects.create(profile=cast.mira, match=_match_between(cast.mira, cast.ada)),
        lambda cast: Seat.objects.create(profile=cast.ada, match=_match_between(cast.mira, cast.oleh)),
        lambda cast: Seat.objects.create(
            profile=cast.ada, match=_match_between(cast.mira, cast.ada, state="expired", closed_at=NOON)
        ),
        lambda cast: Seat.objects.create(profile=_waiting(cast.ada), match=_match_between(cast.mira, cast.ada)),
        lambda cast: PoolEntry.objects.bulk_create([_entry(cast.mira)]),
        lambda cast: PoolEntry.objects.bulk_create([_entry(cast.ada), _entry(cast.ada)]),
        lambda cast: PoolEntry.objects.bulk_create([_entry(cast.ada, language_mask=0)]),
    ],
    ids=[
        "with oneself", "the wrong way round", "a third one listens", "one has not accepted", "a seat nowhere",
        "a seat in nothing", "a second seat", "a seat with strangers", "a seat in what is over",
        "a seat for who waits", "waiting beside a seat", "twice in the pool", "without a language",
    ],
)  # fmt: skip
def test_the_database_itself_refuses(bad: Callable[[Cast], object]) -> None:
    """M1, M5: whatever is in the code, these can't be written."""
    cast = Cast(person("Мира"), person("Олег"), person("Ада"))
    proposal_of(cast.mira, cast.oleh)
    with pytest.raises(IntegrityError), transaction.atomic():
        _write(bad, cast)


def _write(bad: Callable[[Cast], object], cast: Cast) -> None:
    bad(cast)
    # What is judged at the end of a transaction is judged now.
    connection.check_constraints()


def _waiting(profile: Profile) -> Profile:
    _entry(profile).save()
    return profile


def _entry(profile: Profile, **different: object) -> PoolEntry:
    columns: dict[str, Any] = {"topic_mask": 3, "language_mask": 1, "utc_offset": 180, "helpfulness": 0.5}
    return PoolEntry(profile=profile, since=NOON, **columns | different)
