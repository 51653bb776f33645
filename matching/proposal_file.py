"""One proposal on one screen, as evaluated values: how good it was thought to be, and what became of it (M9, D1)."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from profiles.models import Profile

from .models import Match
from .scoring import Score

# Scores are stored as floats; weights that were changed since move them by more.
_SAME = 1e-6


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a score: its value in [0, 1], its weight, and what it brings to the total."""

    name: str
    value: float
    weight: float

    @property
    def brings(self) -> float:
        """Weight times value."""
        return self.weight * self.value

    @property
    def percent(self) -> str:
        """The value as CSS writes it."""
        return f"{100 * self.value:.1f}"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a proposal; `who` where it was one of the two."""

    at: datetime
    what: str
    who: str = ""


@dataclass(frozen=True, slots=True)
class ProposalFile:
    """A proposal with the parts of its score and what happened, in order.

    `weights_changed`: the weights of today do not give the score that the proposal was made with.
    """

    match: Match
    people: tuple[Profile, Profile]
    parts: list[Part]
    weights_changed: bool
    events: list[Event]


def proposal_file(match_id: int) -> ProposalFile | None:
    """The file of a proposal; None where there is no such proposal."""
    match = Match.objects.select_related("a", "b", "declined_by", "listener").filter(pk=match_id).first()
    if match is None:
        return None
    weights = settings.MATCH_WEIGHTS
    score = Score(match.topic_overlap, match.time_overlap, match.helpfulness)
    return ProposalFile(
        match=match,
        people=(match.a, match.b),
        parts=[
            Part("Topics in common", score.topic_overlap, weights["topic"]),
            Part("Hours in common", score.time_overlap, weights["time"]),
            Part("Helpfulness", score.helpfulness, weights["helpfulness"]),
        ],
        weights_changed=not math.isclose(score.total, match.score, abs_tol=_SAME),
        events=sorted(_events(match), key=lambda event: event.at),
    )


def _events(match: Match) -> Iterator[Event]:
    for person, side in ((match.a, "a"), (match.b, "b")):
        began = "is ready to listen" if match.listener_id == person.pk else "searches"
        yield Event(getattr(match, f"since_{side}"), began, str(person))
    yield Event(match.created_at, "Proposed to each other")
    for person, side in ((match.a, "a"), (match.b, "b")):
        if delivered_at := getattr(match, f"delivered_{side}_at"):
            yield Event(delivered_at, "gets the proposal", str(person))
        if accepted_at := getattr(match, f"accepted_{side}_at"):
            yield Event(accepted_at, "accepts", str(person))
    if match.closed_at is not None:
        yield _ending(match, match.closed_at)


def _ending(match: Match, at: datetime) -> Event:
    if match.state == Match.State.DECLINED:
        return Event(at, "skips", str(match.declined_by or "Somebody who was erased"))
    return Event(at, "The conversation ends" if match.state == Match.State.COMPLETED else "Expires")
