"""What is said about profiles: the steps of onboarding, the profile itself, the rules."""

from collections.abc import Sequence
from functools import singledispatch

from django.conf import settings
from django.utils import timezone, translation
from django.utils.module_loading import import_string
from django.utils.safestring import mark_safe
from django.utils.translation import gettext

from delivery.kinds import notification
from delivery.models import Language, OutboxMessage
from delivery.outgoing import Text
from project.errors import DomainError
from project.rendering import render

from . import menus, queries
from .availability import End
from .languages import Languages
from .models import HOURS, MAX_BIO_LENGTH, MAX_TOPICS, MIN_TOPICS
from .prompts import Question
from .steps import (
    AskBio,
    AskNickname,
    AskTimezone,
    AskTopics,
    Card,
    Choice,
    Consent,
    Listening,
    Minor,
    Ready,
    Step,
    Suspended,
)

Row = list[tuple[str, str]]
Shown = tuple[str, list[Row]]


def screen(step: Card | Listening | Step, refusal: DomainError | None = None) -> Text:
    """A step with its buttons, in the person's language; with `refusal`, why the last answer was not taken instead."""
    with translation.override(step.language):
        html, rows = _shown(step)
        if refusal is not None:
            html = render(refusal.template, refusal.context, language=step.language)
        return Text(html, [*rows, help_row()])


def agree_first(step: Step) -> Text:
    """Nothing works before the rules are agreed to: says so, with the step itself."""
    shown = screen(step)
    if not isinstance(step, Consent):
        return shown
    return Text(f"{render('profiles/agree_first.html', language=step.language)}\n\n{shown.html}", shown.buttons)


def once_more(step: Card | Step, *, edited: bool = False) -> Text:
    """What came was no answer, an edit for instance: says what would be one, with the step itself."""
    shown = screen(step)
    if not isinstance(step, Consent | AskNickname | AskTimezone | AskTopics | AskBio):
        return shown
    context = {"by_tap": isinstance(step, Consent | AskTopics), "edited": edited}
    return Text(
        f"{render('profiles/not_an_answer.html', context, language=step.language)}\n\n{shown.html}", shown.buttons
    )


def answered_before(language: str) -> str:
    """The short line for a button of a step that is behind the person."""
    return render("profiles/answered_before.html", language=language)


def quiet_hour_question(shown: Listening | Step, end: End) -> Text:
    """All hours but the one at the other end; for who may not listen now, the step they are at."""
    if not isinstance(shown, Listening):
        return screen(shown)
    with translation.override(shown.language):
        other = shown.quiet and shown.quiet[end is End.FROM]
        hours = [(_clock(hour), f"profiles:quiet:{end}:{hour}") for hour in range(HOURS) if hour != other]
        rows = [hours[start : start + 4] for start in range(0, len(hours), 4)]
        html = render("profiles/ask_quiet_hour.html", {"end": end}, language=shown.language)
        none = (gettext("No quiet hours"), "profiles:quiet:none")
        return Text(html, [*rows, [none, _back_to_listening()], help_row()])


def quiet_hours(shown: Listening | Step) -> Text:
    """The quiet hours as they are from now on; for who may not listen now, the step they are at."""
    if not isinstance(shown, Listening):
        return screen(shown)
    with translation.override(shown.language):
        # A tap too many on an hour must change nothing else.
        return Text(_listening_html(shown), [_quiet_row(shown), [_back_to_listening()], help_row()])


def press_start(language: str) -> Text:
    """For someone we have never met."""
    with translation.override(language):
        return Text(render("profiles/press_start.html", language=language), [help_row()])


def languages(chosen: Languages) -> Text:
    """The language of the interface, and those to talk in."""
    with translation.override(chosen.interface):
        rows: list[Row] = [
            [
                (_ticked(language.label, chosen=language == chosen.interface), f"profiles:interface:{language}")
                for language in Language
            ]
        ]
        if chosen.speaks is not None:
            rows += [[_spoken(language, chosen.speaks)] for language in Language]
            rows += [[(gettext("← Back"), "profiles:show")]]
        html = render("profiles/languages.html", {"has_profile": chosen.speaks is not None}, language=chosen.interface)
        return Text(html, [*rows, help_row()])


def commands(language: str) -> Text:
    """What the bot can do, 🆘 first."""
    context = {"commands": menus.commands(language)}
    with translation.override(language):
        return Text(render("profiles/help.html", context, language=language), [help_row()])


def privacy(language: str) -> Text:
    """What is stored, for how long, and what never."""
    context = {
        "contact": settings.SUPPORT_CONTACT,
        "version": settings.RULES_VERSION,
        "evidence_days": settings.EVIDENCE_KEPT.days,
        "outbox_days": settings.OUTBOX_KEPT.days,
        "history_days": settings.HISTORY_KEPT.days,
        "wish_days": settings.REUNION_WISH_KEPT.days,
        "abandoned_days": settings.ABANDONED_AFTER.days,
    }
    with translation.override(language):
        return Text(render("profiles/privacy.html", context, language=language), [help_row()])


