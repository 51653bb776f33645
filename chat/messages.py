"""What is said around a conversation; the conversation itself is only ever copied."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext, override

from delivery.kinds import notification
from delivery.metrics import possibly_doubled
from delivery.models import OutboxMessage
from delivery.outgoing import Copy, Rows, Text
from profiles.messages import help_row
from profiles.models import Profile
from project.rendering import render

from . import metrics, queries, services
from .models import ChatSession
from .queries import Whereabouts


def _afterwards(*, again: int | None = None) -> Rows:
    """What to do after a conversation; with its number `again`, also to meet its partner again."""
    # A tap too many, where "End" stood, must not start a search.
    rows = [help_row(), [(gettext("🔎 Find someone"), "matching:find")]]
    return rows if again is None else [*rows, [(gettext("🤝 Meet again"), f"chat:again:{again}")]]


def _live(row: OutboxMessage) -> ChatSession | None:
    """The conversation that the notification is about, while it goes on."""
    return ChatSession.objects.filter(pk=row.params["session"], ended_at__isnull=True).first()


@notification("chat.connected")
def connected(row: OutboxMessage) -> Text | None:
    """You are connected with …; nothing once the conversation is over."""
    session = _live(row)
    if session is None:
        return None
    partner = Profile.objects.get(pk=session.peer_of(row.recipient_id))
    html = render("chat/connected.html", {"partner": partner.nickname}, language=row.recipient.language)
    return Text(html)


@notification("chat.ended")
def ended(row: OutboxMessage) -> Text:
    """The partner ended it, or is gone; the session itself may be gone with them."""
    html = render("chat/ended.html", {"ending": row.params["ending"]}, language=row.recipient.language)
    session_id = row.params["session"]
    offered = queries.may_meet_again(session_id=session_id, profile_id=row.recipient_id, now=timezone.now())
    return Text(html, _afterwards(again=session_id if offered else None))


@notification("chat.both_meet_again")
def both_meet_again(row: OutboxMessage) -> Text | None:
    """Both would meet again; nothing where one of them would not any more, or they have met meanwhile."""
    partner = queries.whom_to_meet_again(
        session_id=row.params["session"], profile_id=row.recipient_id, now=timezone.now()
    )
    if partner is None:
        return None
    html = render("chat/both_meet_again.html", {"partner": partner}, language=row.recipient.language)
    return Text(html, _afterwards())


@notification("chat.unsent")
def unsent(row: OutboxMessage) -> Text:
    """Some messages could not reach the partner any more."""
    return Text(render("chat/unsent.html", {"count": row.params["count"]}, language=row.recipient.language))


def _count(row: OutboxMessage, now: datetime) -> None:
    metrics.relayed_messages.labels(kind="text").inc()
    if row.possibly_doubled:
        possibly_doubled.inc()


@notification("chat.relay", sent=_count, unsent=services.tell_message_unsent)
def relay(row: OutboxMessage) -> Copy | None:
    """A message that waited for its turn; nothing once the conversation is over."""
    if _live(row) is None:
        return None
    sender = Profile.objects.select_related("recipient").get(pk=row.params["sender"])
    return Copy(from_telegram_id=sender.recipient.telegram_id, message_id=row.params["message"])


def accepted(*, match_id: int, both: bool, language: str) -> Text:
    """You said yes; the partner may still have to."""
    html = render("chat/accepted.html", {"both": both}, language=language)
    with override(language):
        back = [] if both else [[(gettext("↩️ Take my yes back"), f"chat:back:{match_id}")]]
        # A tap too many on "Accept" lands on what stands there next: that must not take the yes back.
        return Text(html, [help_row(), *back])


def end_question(*, session_id: int, language: str) -> Text:
    """End it, or stay?"""
    with override(language):
        buttons = [
            [(gettext("🚪 End the conversation"), f"chat:end:{session_id}")],
            [(gettext("💬 Keep talking"), f"chat:stay:{session_id}")],
            help_row(),
        ]
    return Text(render("chat/end_question.html", language=language), buttons)


def farewell(*, ended_by_me: bool, language: str, again: int | None = None) -> Text:
    """The conversation is over, for the one who ended it; `again` is its number where they may meet again."""
    html = render("chat/farewell.html", {"ended_by_me": ended_by_me}, language=language)
    with override(language):
        return Text(html, _afterwards(again=again))


def already_over(*, language: str) -> Text:
    """For who wants to keep talking where there is no conversation any more."""
    html = render("chat/farewell.html", {"ended_by_me": False}, language=language)
    with override(language):
        # Not what a farewell has else: a tap too many on "Keep talking" must not start a search.
        return Text(html, [help_row()])


def remembered(*, language: str) -> Text:
    """The wish to meet again is noted. The same whatever the partner thinks of it (S2)."""
    with override(language):
        return Text(render("chat/remembered.html", language=language), _afterwards())


def stayed(*, language: str) -> Text:
    """The conversation goes on."""
    with override(language):
        return Text(render("chat/stayed.html", language=language), [help_row()])


def hint(*, whereabouts: Whereabouts, language: str) -> Text:
    """What to do, for a message that goes nowhere."""
    with override(language):
        buttons: Rows = _afterwards() if whereabouts is Whereabouts.IDLE else [help_row()]
    return Text(render("chat/hint.html", {"whereabouts": whereabouts.value}, language=language), buttons)


def stale_button(*, language: str) -> str:
    """For a tap on a button of long ago."""
    with override(language):
        return gettext("This button is from an old message and does nothing any more.")


def refused(*, reason: str, language: str) -> Text:
    """Why this message was not passed on: "kind", "edit", "early", "mention", "command" or "telegram"."""
    return Text(render("chat/refused.html", {"reason": reason}, language=language))
