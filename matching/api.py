"""Searching through the HTTP API. Answering a proposal belongs to the chat."""

from datetime import datetime
from typing import Literal

from django.utils import timezone
from ninja import Field, Router, Schema

from project.problems import Problem, Refused, of_error
from project.signed_calls import SignedRequest, signed

from . import queries, services

router = Router(tags=["matching"])

ALREADY_WAITING = Problem(409, "The person is already searching, and nobody is free yet.", "already-waiting")
PROBLEMS = (
    of_error(services.IncompleteProfile, "The person has not finished their profile; only they can, in Telegram."),
    of_error(services.TopicsGone, "The person has to choose their topics anew, in Telegram."),
    of_error(services.RulesChanged, "The rules have changed; the person has to agree to them, in Telegram."),
    of_error(services.Suspended, "The person is paused by a moderator."),
    of_error(services.AlreadyProposed, "The person has an open proposal."),
    of_error(services.AlreadyTalking, "The person is in a conversation."),
    ALREADY_WAITING,
)


class Search(Schema):
    """Where a search stands. The person hears of it in Telegram as well."""

    state: Literal["waiting", "proposed"]
    since: datetime = Field(description="Since when the person has been searching.")
    expected_wait: int | None = Field(description="Seconds until there is a proposal; null where nobody can tell.")
    match_id: int | None = Field(description="What `/match/confirm` answers, once there is a proposal.")


@router.post("/match/find", response={202: Search}, openapi_extra=signed(*PROBLEMS), summary="Search for a partner")
def find(request: SignedRequest) -> Search:
    """Search for somebody to talk with: at once, and by waiting where nobody is free."""
    now = timezone.now()
    found = services.find(profile_id=request.auth, now=now)
    if found.proposed:
        return Search(state="proposed", since=found.since, expected_wait=0, match_id=found.match_id)
    if found.already:
        raise Refused(ALREADY_WAITING)
    wait = queries.expected_wait(profile_id=request.auth, now=now)
    # Nobody is there at this moment: it takes at least as long as the bot would say.
    seconds = None if wait is None else max(60, round(wait.total_seconds()))
    return Search(state="waiting", since=found.since, expected_wait=seconds, match_id=None)