def terms(language: str) -> Text:
    """The rules people agree to."""
    context = {"contact": settings.SUPPORT_CONTACT, "version": settings.RULES_VERSION}
    with translation.override(language):
        return Text(render("profiles/terms.html", context, language=language), [help_row()])


def export_caption(language: str) -> str:
    """What stands under the file with everything stored about the person."""
    return render("profiles/export_caption.html", language=language)


def nothing_stored(language: str) -> Text:
    """There is nothing to take out or to delete."""
    with translation.override(language):
        return Text(render("profiles/nothing_stored.html", language=language), [help_row()])


def deletion_question(profile_id: int, language: str) -> Text:
    """What goes, what stays, and whether to do it."""
    with translation.override(language):
        rows: list[Row] = [
            [(gettext("🗑 Delete everything"), f"profiles:erase:{profile_id}")],
            [(gettext("Keep my profile"), "profiles:keep")],
            help_row(),
        ]
        return Text(render("profiles/deletion_question.html", language=language), rows)


def kept(language: str) -> Text:
    """Nothing was deleted."""
    with translation.override(language):
        return Text(render("profiles/kept.html", language=language), [help_row()])


def erased(language: str) -> Text:
    """Goodbye."""
    with translation.override(language):
        return Text(render("profiles/erased.html", language=language), [help_row()])


@notification("profiles.rest_offer")
def rest_offer(row: OutboxMessage) -> Text | None:
    """After a long conversation: a rest from listening? Nothing for who is not asked to listen anyway."""
    if not queries.could_rest(profile_id=row.recipient_id, now=timezone.now()):
        return None
    html = render("profiles/rest_offer.html", {"hours": _rest_hours()}, language=row.recipient.language)
    rows: list[Row] = [
        [(gettext("🌿 Have a rest"), "profiles:rest:on")],
        [(gettext("I'm fine"), "profiles:rest:none")],
        help_row(),
    ]
    return Text(html, rows)


def rest_well(shown: Listening | Step) -> Text:
    """Until when the person rests; for who may not listen, or does not any more, what there is to see instead."""
    if not isinstance(shown, Listening) or shown.resting_until is None:
        return screen(shown)
    with translation.override(shown.language):
        # A tap too many on "Have a rest" must not end it: ending it is for /available.
        return Text(render("profiles/rest_well.html", {"listening": shown}, language=shown.language), [help_row()])


def no_rest(language: str) -> Text:
    """No rest needed, and where to have one later."""
    with translation.override(language):
        return Text(render("profiles/no_rest.html", language=language), [help_row()])


def toast(refusal: DomainError, language: str) -> str:
    """A refusal as the short line over the chat."""
    return render(refusal.template, refusal.context, language=language)


@singledispatch
def _shown(step: object) -> Shown:
    """The text and the buttons of a step; its language is active."""
    raise TypeError(step)


@_shown.register
def _(step: Consent) -> Shown:
    others = [(each.label, f"profiles:welcome:{each}") for each in Language if each != step.language]
    agree = f"profiles:agree:{step.rules_version}"
    if step.renewed:
        return render("profiles/rules_changed.html", language=step.language), [[(gettext("✅ I agree"), agree)], others]
    rows = [
        [(gettext("✅ I'm 18 or older and I agree"), agree)],
        [(gettext("I'm under 18"), "profiles:minor")],
        others,
    ]
    return render("profiles/consent.html", language=step.language), rows


@_shown.register
def _(step: Minor) -> Shown:
    notices = "\n\n".join(import_string(path)(step.language) for path in settings.MINOR_NOTICE)
    # The notices are rendered templates already.
    context = {"notices": mark_safe(notices)}  # noqa: S308
    return render("profiles/minor.html", context, language=step.language), []


@_shown.register
def _(step: Suspended) -> Shown:
    context = {"until": step.until, "timezone": step.timezone}
    return render("profiles/suspended.html", context, language=step.language), []


@_shown.register
def _(step: AskNickname) -> Shown:
    rows = [[(name, f"profiles:nickname:{name}")] for name in step.suggestions]
    html = render("profiles/ask_nickname.html", {"changing": step.changing}, language=step.language)
    return html, rows + _way_back(changing=step.changing)


@_shown.register
def _(step: AskTimezone) -> Shown:
    zones = [(f"{zone.city} · {zone.time}", f"profiles:zone:{zone.name}") for zone in step.zones]
    html = render("profiles/ask_timezone.html", language=step.language)
    return html, _in_twos(zones) + _way_back(changing=step.changing)


