"""The farewell: what both read when a conversation is over, and what stands below it."""

from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django.fixtures import Settings

from chat import farewells, idleness, meeting_again, messages, ratings, services
from chat.models import ChatSession
from delivery.outgoing import Text
from profiles.messages import Row
from profiles.models import Profile
from safety import blocks
from tests.base import person
from tests.chat.scenes import buttons, ticked, unnumbered
from tests.outbox import rendered
from tests.safety.scenes import conversation, ended, erased

pytestmark = pytest.mark.django_db

LANGUAGES = ["ru", "uk", "en"]


@pytest.fixture
def noon() -> datetime:
    """Now: what is rendered looks at the clock on the wall."""
    return timezone.now()


@pytest.fixture
def mira() -> Profile:
    """Who ends the conversation."""
    return person("Мира", language="en")


@pytest.fixture
def oleh() -> Profile:
    """Who is left."""
    return person("Олег", language="en")


def farewell(profile: Profile, session: ChatSession, now: datetime, language: str = "en") -> Text:
    """What the person reads who has ended the conversation."""
    return farewells.farewell(farewells.About(session.pk, profile.pk, now, language), ended_by_me=True)


def extra(*, session_id: int, profile_id: int, now: datetime) -> list[Row]:
    """A row of an app above."""
    return [[("More", f"above:more:{session_id}")]]


def rows(session: ChatSession) -> list[list[str]]:
    """What stands below every farewell, from the top."""
    return [
        ["safety:sos"],
        ["matching:find"],
        [f"chat:rate:{session.pk}:{score}" for score in (100, 50, 0)],
        [f"chat:again:{session.pk}"],
    ]


def shown(text: Text | None) -> list[list[str]]:
    """The callback data, row by row."""
    assert text is not None
    return [[data for _, data in row] for row in text.buttons]


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_get_the_same(mira: Profile, oleh: Profile, noon: datetime, language: str) -> None:
    """C7: a warm sentence first; 🆘 and the search, then the rating, then meeting again, whoever ended it."""
    oleh.recipient.language = language
    oleh.recipient.save()
    session = conversation(mira, oleh, noon)
    ended(session, mira, noon)
    mine, theirs = farewell(mira, session, noon, language), rendered(oleh, "chat.ended")
    assert theirs is not None
    assert mine == theirs
    assert shown(mine) == rows(session)
    assert mine.html.splitlines()[0].endswith("💙")
    assert all(len(data.encode()) <= 64 for data in buttons(mine))


def test_the_blocked_person_reads_the_text_of_end(mira: Profile, oleh: Profile, noon: datetime) -> None:
    """S2, C7: to the letter and to the button."""
    seen = []
    for act in (services.end, blocks.block):
        session = conversation(mira, oleh, noon)
        act(session_id=session.pk, profile_id=mira.pk, now=noon)
        seen.append(unnumbered(rendered(oleh, "chat.ended"), session))
    assert seen[0] == seen[1]


def test_a_partner_who_is_gone_can_be_rated(mira: Profile, oleh: Profile, noon: datetime) -> None:
    """C5, C7: but nobody can meet them again; of one who was erased there is nothing to say."""
    session = conversation(mira, oleh, noon)
    with transaction.atomic():
        services.leave_unreachable(profile_id=oleh.pk, now=noon)
    assert shown(rendered(mira, "chat.ended")) == rows(session)[:3]
    conversation(mira, oleh, noon)
    erased(oleh, noon)
    text = rendered(mira, "chat.ended")
    assert shown(text) == rows(session)[:2]
    assert text is not None
    assert "help you?" not in text.html


def test_a_silent_conversation_is_closed_kindly(mira: Profile, oleh: Profile, noon: datetime) -> None:
    """C8, C7: both read that it is nobody's fault, and may say and do what they may after any other."""
    day = timedelta(hours=24)
    session = conversation(mira, oleh, noon - day)
    for hours in (1, 0):
        idleness.look_after(now=noon - timedelta(hours=hours))
    for profile in (mira, oleh):
        text = rendered(profile, "chat.ended")
        assert text is not None
        assert "nobody's fault" in text.html
        assert shown(text) == rows(session)


def test_too_late_there_is_nothing_to_say(mira: Profile, oleh: Profile, noon: datetime) -> None:
    """C7: a goodbye that comes a day late has only the way on."""
    session = conversation(mira, oleh, noon)
    ended(session, mira, noon)
    ChatSession.objects.update(ended_at=noon - timedelta(hours=24, seconds=1))
    assert shown(rendered(oleh, "chat.ended")) == rows(session)[:2]
    assert shown(farewell(mira, session, noon)) == rows(session)[:2]


def test_a_wish_stays_marked(mira: Profile, oleh: Profile, noon: datetime) -> None:
    """C7: what was said about the conversation stands there together, whichever came first."""
    session = conversation(mira, oleh, noon)
    ended(session, mira, noon)
    ratings.rate(session_id=session.pk, profile_id=mira.pk, score=100, now=noon)
    meeting_again.wish(session_id=session.pk, profile_id=mira.pk, now=noon)
    remembered = farewells.remembered(farewells.About(session.pk, mira.pk, noon, "en"))
    assert ticked(remembered) == [f"chat:rate:{session.pk}:100", f"chat:again:{session.pk}"]
    assert shown(remembered) == rows(session)
    assert ticked(rendered(oleh, "chat.ended")) == []


def test_apps_above_add_their_rows(mira: Profile, oleh: Profile, noon: datetime, settings: Settings) -> None:
    """C7: last of all, for both, and only while there is something to say."""
    settings.CHAT_FAREWELL_ROWS = ["tests.chat.test_farewell.extra"]
    session = conversation(mira, oleh, noon)
    ended(session, mira, noon)
    expected = [*rows(session), [f"above:more:{session.pk}"]]
    assert shown(farewell(mira, session, noon)) == shown(rendered(oleh, "chat.ended")) == expected
    erased(oleh, noon)
    assert shown(farewell(mira, session, noon)) == rows(session)[:2]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_tap_too_many_does_no_harm(mira: Profile, oleh: Profile, noon: datetime, language: str) -> None:
    """C7: where "End" stood there is 🆘; where an answer stood there is the same answer."""
    session = conversation(mira, oleh, noon)
    question = shown(messages.end_question(session_id=session.pk, language=language))
    ended(session, mira, noon)
    after = shown(farewell(mira, session, noon, language))
    assert after[question.index([f"chat:end:{session.pk}"])] == ["safety:sos"]
    assert shown(farewells.already_over(language=language)) == [["safety:sos"]]
    wish = farewells.remembered(farewells.About(session.pk, mira.pk, noon, language))
    assert shown(wish) == after


@pytest.mark.parametrize("both", [True, False])
def test_a_yes_too_many_is_the_same_yes(both: bool) -> None:
    """M5: where "Accept" stood nothing is taken back and nothing else opens."""
    first, *others = shown(messages.accepted(match_id=7, both=both, language="en"))
    assert first == ["chat:accept:7"]
    assert "safety:sos" in others[0]
