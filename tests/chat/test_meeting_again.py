"""Meeting again: what each of the two may say after a conversation, what they learn, and what comes of it."""

from datetime import datetime, timedelta

import pytest
from django.db import transaction

from chat import farewells, meeting_again, services
from chat.models import ChatSession
from delivery.models import OutboxMessage
from delivery.outgoing import Text
from matching import personal_data
from matching import services as matching
from matching.models import Match, RecentContact, ReunionWish, Seat
from profiles.models import Profile
from safety import blocks, sanctions
from tests.base import person
from tests.chat.scenes import just_over, unnumbered
from tests.outbox import rendered, told
from tests.safety.scenes import claimed_case, conversation, ended, erased, moderator, report

pytestmark = pytest.mark.django_db

BOTH = "chat.both_meet_again"


@pytest.fixture
def language() -> str:
    """They read English."""
    return "en"


@pytest.fixture
def session(mira: Profile, oleh: Profile, noon: datetime) -> ChatSession:
    """Their conversation, over just now."""
    return just_over(mira, oleh, noon)


def wishes(profile: Profile, session: ChatSession, now: datetime) -> None:
    """The person taps 🤝."""
    meeting_again.wish(session_id=session.pk, profile_id=profile.pk, now=now)


def buttons(text: Text | None) -> list[str]:
    """The callback data of the buttons, in order."""
    assert text is not None
    return [data for row in text.buttons for _, data in row]


def search(*people: Profile, now: datetime) -> None:
    """They search, one after the other."""
    for profile in people:
        matching.find(profile_id=profile.pk, now=now)


def partner_of(profile: Profile) -> int:
    """Whom the person is proposed to."""
    return Seat.objects.get(pk=profile.pk).match.partner_of(profile.pk)


def farewell(profile: Profile, session: ChatSession, now: datetime) -> Text:
    """What the person reads who ends the conversation, or has."""
    services.end(session_id=session.pk, profile_id=profile.pk, now=now)
    return farewells.farewell(farewells.About(session.pk, profile.pk, now, "en"))


def rating(session: ChatSession) -> list[str]:
    """The buttons that ask how it was."""
    return [f"chat:rate:{session.pk}:{score}" for score in (100, 50, 0)]


def test_it_is_asked_last_and_of_both(mira: Profile, oleh: Profile, noon: datetime) -> None:
    """C7: under both goodbyes, after the search, 🆘 and the rating."""
    session = conversation(mira, oleh, noon)
    expected = ["matching:find", "safety:sos", *rating(session), f"chat:again:{session.pk}"]
    assert buttons(farewell(mira, session, noon))[1:] == expected
    assert buttons(rendered(oleh, "chat.ended")) == expected


def test_one_wish_is_nobodys_business(mira: Profile, oleh: Profile, session: ChatSession, noon: datetime) -> None:
    """C7: the other is told nothing, reads the same, and is introduced to others as ever."""
    before = told(oleh)
    wishes(mira, session, noon)
    assert told(oleh) == before
    search(mira, oleh, now=noon)
    assert not Seat.objects.exists()


def test_both_are_told_once(mira: Profile, oleh: Profile, session: ChatSession, noon: datetime) -> None:
    """C7: when both would, both are told, with the way to search; taps too many change nothing."""
    for profile in (mira, mira, oleh, oleh, mira):
        wishes(profile, session, noon)
    for profile, partner in ((mira, "Олег"), (oleh, "Мира")):
        assert told(profile).count(BOTH) == 1
        text = rendered(profile, BOTH)
        assert text is not None
        assert f"<b>{partner}</b>" in text.html
        assert buttons(text) == ["matching:find", "safety:sos"]


def test_they_come_first(mira: Profile, oleh: Profile, session: ChatSession, noon: datetime) -> None:
    """C7, M6: before anybody else who waits, within the day after the conversation; the proposal says so."""
    for profile in (mira, oleh):
        wishes(profile, session, noon)
    stranger = person("Ада", speaks=["uk"])
    Profile.objects.filter(pk=mira.pk).update(speaks_uk=True)
    search(stranger, oleh, mira, now=noon)
    assert partner_of(mira) == oleh.pk
    for profile, partner in ((mira, "Олег"), (oleh, "Мира")):
        text = rendered(profile, "matching.proposal")
        assert text is not None
        assert f"<b>{partner}</b> again" in text.html


