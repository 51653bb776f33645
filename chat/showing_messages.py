"""What is said about pictures, videos and files that wait until their receiver agrees to see them."""

from django.utils.translation import gettext, override

from delivery.kinds import notification
from delivery.models import OutboxMessage
from delivery.outgoing import Rows, Text
from profiles.messages import help_row
from project.rendering import render

from .copies import live_session
from .models import ChatSession

Media = ChatSession.Media


@notification("chat.show_question")
def show_question(row: OutboxMessage) -> Text | None:
    """May your partner show you something? Nothing once the conversation is over, or that is answered."""
    session = live_session(row)
    if session is None or session.media_of(row.recipient_id) != Media.ASKED:
        return None
    html = render("chat/show_question.html", {"kind": row.params["kind"]}, language=row.recipient.language)
    return Text(html, _buttons(session.pk, Media.ASKED))


def _is_welcome(row: OutboxMessage) -> bool:
    session = live_session(row)
    return session is not None and session.media_of(session.peer_of(row.recipient_id)) == Media.SHOWN


@notification("chat.pictures_welcome", still=_is_welcome)
def pictures_welcome(row: OutboxMessage) -> Text | None:
    """The partner, who had said no to pictures, would like to see them; nothing where that is no longer so."""
    if not _is_welcome(row):
        return None
    return Text(render("chat/pictures_welcome.html", language=row.recipient.language))


def answered(*, session_id: int, answer: ChatSession.Media, language: str, after_all: bool = False) -> Text:
    """What the person sees of the partner's pictures from now on, with the way to change that.

    `after_all`: they had said no before.
    """
    context = {"shown": answer == Media.SHOWN, "after_all": after_all}
    html = render("chat/show_answered.html", context, language=language)
    with override(language):
        return Text(html, _buttons(session_id, answer))


def waits(*, first: bool, language: str) -> Text:
    """For the writer, in answer to the message: it waits. `first`: said at length."""
    return Text(render("chat/waits.html", {"first": first}, language=language))


def _buttons(session_id: int, answer: ChatSession.Media) -> Rows:
    labels = {
        Media.ASKED: (gettext("👁 Show"), gettext("🚫 No pictures here")),
        Media.SHOWN: (gettext("✓ Shown"), gettext("🚫 No more pictures")),
        Media.REFUSED: (gettext("👁 Show after all"), gettext("✓ No pictures")),
    }
    show, refuse = labels[answer]
    # They never change places: a tap too many says the same once more.
    return [[(show, f"chat:show:{session_id}")], [(refuse, f"chat:hide:{session_id}")], help_row()]
