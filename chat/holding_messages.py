"""What is said about a message that shows who its writer is."""

from django.utils.translation import gettext, override

from delivery.outgoing import Rows, Text
from profiles.messages import help_row
from project.rendering import render

from .anonymity import Finding
from .holding import Decision


def question(finding: Finding, *, session_id: int, message_id: int, answers: int | None, language: str) -> Text:
    """Send it anyway? In answer to the message. `answers` is what that answers itself, in its writer's chat."""
    send = f"chat:send:{session_id}:{message_id}"
    if answers is not None:
        send += f":{answers}"
    with override(language):
        rows: Rows = [
            [(gettext("🙈 Don't send it"), f"chat:unsend:{session_id}:{message_id}")],
            [(gettext("📨 Send it anyway"), send)],
            help_row(),
        ]
    return Text(_asked(finding, edit=False, language=language), rows)


def question_of_edit(finding: Finding, *, session_id: int, message_id: int, language: str) -> Text:
    """Change it anyway? In answer to the message, of which the partner sees the old form."""
    with override(language):
        rows: Rows = [
            [(gettext("🙈 Leave it as it was"), f"chat:leave:{session_id}")],
            [(gettext("✏️ Change it anyway"), f"chat:change:{session_id}:{message_id}")],
            help_row(),
        ]
    return Text(_asked(finding, edit=True, language=language), rows)


def _asked(finding: Finding, *, edit: bool, language: str) -> str:
    values = {"clues": finding.clues, "file_name": finding.file_name, "edit": edit}
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