def test_a_first_meeting_does_not_say_again(mira: Profile, oleh: Profile, noon: datetime) -> None:
    """C7, M5: only who both asked for it reads that they have."""
    search(mira, oleh, now=noon)
    text = rendered(mira, "matching.proposal")
    assert text is not None
    assert "again" not in text.html


def test_after_they_have_met_it_is_asked_anew(
    mira: Profile, oleh: Profile, session: ChatSession, noon: datetime
) -> None:
    """C7: the wishes of last time do not answer for this time."""
    for profile in (mira, oleh):
        wishes(profile, session, noon)
    search(mira, oleh, now=noon)
    match = Seat.objects.get(pk=mira.pk).match
    for profile in (mira, oleh):
        services.accept(match_id=match.pk, profile_id=profile.pk, now=noon)
    assert rendered(oleh, BOTH) is None, "said before it went out, it is no news any more"
    second = ChatSession.objects.get(match=match)
    ended(second, oleh, noon)
    wishes(mira, second, noon)
    assert told(oleh).count(BOTH) == 1
    search(mira, oleh, now=noon)
    assert not Seat.objects.exists()


def test_who_skips_the_other_this_time_is_not_asked_again(
    mira: Profile, oleh: Profile, session: ChatSession, noon: datetime
) -> None:
    """C7, M6: a skip takes the wish back, so that they don't come first for ever."""
    for profile in (mira, oleh):
        wishes(profile, session, noon)
    search(mira, oleh, now=noon)
    match = Seat.objects.get(pk=mira.pk).match
    matching.skip(match_id=match.pk, profile_id=mira.pk, now=noon)
    later = noon + timedelta(hours=73)
    search(mira, now=later)
    assert not Match.objects.get(a=match.a_id, b=match.b_id, created_at=later).again


@pytest.mark.parametrize("hours", [0, 24])
def test_for_a_day(mira: Profile, session: ChatSession, noon: datetime, hours: int) -> None:
    """C7: as long as the partner can be reported or blocked."""
    wishes(mira, session, noon + timedelta(hours=hours))
    assert ReunionWish.objects.count() == 1


def test_not_later_nor_of_others(mira: Profile, oleh: Profile, session: ChatSession, noon: datetime) -> None:
    """C7: not after a day, while they talk, of a conversation that is gone, or of somebody else's."""
    with pytest.raises(meeting_again.TooFarBack):
        wishes(mira, session, noon + timedelta(hours=24, seconds=1))
    with pytest.raises(meeting_again.TooFarBack):
        wishes(person("Чужой"), session, noon)
    live = conversation(mira, oleh, noon)
    with pytest.raises(meeting_again.TooFarBack):
        wishes(mira, live, noon)
    erased(oleh, noon)
    with pytest.raises(meeting_again.TooFarBack):
        wishes(mira, session, noon)
    assert not ReunionWish.objects.exists()


def test_who_is_gone_is_not_waited_for(mira: Profile, oleh: Profile, noon: datetime) -> None:
    """C5, C7: a partner who can't be reached, or has erased themselves, is not offered."""
    session = conversation(mira, oleh, noon)
    with transaction.atomic():
        services.leave_unreachable(profile_id=oleh.pk, now=noon)
    assert buttons(rendered(mira, "chat.ended")) == ["matching:find", "safety:sos", *rating(session)]
    with pytest.raises(meeting_again.TooFarBack):
        wishes(mira, session, noon)
    conversation(mira, oleh, noon)
    erased(oleh, noon)
    assert buttons(rendered(mira, "chat.ended")) == ["matching:find", "safety:sos"]


