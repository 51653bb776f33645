"""What is said around a conversation; the conversation itself is only ever copied."""

from math import ceil

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext, override

from delivery.kinds import notification
from delivery.models import OutboxMessage
from delivery.outgoing import Rows, Text
from profiles.messages import help_row
from profiles.models import Profile
from project.rendering import render

from . import farewells, queries
from .copies import live_session
from .queries import Whereabouts

# The reaction on a message that did not reach the partner; one of those that Telegram lets bots give.
UNSENT_MARK = "🙊"


@notification("chat.connected")
def connected(row: OutboxMessage) -> Text | None:
    """You are connected with …; nothing once the conversation is over."""
    session = live_session(row)
    if session is None:
        return None
    partner = Profile.objects.get(pk=session.peer_of(row.recipient_id))
    html = render("chat/connected.html", {"partner": partner.nickname}, language=row.recipient.language)
    return Text(html)


@notification("chat.ended")
def ended(row: OutboxMessage) -> Text:
    """The partner ended it, or is gone; the session itself may be gone with them."""
    about = farewells.About(row.params["session"], row.recipient_id, timezone.now(), row.recipient.language)
    return farewells.ended(about, ending=row.params["ending"])


@notification("chat.idle_soon")
def idle_soon(row: OutboxMessage) -> Text | None:
    """Nobody has written for long, and when it will be closed; nothing where somebody has, or it is over."""
    session = live_session(row)
    if session is None or session.reminded_at is None or session.reminded_at < session.silent_since:
        return None
    until = max(session.silent_since + settings.SESSION_IDLE, session.reminded_at + settings.SESSION_IDLE_REMINDER)
    reader = Profile.objects.get(pk=row.recipient_id)
    context = {"until": until, "timezone": reader.timezone}
    return Text(render("chat/idle_soon.html", context, language=row.recipient.language), [help_row()])


@notification("chat.waiting_long")
def waiting_long(row: OutboxMessage) -> Text | None:
    """The partner has not answered for a while: wait on, or look for somebody else? Nothing where they have."""
    session = live_session(row)
    if session is None or session.last_message_by_id != row.recipient_id:
        return None
    rows = [
        help_row(),
        [(gettext("🔎 End it and find someone"), f"chat:switch:{session.pk}")],
        [(gettext("⏳ Keep waiting"), f"chat:stay:{session.pk}")],
    ]
    return Text(render("chat/waiting_long.html", language=row.recipient.language), rows)


@notification("chat.both_meet_again")
def both_meet_again(row: OutboxMessage) -> Text | None:
    """Both would meet again; nothing where one of them would not any more, or they have met meanwhile."""
    partner = queries.whom_to_meet_again(
        session_id=row.params["session"], profile_id=row.recipient_id, now=timezone.now()
    )
    if partner is None:
        return None
    html = render("chat/both_meet_again.html", {"partner": partner}, language=row.recipient.language)
    return Text(html, farewells.way_on())


@notification("chat.unsent")
def unsent(row: OutboxMessage) -> Text:
    """Some messages could not reach the partner any more: said in answer to the first of them."""
    context = {"count": row.params["count"], "why": row.params.get("why", "")}
    html = render("chat/unsent.html", context, language=row.recipient.language)
    return Text(html, reply_to=row.params.get("message"))


def accepted(*, match_id: int, both: bool, language: str) -> Text:
    """You said yes; the partner may still have to."""
    html = render("chat/accepted.html", {"both": both}, language=language)
    with override(language):
        label = gettext("🤝 Connecting you…") if both else gettext("⏳ Waiting for their answer")
        back = [] if both else [(gettext("↩️ Take my yes back"), f"chat:back:{match_id}")]
        # A tap too many on "Accept" lands on what stands there next: it says yes once more, and shows how it stands.
        return Text(html, [[(label, f"chat:accept:{match_id}")], [*help_row(), *back]])


def end_question(*, session_id: int, on_the_way: int, language: str) -> Text:
    """End it, or stay? `on_the_way`: how many messages of theirs would not arrive any more."""
    with override(language):
        buttons = [
            [(gettext("🚪 End the conversation"), f"chat:end:{session_id}")],
            [(gettext("💬 Keep talking"), f"chat:stay:{session_id}")],
            help_row(),
        ]
    return Text(render("chat/end_question.html", {"on_the_way": on_the_way}, language=language), buttons)


def stayed(*, session_id: int, language: str) -> Text:
    """The conversation goes on."""
    with override(language):
        # A tap too many on "Keep talking" or "Keep waiting" lands on the same answer, not on 🆘.
        rows = [help_row(), [(gettext("💬 Keep talking"), f"chat:stay:{session_id}")]]
        return Text(render("chat/stayed.html", language=language), rows)


def hint(*, whereabouts: Whereabouts, language: str) -> Text:
    """What to do, for a message that goes nowhere."""
    with override(language):
        buttons: Rows = farewells.way_on() if whereabouts is Whereabouts.IDLE else [help_row()]
    return Text(render("chat/hint.html", {"whereabouts": whereabouts.value}, language=language), buttons)


def stale_button(*, language: str) -> str:
    """For a tap on a button of long ago."""
    with override(language):
        return gettext("This button is from an old message and does nothing any more.")


def too_fast(*, seconds: int, language: str) -> Text:
    """More than fits into a minute: what is marked was not sent."""
    limit = settings.RELAY_MESSAGES_PER_MINUTE
    values = {"seconds": seconds, "limit": limit, "pace": ceil(60 / limit), "mark": UNSENT_MARK}
    return Text(render("chat/too_fast.html", values, language=language))


def went_to_partner(*, language: str) -> Text:
    """An answer to the partner in the middle of a question about oneself: it was for them."""
    return Text(render("chat/went_to_partner.html", language=language))


def refused(*, reason: str, language: str) -> Text:
    """Why this message was not passed on: a reason of kinds.py, or what templates/chat/refused.html has besides."""
    return Text(render("chat/refused.html", {"reason": reason}, language=language))


def words_unsent(*, command: str, language: str) -> Text:
    """What stands behind a command (its name without "/") reached nobody."""
    return Text(render("chat/words_unsent.html", {"command": command}, language=language))


def unchanged(*, reason: str, language: str, seconds: int = 0) -> Text:
    """Why the partner does not see an edit: one of `changes.Unchanged`; too fast a one may come again in `seconds`."""
    return Text(render("chat/unchanged.html", {"reason": reason, "seconds": seconds}, language=language))


def undeleted(*, reason: str, language: str) -> Text:
    """Why a /del deleted nothing: one of `changes.Undeleted`."""
    return Text(render("chat/undeleted.html", {"reason": reason}, language=language))
