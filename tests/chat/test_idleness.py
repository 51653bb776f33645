"""Conversations that fall silent: an offer to who waits for an answer, a reminder, the end."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from pytest_django.fixtures import Settings

from chat import idleness, services, tasks
from chat.models import ChatSession
from delivery.models import OutboxMessage
from matching import services as matching
from matching.models import Match, PoolEntry, RecentContact, Seat
from profiles.models import Profile
from project.celery import app
from safety import blocks
from tests.base import person
from tests.chat.scenes import buttons, wrote
from tests.outbox import rendered, told
from tests.safety.scenes import NOON, conversation, ended, erased

pytestmark = pytest.mark.django_db

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
OFFER, REMINDER, END = "chat.waiting_long", "chat.idle_soon", "chat.ended"


@pytest.fixture
def mira() -> Profile:
    """Who wrote last."""
    return person("Мира", language="en")


@pytest.fixture
def oleh() -> Profile:
    """Who does not answer."""
    return person("Олег", language="en", timezone="Asia/Tbilisi")


@pytest.fixture
def session(mira: Profile, oleh: Profile) -> ChatSession:
    """They are connected since noon, and nobody has written."""
    return conversation(mira, oleh)


def minutes_pass(begin: datetime, end: datetime, step: timedelta = MINUTE) -> None:
    """The task runs every minute."""
    now = begin
    while now <= end:
        idleness.look_after(now=now)
        now += step


def is_live(session: ChatSession) -> bool:
    """Whether the conversation goes on."""
    return ChatSession.objects.filter(pk=session.pk, ended_at=None).exists()


def news(profile: Profile) -> list[str]:
    """What the person was told about the silence."""
    return [kind for kind in told(profile) if kind in (OFFER, REMINDER, END)]


def test_reminded_then_closed(mira: Profile, oleh: Profile, session: ChatSession) -> None:
    """C8: both are reminded an hour before, once, and told of the end; it lasted to the minute."""
    wrote(mira, session, NOON + HOUR)
    wrote(oleh, session, NOON + 2 * HOUR)
    ChatSession.objects.update(wait_offered_a=True, wait_offered_b=True)
    last = NOON + 2 * HOUR
    minutes_pass(last + 22 * HOUR + 58 * MINUTE, last + 23 * HOUR - MINUTE)
    assert news(mira) == news(oleh) == []
    minutes_pass(last + 23 * HOUR, last + 24 * HOUR - MINUTE)
    assert news(mira) == news(oleh) == [REMINDER]
    assert is_live(session)
    minutes_pass(last + 24 * HOUR, last + 24 * HOUR + 3 * MINUTE)
    session.refresh_from_db()
    assert (session.ended_at, session.ending, session.ended_by) == (last + 24 * HOUR, "idle", None)
    assert news(mira) == news(oleh) == [REMINDER, END]


def test_where_nobody_ever_wrote(session: ChatSession, mira: Profile) -> None:
    """C8: the beginning counts."""
    minutes_pass(NOON + 23 * HOUR, NOON + 24 * HOUR, 10 * MINUTE)
    assert not is_live(session)
    assert news(mira) == [REMINDER, END]


def test_a_closed_conversation_is_over_as_any(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C8, M6: both are free, and rest from each other as after any conversation."""
    minutes_pass(NOON + 23 * HOUR, NOON + 24 * HOUR, HOUR)
    assert not Seat.objects.exists()
    assert Match.objects.get().state == Match.State.COMPLETED
    until = NOON + 48 * HOUR
    assert set(RecentContact.objects.values_list("reason", "until")) == {("conversation", until)}
    for profile in (mira, oleh):
        matching.find(profile_id=profile.pk, now=NOON + 25 * HOUR)
    assert not Seat.objects.exists()


def test_a_message_begins_it_anew(session: ChatSession, mira: Profile) -> None:
    """C8: after the reminder somebody writes; a day later both are reminded again."""
    minutes_pass(NOON + 23 * HOUR, NOON + 23 * HOUR + 50 * MINUTE, 10 * MINUTE)
    written = NOON + 23 * HOUR + 55 * MINUTE
    wrote(mira, session, written)
    minutes_pass(written + 20 * MINUTE, written + 22 * HOUR, HOUR)
    assert is_live(session)
    assert news(mira) == [REMINDER, OFFER]
    minutes_pass(written + 23 * HOUR, written + 24 * HOUR, 10 * MINUTE)
    assert news(mira) == [REMINDER, OFFER, REMINDER, END]