@_shown.register
def _(step: AskTopics) -> Shown:
    context = {"minimum": MIN_TOPICS, "maximum": MAX_TOPICS, "changing": step.changing}
    topics = [
        (
            _ticked(_title(choice), chosen=choice.chosen),
            # The wanted state, not "toggle": a second tap on the same button asks for the same.
            f"profiles:topic:{'remove' if choice.chosen else 'add'}:{choice.bit}",
        )
        for choice in step.choices
    ]
    done = gettext("Done (%(count)d chosen)") % {"count": step.count}
    rows = [*_in_twos(topics), [(done, "profiles:topics:done")]]
    return render("profiles/ask_topics.html", context, language=step.language), rows


@_shown.register
def _(step: AskBio) -> Shown:
    context = {"maximum": MAX_BIO_LENGTH, "bio": step.bio, "changing": step.changing}
    without = gettext("Remove what is there") if step.changing else gettext("Skip")
    rows = [[(without, "profiles:bio:none")]] if step.bio or not step.changing else []
    return render("profiles/ask_bio.html", context, language=step.language), rows + _way_back(changing=step.changing)


@_shown.register
def _(step: Ready) -> Shown:
    rows = [[(gettext("🔎 Find someone"), "matching:find")], [(gettext("✏️ My profile"), "profiles:show")]]
    return render("profiles/ready.html", _described(step.card), language=step.language), rows


@_shown.register
def _(step: Listening) -> Shown:
    # Where a tap changes something, the next screen has something harmless in that place, for a tap too many.
    [back] = _way_back(changing=True)
    if not step.on:
        return _listening_html(step), [[(gettext("👂 I'm ready to listen"), "profiles:listen:on")], back]
    stop = (gettext("Stop listening"), "profiles:listen:off")
    rested = [(gettext("☀️ I've rested enough"), "profiles:rest:off")] if step.resting_until else back
    return _listening_html(step), [_quiet_row(step), [stop, *rested]]


@_shown.register
def _(step: Card) -> Shown:
    fields = [
        (gettext("Name"), f"profiles:change:{Question.NICKNAME}"),
        (gettext("Time"), f"profiles:change:{Question.TIMEZONE}"),
        (gettext("Topics"), f"profiles:change:{Question.TOPICS}"),
        (gettext("About me"), f"profiles:change:{Question.BIO}"),
        (gettext("Languages"), "profiles:languages"),
        (gettext("👂 Listening"), "profiles:listen"),
    ]
    rows = [*_in_twos(fields), [(gettext("🔎 Find someone"), "matching:find")]]
    return render("profiles/profile.html", _described(step), language=step.language), rows


def _listening_html(listening: Listening) -> str:
    context = {"listening": listening, **_quiet(listening)}
    return render("profiles/listening.html", context, language=listening.language)


def _quiet_row(listening: Listening) -> Row:
    if listening.quiet is None:
        return [(gettext("🌙 Set quiet hours"), "profiles:quiet:usual")]
    begin, end = listening.quiet
    return [
        (gettext("🌙 from %(time)s") % {"time": _clock(begin)}, f"profiles:quiet:{End.FROM}"),
        (gettext("☀️ until %(time)s") % {"time": _clock(end)}, f"profiles:quiet:{End.UNTIL}"),
    ]


def _title(choice: Choice) -> str:
    if choice.offered:
        return choice.title
    return gettext("%(topic)s · not offered any more") % {"topic": choice.title}


def help_row() -> Row:
    """🆘, in the language that is active: below whatever anybody is shown (P10)."""
    return [(gettext("🆘 Help right now"), "safety:sos")]


def _back_to_listening() -> tuple[str, str]:
    return gettext("← Back"), "profiles:listen"


def _rest_hours() -> int:
    return int(settings.LISTENER_RESTS.total_seconds() // 3600)


def _way_back(*, changing: bool) -> list[Row]:
    return [[(gettext("← Back to my profile"), "profiles:show")]] if changing else []


def _spoken(language: Language, speaks: Sequence[str]) -> tuple[str, str]:
    label = gettext("I talk in: %(language)s") % {"language": language.label}
    verb = "remove" if language in speaks else "add"
    return _ticked(label, chosen=language in speaks), f"profiles:speak:{verb}:{language}"


def _ticked(label: str, *, chosen: bool) -> str:
    return f"✅ {label}" if chosen else label


def _in_twos(buttons: Row) -> list[Row]:
    return [buttons[start : start + 2] for start in range(0, len(buttons), 2)]


def _described(card: Card) -> dict[str, object]:
    return {"card": card, "speaks": [Language(each).label for each in card.speaks], **_quiet(card.listening)}


def _quiet(listening: Listening) -> dict[str, object]:
    if listening.quiet is None:
        return {}
    return {"quiet_from": _clock(listening.quiet[0]), "quiet_until": _clock(listening.quiet[1])}


def _clock(hour: int) -> str:
    return f"{hour:02}:00"
