"""What matching says: answers to who just acted, and notifications to who did not."""

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone, translation
from django.utils.translation import gettext

from delivery.kinds import notification
from delivery.models import OutboxMessage
from delivery.outgoing import Edit, Text
from profiles.messages import help_row
from project.rendering import render

from . import queries, services, waiting


def searching(shown: waiting.Progress | waiting.Over, language: str) -> Text:
    """How a search is going, or how it ended.

    Whatever stands where another screen had a button does no harm to who taps twice.
    """
    if shown is waiting.Over.STOPPED:
        return cancelled(language)
    with translation.override(language):
        if isinstance(shown, waiting.Over):
            return Text(render("matching/search_over.html", {"how": shown.value}, language=language), [help_row()])
        html = render("matching/searching.html", {"progress": shown}, language=language)
        if shown.called_until is None and not shown.alone:
            return Text(html, [help_row(), [_stop_button()]])
        # The same rows on all of these screens: a tap too many asks for the same again.
        return Text(html, [help_row(), [_wait_button()], [_call_button()], [_stop_button()]])


def cancelled(language: str) -> Text:
    """The answer to /cancel, whether the person was waiting or not: a lost answer is asked for again."""
    with translation.override(language):
        return Text(render("matching/cancelled.html", language=language), [[_find_button()], help_row()])


def asked_to_go_on(language: str) -> Text:
    """The answer to a skip: does the person want to go on searching?"""
    with translation.override(language):
        # A tap too many on "Skip" lands on what stands there next: that must not start a search.
        return Text(render("matching/asked_to_go_on.html", language=language), [help_row(), [_find_button()]])


def choose_topics(language: str) -> Text:
    """Too few of the person's topics are still offered; the way to choose others."""
    with translation.override(language):
        choose = (gettext("💬 Choose topics"), "profiles:change:topics")
        return Text(render("matching/topics_gone.html", language=language), [help_row(), [choose]])


def not_now(language: str) -> Text:
    """The answer to a listener's skip: that's all right, and whether to be asked at all."""
    with translation.override(language):
        stop = (gettext("Stop listening"), "profiles:listen:off")
        # A tap too many on any of these, or on what stood there before, changes nothing.
        return Text(render("matching/not_now.html", language=language), [[_when_to_ask_button()], help_row(), [stop]])


def _record_delivery(message: OutboxMessage, message_ids: Sequence[int], now: datetime) -> None:
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
    template = "matching/proposal_to_listener.html" if partner.listening else "matching/proposal.html"
    return Text(
        render(
            template,
            {"partner": partner, "called": message.params.get("called", False), "now": timezone.now()},
            language=language,
        ),
        [
            [
                (gettext("✅ Accept"), f"chat:accept:{partner.match_id}"),
                (gettext("➖ Skip"), f"chat:skip:{partner.match_id}"),
            ],
            help_row(),
        ],
    )


def _keep_up_to_date(message: OutboxMessage, message_ids: Sequence[int], now: datetime) -> None:
    shown = waiting.progress(profile_id=message.recipient_id, now=now)
    waiting.adopt(profile_id=message.recipient_id, message_id=message_ids[0], shown=shown, now=now)


def _keep_up_to_date_again(message: OutboxMessage, message_ids: Sequence[int], now: datetime) -> None:
    waiting.adopt_again(profile_id=message.recipient_id, message_id=message_ids[0], now=now)


@notification(waiting.EDIT, sent=_keep_up_to_date_again)
def search(message: OutboxMessage) -> Edit:
    """The message of a search as it is true now, not as it was when the edit was asked for."""
    about = {"message_id": message.params["message"], "profile_id": message.recipient_id}
    shown = waiting.told_by(**about, now=timezone.now())
    return Edit(message.params["message"], searching(shown, message.recipient.language))


@notification("matching.call_ended")
def call_ended(message: OutboxMessage) -> Text | None:
    """Nobody came before the time that was promised; nothing where the person searches again."""
    if not queries.is_idle(profile_id=message.recipient_id):
        return None
    return Text(render("matching/call_ended.html", language=message.recipient.language), [help_row(), [_find_button()]])


@notification("matching.requeued", sent=_keep_up_to_date)
def requeued(message: OutboxMessage) -> Text | None:
    """The other person skipped, stayed silent or left; this one keeps their place in front."""
    return _while_searching(message, "matching/requeued.html")


@notification("matching.missed", sent=_keep_up_to_date)
def missed(message: OutboxMessage) -> Text | None:
    """The person stayed silent, and the search goes on."""
    return _while_searching(message, "matching/missed.html")


@notification("matching.left_pool")
def left_pool(message: OutboxMessage) -> Text | None:
    """The person stayed silent too often and is not searched for any more; nothing if they have come back meanwhile."""
    if not queries.is_idle(profile_id=message.recipient_id):
        return None
    return Text(render("matching/left_pool.html", language=message.recipient.language), [help_row(), [_find_button()]])


@notification("matching.not_shown")
def not_shown(message: OutboxMessage) -> Text | None:
    """A proposal could not be shown to the person, and their search was stopped; nothing if they have come back."""
    if not queries.is_idle(profile_id=message.recipient_id):
        return None
    html = render("matching/not_shown.html", language=message.recipient.language)
    return Text(html, [help_row(), [_find_button()]])


@notification("matching.listener_not_needed")
def listener_not_needed(message: OutboxMessage) -> Text | None:
    """The proposal to a listener is over; nothing where they never saw it, or are in something else by now."""
    about = {"match_id": message.params["match"], "profile_id": message.recipient_id}
    # Who said yes has seen it, even where its sender died before it could write that down.
    accepted = queries.accepted(**about)
    knows = accepted or queries.was_shown_proposal(**about)
    if not knows or not queries.is_idle(profile_id=message.recipient_id):
        return None
    context = {"accepted": accepted}
    html = render("matching/listener_not_needed.html", context, language=message.recipient.language)
    return Text(html, [[_when_to_ask_button()], help_row()])


@notification("matching.rules_changed")
def rules_changed(message: OutboxMessage) -> Text | None:
    """The rules were changed while the person waited; nothing if they have agreed and search again."""
    if not queries.is_idle(profile_id=message.recipient_id):
        return None
    return Text(render("matching/rules_changed.html", language=message.recipient.language), [help_row()])


@notification("matching.topics_gone")
def topics_gone(message: OutboxMessage) -> Text | None:
    """Too few of the person's topics are still offered; nothing if they have chosen others and search again."""
    if not queries.is_idle(profile_id=message.recipient_id):
        return None
    return choose_topics(message.recipient.language)


def _while_searching(message: OutboxMessage, template: str) -> Text | None:
    if not queries.is_searching(profile_id=message.recipient_id):
        return None
    return Text(render(template, language=message.recipient.language), [help_row(), [_stop_button()]])


def _find_button() -> tuple[str, str]:
    return gettext("🔎 Find someone"), "matching:find"


def _when_to_ask_button() -> tuple[str, str]:
    return gettext("🌙 When to ask me"), "profiles:listen"


def _wait_button() -> tuple[str, str]:
    return gettext("⏳ Keep waiting"), "matching:wait"


def _call_button() -> tuple[str, str]:
    return gettext("🔔 Call me when someone comes"), "matching:call"


def _stop_button() -> tuple[str, str]:
    return gettext("Stop searching"), "matching:cancel"
