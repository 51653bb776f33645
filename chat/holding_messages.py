"""What is said about a message that shows who its writer is."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext, override

from delivery.kinds import notification
from delivery.models import OutboxMessage
from delivery.outgoing import Rows, Text
from profiles.messages import help_row
from project.rendering import render

from . import kept_albums
from .anonymity import Finding
from .holding import Decision
from .waiting import ALBUM_QUESTION


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question is about: whose conversation, which message in its writer's chat, and in which form (`digest`, so
    that an answer holds for nothing else); `answers` is what the message answers itself, in the same chat."""

    session_id: int
    message_id: int
    digest: str
    answers: int | None = None


def question(finding: Finding, *, asked: Asked, language: str) -> Text:
    """Send it anyway? In answer to the message."""
    send = f"chat:send:{asked.session_id}:{asked.message_id}:{asked.digest}"
    if asked.answers is not None:
        send += f":{asked.answers}"
    rows = _to_send(keep=f"chat:unsend:{asked.session_id}:{asked.message_id}", send=send, language=language)
    return Text(_what_it_shows("message", finding.clues, finding.file_name, language=language), rows)


@notification(ALBUM_QUESTION)
def question_of_album(row: OutboxMessage) -> Text | None:
    """Send it anyway? In answer to a message of the album; nothing once that is decided, or the conversation over."""
    shown = kept_albums.shown_by(row)
    if shown is None:
        return None
    language, album = row.recipient.language, f"{row.params['session']}:{row.params['album']}"
    rows = _to_send(keep=f"chat:unsend_album:{album}", send=f"chat:send_album:{album}:{row.pk}", language=language)
    return Text(_what_it_shows("album", shown.clues, language=language), rows, reply_to=shown.message_id)


def question_of_edit(finding: Finding, *, asked: Asked, language: str) -> Text:
    """Change it anyway? In answer to the message, of which the partner sees the old form."""
    with override(language):
        rows: Rows = [
            [(gettext("🙈 Leave it as it was"), f"chat:leave:{asked.session_id}")],
            [(gettext("✏️ Change it anyway"), f"chat:change:{asked.session_id}:{asked.message_id}:{asked.digest}")],
            help_row(),
        ]
    return Text(_what_it_shows("edit", finding.clues, finding.file_name, language=language), rows)


def _to_send(*, keep: str, send: str, language: str) -> Rows:
    with override(language):
        return [
            [(gettext("🙈 Don't send it"), keep)],
            [(gettext("📨 Send it anyway"), send)],
            help_row(),
        ]


def _what_it_shows(what: str, clues: Sequence[str], file_name: str = "", *, language: str) -> str:
    values = {"what": what, "clues": clues, "file_name": file_name}
    return render("chat/reveals.html", values, language=language)


def decided(decision: Decision, *, language: str) -> Text:
    """What became of it. Without buttons: a tap too many must not do anything else."""
    return Text(render("chat/decided.html", {"decision": decision}, language=language))


def gone(*, language: str) -> Text:
    """There is nothing left to send: its writer has deleted it."""
    return Text(render("chat/decided.html", {"decision": "gone"}, language=language))


def changed(*, language: str) -> Text:
    """The partner sees the new form."""
    return Text(render("chat/decided.html", {"decision": "changed"}, language=language))


def left(*, language: str) -> Text:
    """The partner keeps the old form."""
    return Text(render("chat/decided.html", {"decision": "left"}, language=language))


def too_fast(*, seconds: int, language: str) -> str:
    """A short line: not yet, for so many seconds (C6)."""
    return render("chat/not_yet.html", {"seconds": seconds}, language=language)


def too_many_wait(*, language: str) -> str:
    """A short line: not yet, as many pictures wait for the partner as may."""
    with override(language):
        return gettext("🖼 Not yet: ten of your messages wait already. Try again once your partner has answered.")
