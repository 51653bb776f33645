"""Answering a proposal, and talking, through the HTTP API."""

from typing import Annotated, Literal

from django.utils import timezone
from ninja import Field, Router, Schema
from pydantic import StringConstraints

from matching import proposals
from matching import services as matching
from project.problems import INVALID, of_error
from project.signed_calls import SignedRequest, signed

from . import admission, services

# As long as a message in Telegram may be.
_LONGEST_TEXT = 4096

TelegramId = Annotated[int, Field(strict=True, ge=1, lt=2**53)]

router = Router(tags=["chat"])

PROBLEMS = (
    of_error(matching.RulesChanged, "The rules have changed; the person has to agree to them, in Telegram."),
    of_error(proposals.NotYours, "There is no such proposal for this person."),
    of_error(proposals.TooLate, "The proposal is over."),
    of_error(services.NoSession, "The person is in no conversation, or is being asked something else."),
    of_error(admission.ShowsItsWriter, "The text could show who its writer is; they have to confirm it."),
    of_error(
        admission.NotYetItsTurn,
        "Something that the partner must read first is still on its way; try again in a moment.",
    ),
    of_error(admission.TooFast, "The person writes too much; wait as long as the header Retry-After says."),
)
_OF_PROPOSALS, _OF_CONVERSATIONS = PROBLEMS[:3], PROBLEMS[3:]


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
    openapi_extra=signed(INVALID, *_OF_PROPOSALS),
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


class Written(Schema):
    """A text of this person's to their partner; `confirmed`: they want to send it whatever it shows of them."""

    from_user: TelegramId
    text: Annotated[str, StringConstraints(strict=True, min_length=1, max_length=_LONGEST_TEXT)]
    confirmed: bool = Field(default=False, strict=True)


class Partner(Schema):
    """To whom the caller sends the text now."""

    peer_tg_id: int


@router.post(
    "/chat/relay",
    response={200: Partner},
    openapi_extra=signed(INVALID, *_OF_CONVERSATIONS),
    summary="Let a text go to the partner",
)
def relay(request: SignedRequest, written: Written) -> Partner:
    """Look through a text, count it, and say to whom to send it. The text is not kept."""
    peer = admission.admit(
        telegram_id=written.from_user, text=written.text, confirmed=written.confirmed, now=timezone.now()
    )
    return Partner(peer_tg_id=peer)


class Leaving(Schema):
    """Who wants to end their conversation."""

    user_id: TelegramId


class Ended(Schema):
    """The conversation that is over now: the match it came from, and who is told in Telegram."""

    peer_tg_id: int
    match_id: int


@router.post(
    "/chat/end",
    response={200: Ended},
    openapi_extra=signed(INVALID, _OF_CONVERSATIONS[0]),
    summary="End the conversation",
)
def end(request: SignedRequest, leaving: Leaving) -> Ended:
    """End the conversation that the person is in; the partner is told, as by /end."""
    ended = services.end_current(profile_id=request.auth, now=timezone.now())
    return Ended(peer_tg_id=ended.peer_telegram_id, match_id=ended.match_id)
