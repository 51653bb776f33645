"""The farewell: what both read when a conversation is over, and what stands below it."""

from datetime import datetime, timedelta

import pytest
from django.db import transaction
from pytest_django.fixtures import Settings

from chat import farewells, idleness, meeting_again, messages, queries, ratings, services
from chat.models import ChatSession, HeldMedia
from delivery.outgoing import Text
from profiles.messages import Row
from profiles.models import Profile
from safety import blocks
from tests.chat.scenes import buttons, ticked, unnumbered, wrote
from tests.outbox import rendered, told
from tests.safety.scenes import conversation, ended, erased

pytestmark = pytest.mark.django_db

LANGUAGES = ["ru", "uk", "en"]
LAST_WORDS = ["chat.ended", "chat.unsent"]


@pytest.fixture
def language() -> str:
    """They read English."""
    return "en"


def farewell(profile: Profile, session: ChatSession, now: datetime, language: str = "en") -> Text:
    """What the person reads who has ended the conversation."""
    return farewells.farewell(farewells.About(session.pk, profile.pk, now, language))


def extra(*, session_id: int, profile_id: int, now: datetime) -> list[Row]:
    """A row of an app above."""
    return [[("More", f"above:more:{session_id}")]]


def rows(session: ChatSession) -> list[list[str]]:
    """What stands below a farewell, from the top."""
    return [
        ["matching:find"],
        ["safety:sos"],
        [f"chat:rate:{session.pk}:{score}" for score in (100, 50, 0)],
        [f"chat:again:{session.pk}"],
    ]


def rows_of_who_ended(session: ChatSession) -> list[list[str]]:
    """What stands below the farewell of who ended it."""
    return [[f"chat:end:{session.pk}"], *rows(session)]


def waits(session: ChatSession, by: Profile, peer: Profile, now: datetime) -> None:
    """A message of one for the other can't go out at once."""
    services.queue_relay(
        session_id=session.pk,
        sender_id=by.pk,
        peer_id=peer.pk,
        message_id=7,
        kind="text",
        reply_to=None,
        after=timedelta(0),
        possibly_doubled=False,
        now=now,
    )


def shown(text: Text | None) -> list[list[str]]:
    """The callback data, row by row."""
    assert text is not None
    return [[data for _, data in row] for row in text.buttons]


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_get_the_same(mira: Profile, oleh: Profile, noon: datetime, language: str) -> None:
    """C7: a warm sentence first; the search and 🆘, then the rating, then meeting again. Whoever ended it has one more
    row, above all others."""
    oleh.recipient.language = language
    oleh.recipient.save()
    session = conversation(mira, oleh, noon)
    ended(session, mira, noon)
    mine, theirs = farewell(mira, session, noon, language), rendered(oleh, "chat.ended")
    assert theirs is not None
    assert (mine.html, mine.buttons[1:]) == (theirs.html, theirs.buttons)
    assert shown(mine) == rows_of_who_ended(session)
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
    wrote(mira, session, noon - day)
    ChatSession.objects.update(wait_offered_a=True, wait_offered_b=True)
    for hours in (1, 0):
        idleness.look_after(now=noon - timedelta(hours=hours))
    for profile in (mira, oleh):
        text = rendered(profile, "chat.ended")
        assert text is not None
        assert "nobody's fault" in text.html
        assert shown(text) == rows(session)


def test_where_nobody_wrote_nothing_is_rated(mira: Profile, oleh: Profile, noon: datetime) -> None:
    """C8, C7: a conversation that never began has not helped, and nothing was said in it."""
    session = conversation(mira, oleh, noon - timedelta(hours=24))
    for hours in (1, 0):
        idleness.look_after(now=noon - timedelta(hours=hours))
    for profile in (mira, oleh):
        text = rendered(profile, "chat.ended")
        assert text is not None
        assert "nobody's fault" in text.html
        assert "has been said" not in text.html
        assert "help you?" not in text.html
        assert "/report" in text.html
        assert shown(text) == [row for row in rows(session) if "rate" not in row[0]]


@pytest.mark.parametrize("how", ["ended", "erased", "blocked", "idle"])
def test_the_farewell_comes_before_what_did_not_arrive(mira: Profile, oleh: Profile, noon: datetime, how: str) -> None:
    """C7: a warm sentence first, whoever ends it and however."""
    session = conversation(mira, oleh, noon - timedelta(hours=24))
    for by, peer in ((mira, oleh), (oleh, mira)):
        waits(session, by, peer, noon)
    if how == "ended":
        ended(session, mira, noon)
    elif how == "erased":
        erased(mira, noon)
    elif how == "blocked":
        blocks.block(profile_id=mira.pk, session_id=session.pk, now=noon)
    else:
        for hours in (1, 0):
            idleness.look_after(now=noon - timedelta(hours=hours))
    # Of equal priority, the sender takes them in the order of the outbox.
    assert [kind for kind in told(oleh) if kind in LAST_WORDS] == LAST_WORDS
    if how == "idle":
        assert [kind for kind in told(mira) if kind in LAST_WORDS] == LAST_WORDS


