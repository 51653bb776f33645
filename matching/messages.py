"""What matching says: answers to who just acted, and notifications to who did not."""

from datetime import datetime

from django.utils import timezone, translation
from django.utils.translation import gettext

from delivery.kinds import notification
from delivery.models import OutboxMessage
from delivery.outgoing import Text
from project.rendering import render

from . import queries, services

_SOS = ("🆘", "safety:sos")


def searching(found: services.Found, language: str) -> Text:
    """The answer to a search; where there is a proposal already, it comes in a message of its own."""
    with translation.override(language):
        if found.proposed:
            return Text(render("matching/found.html", language=language), [[_SOS]])
        return Text(
            render("matching/searching.html", language=language),
            [[_stop_button(), _SOS]],
        )


def cancelled(language: str) -> Text:
    """The answer to /cancel, whether the person was waiting or not: a lost answer is asked for again."""
    with translation.override(language):
        return Text(render("matching/cancelled.html", language=language), [[_find_button(), _SOS]])


def asked_to_go_on(language: str) -> Text:
    """The answer to a skip: does the person want to go on searching?"""
    with translation.override(language):
        return Text(render("matching/asked_to_go_on.html", language=language), [[_find_button(), _SOS]])


def _record_delivery(message: OutboxMessage, now: datetime) -> None:
    services.record_proposal_delivery(match_id=message.params["match"], profile_id=message.recipient_id, now=now)


def _withdraw(message: OutboxMessage, now: datetime) -> None:
    services.withdraw_proposal(match_id=message.params["match"], profile_id=message.recipient_id, now=now)


@notification("matching.proposal", sent=_record_delivery, unsent=_withdraw)
def proposal(message: OutboxMessage) -> Text | None:
    """Who the person is proposed to, with the two buttons; nothing once the proposal is over."""
    language = message.recipient.language
    partner = queries.introduction(match_id=message.params["match"], to=message.recipient_id, language=language)
    if partner is None:
        return None
    return Text(
        render("matching/proposal.html", {"partner": partner, "now": timezone.now()}, language=language),
        [
            [
                (gettext("✅ Accept"), f"chat:accept:{partner.match_id}"),
                (gettext("➖ Skip"), f"chat:skip:{partner.match_id}"),
            ],
            [_SOS],
        ],
    )


@notification("matching.requeued")
def requeued(message: OutboxMessage) -> Text | None:
    """The other person skipped, stayed silent or left; this one keeps their place in front."""
    return _while_searching(message, "matching/requeued.html")


@notification("matching.missed")
def missed(message: OutboxMessage) -> Text | None:
    """The person stayed silent, and the search goes on."""
    return _while_searching(message, "matching/missed.html")


@notification("matching.left_pool")
def left_pool(message: OutboxMessage) -> Text | None:
    """The person stayed silent too often and is not searched for any more; nothing if they have come back meanwhile."""
    if not queries.is_idle(profile_id=message.recipient_id):
        return None
    return Text(render("matching/left_pool.html", language=message.recipient.language), [[_find_button(), _SOS]])


def _while_searching(message: OutboxMessage, template: str) -> Text | None:
    if not queries.is_searching(profile_id=message.recipient_id):
        return None
    return Text(render(template, language=message.recipient.language), [[_stop_button(), _SOS]])


def _find_button() -> tuple[str, str]:
    return gettext("🔎 Find someone"), "matching:find"


def _stop_button() -> tuple[str, str]:
    return gettext("Stop searching"), "matching:cancel"