def test_nobody_is_closed_unreminded(session: ChatSession, mira: Profile) -> None:
    """C8: however late the task comes, or however far a clock jumps, there is an hour between reminder and end."""
    late = NOON + timedelta(days=10)
    minutes_pass(late, late + 59 * MINUTE)
    assert news(mira) == [REMINDER]
    assert is_live(session)
    idleness.look_after(now=late + HOUR)
    assert not is_live(session)


def test_a_clock_that_is_set_back(session: ChatSession, mira: Profile) -> None:
    """C8: what lies in the future counts as written now; a reminder of the future is given again in time."""
    wrote(mira, session, NOON + timedelta(days=400))
    ChatSession.objects.update(reminded_at=NOON + timedelta(days=500), wait_offered_a=True, wait_offered_b=True)
    idleness.look_after(now=NOON)
    assert is_live(session)
    assert news(mira) == []
    minutes_pass(NOON + 22 * HOUR, NOON + 23 * HOUR, HOUR)
    assert news(mira) == [REMINDER]
    minutes_pass(NOON + 24 * HOUR, NOON + 25 * HOUR, HOUR)
    assert not is_live(session)


def test_who_waits_for_an_answer_is_offered_another_way(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C8: after ten minutes, whoever wrote last, and nobody else."""
    wrote(mira, session, NOON)
    minutes_pass(NOON, NOON + 9 * MINUTE)
    assert news(mira) == []
    minutes_pass(NOON + 10 * MINUTE, NOON + 60 * MINUTE)
    assert (news(mira), news(oleh)) == ([OFFER], [])
    assert buttons(rendered(mira, OFFER)) == ["safety:sos", f"chat:switch:{session.pk}", f"chat:stay:{session.pk}"]


def test_once_in_a_conversation(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C8: of each of the two; what they do not want to hear again they do not hear again."""
    now = NOON
    for by in (mira, oleh, mira, oleh):
        wrote(by, session, now)
        minutes_pass(now, now + 30 * MINUTE, 10 * MINUTE)
        now += HOUR
    assert news(mira) == news(oleh) == [OFFER]


def test_where_nobody_wrote_nobody_waits(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C8: silence from the beginning is nobody's wait."""
    minutes_pass(NOON, NOON + HOUR, 10 * MINUTE)
    assert news(mira) == news(oleh) == []


def test_what_is_no_longer_true_is_not_said(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C8: an answer, a message or an end before it went out."""
    wrote(mira, session, NOON)
    minutes_pass(NOON + 10 * MINUTE, NOON + 23 * HOUR, HOUR)
    minutes_pass(NOON + 23 * HOUR, NOON + 23 * HOUR)
    for kind in (OFFER, REMINDER):
        assert rendered(mira, kind) is not None
    wrote(oleh, session, NOON + 23 * HOUR + MINUTE)
    for kind in (OFFER, REMINDER):
        assert rendered(mira, kind) is None
    wrote(mira, session, NOON)
    ended(session, oleh)
    for kind in (OFFER, REMINDER):
        assert rendered(mira, kind) is None


def test_the_reminder_says_when(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C8: by each one's own clock, however late the reminder was."""
    idleness.look_after(now=NOON + 26 * HOUR + 7 * MINUTE)
    until = NOON + 27 * HOUR + 7 * MINUTE
    for profile in (mira, oleh):
        text = rendered(profile, REMINDER)
        assert text is not None
        assert f"{until.astimezone(ZoneInfo(profile.timezone)):%H:%M}" in text.html
        assert buttons(text) == ["safety:sos"]


def test_the_times_are_settings(session: ChatSession, mira: Profile, settings: Settings) -> None:
    """C8: all three of them."""
    settings.SESSION_IDLE, settings.SESSION_IDLE_REMINDER, settings.ANSWER_WAIT = 2 * HOUR, 30 * MINUTE, MINUTE
    wrote(mira, session, NOON)
    minutes_pass(NOON, NOON + 2 * HOUR)
    assert news(mira) == [OFFER, REMINDER, END]
    assert not is_live(session)


def test_an_ended_conversation_is_left_alone(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C8, S2: nothing more is said of it, and how it ended stays."""
    wrote(mira, session, NOON)
    blocks.block(profile_id=mira.pk, session_id=session.pk, now=NOON)
    minutes_pass(NOON, NOON + 30 * HOUR, HOUR)
    session.refresh_from_db()
    assert session.ending == "ended"
    assert (news(mira), news(oleh)) == ([], [END])


def test_ended_and_searching_in_one_tap(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C8: "end and search" ends it as /end does and puts the person into the pool; a second tap changes nothing."""
    wrote(mira, session, NOON - 10 * MINUTE)
    olha = person("Оля", topics=("anxiety", "loss"), speaks=("en",))
    matching.find(profile_id=olha.pk, now=NOON)
    for _ in range(2):
        assert services.end_and_search(session_id=session.pk, profile_id=mira.pk, now=NOON)
    session.refresh_from_db()
    assert (session.ending, session.ended_by) == ("ended", mira)
    assert news(oleh) == [END]
    assert set(PoolEntry.objects.values_list("profile", flat=True)) == {mira.pk, olha.pk}


def test_where_somebody_waits_they_are_proposed_at_once(session: ChatSession, mira: Profile) -> None:
    """C8, M4: also when the update comes again."""
    wrote(mira, session, NOON - 10 * MINUTE)
    olha = person("Оля")
    matching.find(profile_id=olha.pk, now=NOON)
    for _ in range(2):
        assert services.end_and_search(session_id=session.pk, profile_id=mira.pk, now=NOON)
    assert set(Seat.objects.values_list("profile", flat=True)) == {mira.pk, olha.pk}


def test_who_may_not_search_goes_on_talking(session: ChatSession, mira: Profile, settings: Settings) -> None:
    """C8, P1: nobody loses a conversation to a tap that can't do all it says."""
    settings.RULES_VERSION = 2
    wrote(mira, session, NOON - 10 * MINUTE)
    with pytest.raises(matching.RulesChanged):
        services.end_and_search(session_id=session.pk, profile_id=mira.pk, now=NOON)
    assert is_live(session)


def test_an_old_offer_does_not_end_what_lives(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C8: the two have written since; a stray tap on the offer changes nothing."""
    for by, ago in ((oleh, 30 * MINUTE), (oleh, MINUTE), (mira, MINUTE)):
        wrote(by, session, NOON - ago)
        with pytest.raises(services.TalkedOn):
            services.end_and_search(session_id=session.pk, profile_id=mira.pk, now=NOON)
    assert is_live(session)
    assert news(oleh) == []
    assert not PoolEntry.objects.exists()
    wrote(mira, session, NOON - 10 * MINUTE)
    assert services.end_and_search(session_id=session.pk, profile_id=mira.pk, now=NOON)


def test_an_old_offer_ends_nothing_else(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """C8: the button is about one conversation; in another one it does nothing."""
    ended(session, oleh)
    other = conversation(mira, person("Оля"))
    with pytest.raises(matching.AlreadyTalking):
        services.end_and_search(session_id=session.pk, profile_id=mira.pk, now=NOON)
    with pytest.raises(services.NoSession):
        services.end_and_search(session_id=other.pk, profile_id=oleh.pk, now=NOON)
    assert is_live(other)


def test_who_is_gone_is_not_reminded(session: ChatSession, mira: Profile, oleh: Profile) -> None:
    """P7, C8: a conversation that is gone is looked after no more."""
    erased(oleh)
    minutes_pass(NOON, NOON + 25 * HOUR, HOUR)
    assert news(mira) == [END]


def test_the_task_runs_every_minute(session: ChatSession) -> None:
    """C8: on the schedule, one call, and nothing to do the second time."""
    entries = [each for each in app.conf.beat_schedule.values() if each["task"].startswith("chat.")]
    assert [(each["task"], each["schedule"]) for each in entries] == [
        (tasks.look_after_silent_conversations.name, MINUTE)
    ]
    assert [tasks.look_after_silent_conversations() for _ in range(2)] == [1, 0]
    assert OutboxMessage.objects.filter(kind=REMINDER).count() == 2