def test_nothing_is_promised_of_who_is_erased(mira: Profile, oleh: Profile, noon: datetime) -> None:
    """C7, P7: they can neither be reported nor blocked any more."""
    conversation(mira, oleh, noon)
    erased(oleh, noon)
    text = rendered(mira, "chat.ended")
    assert text is not None
    assert "I'm here" in text.html
    assert "/report" not in text.html


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_button_of_an_earlier_conversation(language: str) -> None:
    """C7: who talks to somebody else now does not read that it is over, but that nothing has changed."""
    over = farewells.already_over(language=language)
    talking = farewells.already_over(language=language, is_talking=True)
    assert over.html.splitlines()[0] not in talking.html
    for text in (over, talking):
        assert shown(text) == []
        assert "/sos" in text.html


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_question_says_what_is_still_on_its_way(
    mira: Profile, oleh: Profile, noon: datetime, language: str
) -> None:
    """C7, C4: one's own messages, waiting for their turn or for the partner's consent."""
    session = conversation(mira, oleh, noon)
    waits(session, oleh, mira, noon)
    assert queries.on_the_way(session=session, sender_id=mira.pk) == 0
    waits(session, mira, oleh, noon)
    HeldMedia.objects.create(session=session, sender=mira, message_id=8, kind="photo", created_at=noon)
    assert queries.on_the_way(session=session, sender_id=mira.pk) == 2
    none, two = (
        messages.end_question(session_id=session.pk, on_the_way=number, language=language).html for number in (0, 2)
    )
    assert "⏳ 2 " in two
    assert none == two.split("\n\n")[0]


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
    assert shown(remembered) == rows_of_who_ended(session)
    assert ticked(rendered(oleh, "chat.ended")) == []


def test_apps_above_add_their_rows(mira: Profile, oleh: Profile, noon: datetime, settings: Settings) -> None:
    """C7: last of all, for both, and only while there is something to say."""
    settings.CHAT_FAREWELL_ROWS = ["tests.chat.test_farewell.extra"]
    session = conversation(mira, oleh, noon)
    ended(session, mira, noon)
    above = [f"above:more:{session.pk}"]
    assert shown(farewell(mira, session, noon)) == [*rows_of_who_ended(session), above]
    assert shown(rendered(oleh, "chat.ended")) == [*rows(session), above]
    erased(oleh, noon)
    assert shown(farewell(mira, session, noon)) == rows(session)[:2]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_tap_too_many_does_no_harm(mira: Profile, oleh: Profile, noon: datetime, language: str) -> None:
    """C7: where "End" stood there is the same again, which shows the farewell; where "End and find someone" stood there
    is the search. Where an answer stood there is the same answer, and where it is over there is nothing."""
    session = conversation(mira, oleh, noon)
    question = shown(messages.end_question(session_id=session.pk, on_the_way=0, language=language))
    wrote(mira, session, noon)
    assert idleness.offer(session_id=session.pk, now=noon + timedelta(minutes=11))
    offered = shown(rendered(mira, "chat.waiting_long"))
    ended(session, mira, noon)
    after = shown(farewell(mira, session, noon, language))
    end = [f"chat:end:{session.pk}"]
    assert after[question.index(end)] == end
    assert services.end(session_id=session.pk, profile_id=mira.pk, now=noon)
    assert shown(farewell(mira, session, noon, language)) == after
    switch = offered.index([f"chat:switch:{session.pk}"])
    assert after[switch] == ["matching:find"]
    # Where they have talked on, it is asked first.
    assert question[switch] == [f"chat:stay:{session.pk}"]
    assert shown(farewells.already_over(language=language)) == []
    keep = [f"chat:stay:{session.pk}"]
    assert shown(messages.stayed(session_id=session.pk, language=language))[question.index(keep)] == keep
    wish = farewells.remembered(farewells.About(session.pk, mira.pk, noon, language))
    assert shown(wish) == after


@pytest.mark.parametrize("both", [True, False])
def test_a_yes_too_many_is_the_same_yes(both: bool) -> None:
    """M5: where "Accept" stood nothing is taken back and nothing else opens."""
    first, *others = shown(messages.accepted(match_id=7, both=both, language="en"))
    assert first == ["chat:accept:7"]
    assert "safety:sos" in others[0]
