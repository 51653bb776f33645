"""Answering a proposal through the HTTP API."""

from typing import Literal

from django.utils import timezone
from ninja import Field, Router, Schema

from matching import proposals
from matching import services as matching
from project.problems import INVALID, of_error
from project.signed_calls import SignedRequest, signed

from . import services

router = Router(tags=["chat"])

PROBLEMS = (
    of_error(matching.RulesChanged, "The rules have changed; the person has to agree to them, in Telegram."),
    of_error(proposals.NotYours, "There is no such proposal for this person."),
    of_error(proposals.TooLate, "The proposal is over."),
)


class Answer(Schema):
    """The answer to a proposal."""

    match_id: int = Field(strict=True, ge=1, lt=2**63)
    action: Literal["accept", "decline"]


class Outcome(Schema):
    """What became of the proposal: `proposed` while the other person has not answered."""

    state: Literal["proposed", "active", "declined"]


@router.post(
    "/match/confirm",
    response={200: Outcome},
    openapi_extra=signed(INVALID, *PROBLEMS),
    summary="Accept or decline a proposal",
)
def confirm(request: SignedRequest, answer: Answer) -> Outcome:
    """Accept or decline a proposal. The same answer a second time gets the same outcome."""
    now = timezone.now()
    if answer.action == "decline":
        matching.skip(match_id=answer.match_id, profile_id=request.auth, now=now)
        return Outcome(state="declined")
    both = services.accept(match_id=answer.match_id, profile_id=request.auth, now=now)
    return Outcome(state="active" if both else "proposed")