def test_the_blocked_person_notices_nothing(mira: Profile, oleh: Profile, noon: datetime) -> None:
    """S2, C7: after a block the wish is taken as after /end, stands in their file as it would, and has no effect."""
    seen = []
    for act in ("end", "block"):
        session = conversation(mira, oleh, noon)
        if act == "end":
            ended(session, mira, noon)
        else:
            blocks.block(profile_id=mira.pk, session_id=session.pk, now=noon)
        shown = unnumbered(rendered(oleh, "chat.ended"), session)
        before = told(oleh)
        wishes(oleh, session, noon)
        after = told(oleh)[len(before) :]
        seen.append((shown, after, personal_data.export(oleh)))
        Match.objects.all().delete()
        ReunionWish.objects.all().delete()
    assert seen[0] == seen[1]


def test_a_block_takes_back_the_own_wish_only(
    mira: Profile, oleh: Profile, session: ChatSession, noon: datetime
) -> None:
    """S2, C7: they don't come first any more, "both" is not said any more, and the other's file stays as it was."""
    for profile in (mira, oleh):
        wishes(profile, session, noon)
    file = personal_data.export(oleh)
    blocks.block(profile_id=mira.pk, session_id=session.pk, now=noon)
    assert personal_data.export(oleh) == file
    assert rendered(oleh, BOTH) is None
    wishes(oleh, session, noon)
    search(mira, oleh, now=noon)
    assert not Seat.objects.exists()
    assert set(RecentContact.objects.values_list("reason", flat=True)) == {"block"}


def test_who_blocked_is_not_asked(mira: Profile, oleh: Profile, session: ChatSession, noon: datetime) -> None:
    """C7: and an old button of theirs says why not."""
    blocks.block(profile_id=oleh.pk, session_id=session.pk, now=noon)
    assert buttons(rendered(oleh, "chat.ended")) == ["matching:find", "safety:sos", *rating(session)]
    with pytest.raises(meeting_again.Parted):
        wishes(oleh, session, noon)
    wishes(mira, session, noon)
    assert not OutboxMessage.objects.filter(kind=BOTH).exists()


def test_who_reported_is_not_asked(mira: Profile, oleh: Profile, noon: datetime) -> None:
    """C7, S1: their farewell goes without it; the one who was reported sees no difference."""
    session = conversation(mira, oleh, noon)
    report(mira, session, "abuse", now=noon)
    assert buttons(farewell(mira, session, noon))[1:] == ["matching:find", "safety:sos", *rating(session)]
    assert buttons(rendered(oleh, "chat.ended"))[-1] == f"chat:again:{session.pk}"
    with pytest.raises(meeting_again.Parted):
        wishes(mira, session, noon)


def test_a_report_takes_the_wish_back(mira: Profile, oleh: Profile, session: ChatSession, noon: datetime) -> None:
    """C7, S1: whoever reports their partner afterwards does not meet them first."""
    wishes(mira, session, noon)
    report(mira, session, "abuse", now=noon)
    wishes(oleh, session, noon)
    assert not OutboxMessage.objects.filter(kind=BOTH).exists()


def test_who_fears_for_their_partner_may_meet_them_again(
    mira: Profile, oleh: Profile, session: ChatSession, noon: datetime
) -> None:
    """C7, S1: "I fear for them" parts nobody."""
    report(mira, session, "danger", danger="fear", now=noon)
    for profile in (mira, oleh):
        wishes(profile, session, noon)
    assert told(mira).count(BOTH) == 1


def test_a_suspension_takes_all_wishes_back(mira: Profile, oleh: Profile, session: ChatSession, noon: datetime) -> None:
    """S5, C7: who is paused wishes for nobody, before or meanwhile."""
    wishes(oleh, session, noon)
    report(mira, session, "danger", danger="fear", now=noon)
    staff = moderator()
    case = claimed_case(oleh, staff, noon)
    sanctions.suspend(case_id=case.pk, by=staff.pk, days=1, reason="…", now=noon)
    with pytest.raises(matching.Suspended):
        wishes(oleh, session, noon)
    wishes(mira, session, noon)
    assert not OutboxMessage.objects.filter(kind=BOTH).exists()
