"""What people read when a conversation is over, and what they may still say about it (C7)."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext, override

from delivery.outgoing import Text
from profiles.messages import Row, help_row
from project.rendering import render

from . import queries
from .models import ChatSession, Rating


@dataclass(frozen=True, slots=True)
class About:
    """Which conversation a farewell is about, and who reads it: a profile's id, in `language` ("ru", "uk" or "en")."""

    session_id: int
    profile_id: int
    now: datetime
    language: str


def way_on() -> list[Row]:
    """The search and 🆘, in the language that is active: below whatever is said to who is in no conversation."""
    return [[(gettext("🔎 Find someone"), "matching:find")], help_row()]


def farewell(about: About) -> Text:
    """The conversation is over, for who has just ended it."""
    return _with_rows(about, "chat/ended.html", ending=ChatSession.Ending.ENDED)


def ended(about: About, *, ending: str) -> Text:
    """The conversation is over, for who has not ended it; `ending` is one of ChatSession.Ending."""
    return _with_rows(about, "chat/ended.html", ending=ending)


def already_over(*, language: str, is_talking: bool = False) -> Text:
    """For a tap about a conversation that is over and has had its farewell; `is_talking`: they are in another one."""
    html = render("chat/already_over.html", {"is_talking": is_talking}, language=language)
    # The farewell has the buttons. Here a tap too many, on whatever was tapped, lands on nothing: /sos is in the text.
    return Text(html)


def remembered(about: About) -> Text:
    """The wish to meet again is noted. The same whatever the partner thinks of it (S2)."""
    return _with_rows(about, "chat/remembered.html")


def rows(about: About) -> list[Row]:
    """The buttons below a farewell, with a ✓ at what the person has said: way on, rating, meeting again, and what the
    apps above add (`CHAT_FAREWELL_ROWS`).

    The same for both; whoever ended it has one more in front, where "End" stood: a tap too many lands there, and shows
    the farewell once more.
    """
    said = queries.afterwards(session_id=about.session_id, profile_id=about.profile_id, now=about.now)
    with override(about.language):
        if said is None:
            return way_on()
        shown = way_on()
        if said.ended_it:
            shown.insert(0, [(gettext("🚪 The conversation is over"), f"chat:end:{about.session_id}")])
        if said.may_rate:
            shown.append(_rating_row(about.session_id, said.score))
        if said.may_meet_again:
            label = _ticked(gettext("🤝 Meet again"), chosen=said.wishes_to)
            shown.append([(label, f"chat:again:{about.session_id}")])
        for path in settings.CHAT_FAREWELL_ROWS:
            more = import_string(path)
            shown += more(session_id=about.session_id, profile_id=about.profile_id, now=about.now)
        return shown


def _with_rows(about: About, template: str, **context: object) -> Text:
    said = queries.afterwards(session_id=about.session_id, profile_id=about.profile_id, now=about.now)
    # What can still be said, and done, about it: nothing once the partner has erased everything.
    known = {"remains": said is not None, "asks": said is not None and said.may_rate}
    html = render(template, {**context, **known}, language=about.language)
    return Text(html, rows(about))


def thanks_for_rating(*, score: int, language: str) -> str:
    """A short line: thank you, and the partner does not learn it."""
    return render("chat/rated.html", {"helped": score != Rating.Score.NOT_REALLY}, language=language)


def _rating_row(session_id: int, chosen: int | None) -> Row:
    labels = {
        Rating.Score.HELPED: gettext("💛 Helped"),
        Rating.Score.SOMEWHAT: gettext("🙂 Somewhat"),
        Rating.Score.NOT_REALLY: gettext("😕 Not really"),
    }
    return [
        (_ticked(label, chosen=score == chosen), f"chat:rate:{session_id}:{score.value}")
        for score, label in labels.items()
    ]


def _ticked(label: str, *, chosen: bool) -> str:
    return f"✓ {label}" if chosen else label
