"""What the safety app says: hotlines, the questions of a report and a block, what came of reports."""

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext, override

from delivery.kinds import notification
from delivery.models import OutboxMessage
from delivery.outgoing import Rows, Text
from profiles.messages import help_row
from project.errors import DomainError
from project.rendering import render

from .hotlines import Country, countries, help_html, sos_html
from .models import MAX_COMMENT_LENGTH, Report
from .queries import pause_of

FLAGS_IN_A_ROW = 6


def sos(language: str, country: Country | None, *, has_words: bool = False) -> Text:
    """The hotlines of `country` (None: an overview for the language), with a flag button for every country we know.

    `has_words`: who asked wrote something behind the command, which nobody gets.
    """
    flags = [(each.flag, f"safety:sos:{each.code}") for each in countries().values()]
    rows = [flags[start : start + FLAGS_IN_A_ROW] for start in range(0, len(flags), FLAGS_IN_A_ROW)]
    html = sos_html(language, country)
    if has_words:
        with override(language):
            html += "\n\n" + gettext("I pass the words after /sos on to nobody.")
    return Text(html, rows)


def refusal(error: DomainError, *, language: str) -> Text:
    """Why something can't be done, in the words of whatever raised it."""
    with override(language):
        search = [[(gettext("🔎 Find someone"), "matching:find")]] if error.offers_search else []
        return Text(render(error.template, error.context, language=language), [help_row(), *search])


def reasons(*, session_id: int, language: str) -> Text:
    """What happened? One tap, and the report is made."""
    with override(language):
        choices = [
            (gettext("🗑 Spam or advertising"), "spam"),
            (gettext("😠 Insults, pressure, harassment"), "abuse"),
            (gettext("🧒 Looks under 18"), "minor"),
            (gettext("Something else"), "other"),
        ]
        rows: list[list[tuple[str, str]]] = [
            [(label, f"safety:report:{session_id}:{choice}")] for label, choice in choices
        ]
        rows.insert(2, [(gettext("⚠️ Somebody is in danger"), f"safety:danger:{session_id}")])
        return Text(render("safety/what_happened.html", language=language), [*rows, [_cancel()], help_row()])


def which_danger(*, session_id: int, language: str) -> Text:
    """Danger to whom?"""
    with override(language):
        rows = [
            [(gettext("I'm being threatened"), f"safety:report:{session_id}:threat")],
            [(gettext("I fear for them"), f"safety:report:{session_id}:fear")],
            [_cancel()],
        ]
        return Text(render("safety/which_danger.html", language=language), [*rows, help_row()])


def not_reported(*, language: str) -> Text:
    """Nothing was reported or blocked after all."""
    with override(language):
        return Text(render("safety/not_reported.html", language=language), [help_row()])


def how_to_help(*, language: str) -> Text:
    """For who fears for their partner: what helps, and hotlines to pass on."""
    with override(language):
        return Text(help_html(language), [help_row()])


def evidence_question(*, report_id: int, language: str) -> Text:
    """May this one message be attached?"""
    with override(language):
        rows = [
            [(gettext("📎 Attach this message"), f"safety:attach:{report_id}")],
            [(gettext("No, without it"), f"safety:detach:{report_id}")],
            help_row(),
        ]
        context = {"days": settings.EVIDENCE_KEPT.days}
        return Text(render("safety/evidence_question.html", context, language=language), rows)


def evidence_gone(*, language: str) -> str:
    """A short line: the message was deleted meanwhile."""
    with override(language):
        return gettext("That message is not there any more. Your report counts without it.")


def next_question(report: Report, *, language: str) -> Text:
    """What is left to ask about a report: a comment, else whether to stay."""
    return what_now(report, language=language) if report.comment else comment_question(report, language=language)


def comment_question(report: Report, *, language: str) -> Text:
    """The next message is for the moderators; or skip."""
    with override(language):
        rows = [[(gettext("Skip"), f"safety:skip:{report.pk}")], help_row()]
        html = render("safety/comment_question.html", {"maximum": MAX_COMMENT_LENGTH}, language=language)
        return Text(html, rows)


def comment_closed(language: str) -> Text:
    """A command closed the question: what follows is not for the moderators any more."""
    return Text(render("safety/comment_closed.html", language=language))


def comment_needs_words(*, language: str) -> Text:
    """A picture, a voice message or an edit can't be a comment."""
    with override(language):
        return Text(render("safety/comment_needs_words.html", language=language), [help_row()])


def what_now(report: Report, *, language: str) -> Text:
    """Thanks for the report, and one last tap: end and block, or stay."""
    live = report.session is not None and report.session.ended_at is None
    with override(language):
        html = render("safety/reported.html", {"live": live, "gone": report.session_id is None}, language=language)
        if report.session_id is None:
            return Text(html, [help_row()])
        # A tap too many on "Skip" lands on what stands there next: that must not end the conversation.
        return Text(html, [*reversed(_block_or_stay(report.session_id, live=live)), help_row()])


def block_question(*, session_id: int, live: bool, language: str) -> Text:
    """Block the partner of this conversation?"""
    context = {"live": live, "days": settings.BLOCK_LASTS.days}
    with override(language):
        html = render("safety/block_question.html", context, language=language)
        return Text(html, [*_block_or_stay(session_id, live=live), help_row()])


def blocked(*, language: str) -> Text:
    """They will not meet again."""
    with override(language):
        html = render("safety/blocked.html", {"days": settings.BLOCK_LASTS.days}, language=language)
        return Text(html, [help_row(), [(gettext("🔎 Find someone"), "matching:find")]])


def nothing_changed(*, language: str) -> Text:
    """Not blocked, and there is no conversation to go on with."""
    with override(language):
        return Text(render("safety/nothing_changed.html", language=language), [help_row()])


@notification("safety.warned")
def warned(row: OutboxMessage) -> Text:
    """A moderator has looked into reports and asks to keep to the rules."""
    context = {"contact": settings.SUPPORT_CONTACT}
    return Text(render("safety/warned.html", context, language=row.recipient.language), [help_row()])


@notification("safety.suspended")
def suspended(row: OutboxMessage) -> Text | None:
    """Paused until when, and what still works; nothing once the pause is over."""
    pause = pause_of(profile_id=row.recipient_id, now=timezone.now())
    if pause is None:
        return None
    context = {"until": pause.until, "timezone": pause.timezone, "contact": settings.SUPPORT_CONTACT}
    return Text(render("safety/suspended.html", context, language=row.recipient.language), [help_row()])


@notification("safety.lifted")
def lifted(row: OutboxMessage) -> Text | None:
    """The pause is over; nothing where there is another one by now."""
    if pause_of(profile_id=row.recipient_id, now=timezone.now()) is not None:
        return None
    rows: Rows = [[(gettext("🔎 Find someone"), "matching:find")], help_row()]
    return Text(render("safety/lifted.html", language=row.recipient.language), rows)


@notification("safety.report_reviewed")
def report_reviewed(row: OutboxMessage) -> Text:
    """A report of theirs has been looked into; never what was decided about whom."""
    return Text(render("safety/report_reviewed.html", language=row.recipient.language), [help_row()])


def _block_or_stay(session_id: int, *, live: bool) -> list[list[tuple[str, str]]]:
    block = gettext("🚫 End and block") if live else gettext("🚫 Block")
    stay = gettext("💬 Keep talking") if live else gettext("No, leave it")
    return [[(block, f"safety:block:{session_id}")], [(stay, f"safety:stay:{session_id}")]]


def _cancel() -> tuple[str, str]:
    return gettext("Cancel"), "safety:cancel"
