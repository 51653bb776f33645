"""Blocking: the two part and stay apart, and the blocked person can't tell it from an ordinary end."""

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings

from chat import personal_data as chat_data
from chat.models import ChatSession
from delivery.models import OutboxMessage
from matching import personal_data as matching_data
from matching import retention, sweeping
from matching import services as matching
from matching.models import Match, PoolEntry, RecentContact, Seat
from profiles.models import Profile
from safety import blocks
from safety import personal_data as safety_data
from safety.models import Block
from tests.base import person
from tests.chat.scenes import unnumbered
from tests.outbox import rendered, told

from .scenes import NOON, conversation, ended

pytestmark = pytest.mark.django_db

A_MONTH = NOON + timedelta(days=30)


@pytest.fixture
def mira() -> Profile:
    """Who blocks."""
    return person("Мира")


@pytest.fixture
def oleh() -> Profile:
    """Who is blocked."""
    return person("Олег")


def test_block_ends_the_conversation_and_keeps_the_two_apart(mira: Profile, oleh: Profile) -> None:
    """S2, S8: session ended, match completed, both free, 30 days' cooldown in both directions."""
    session = conversation(mira, oleh)
    made = blocks.block(profile_id=mira.pk, session_id=session.pk, now=NOON)
    session.refresh_from_db()
    assert (session.ended_at, session.match.state) == (NOON, Match.State.COMPLETED)
    assert not Seat.objects.exists()
    assert set(RecentContact.objects.values_list("user", "other", "until")) == {
        (mira.pk, oleh.pk, A_MONTH),
        (oleh.pk, mira.pk, A_MONTH),
    }
    assert (made.blocker, made.blocked, made.until) == (mira, oleh, A_MONTH)


def test_the_two_do_not_meet_again(mira: Profile, oleh: Profile) -> None:
    """S2, M2: neither is proposed to the other while the block lasts, whoever searches first."""
    blocks.block(profile_id=mira.pk, session_id=conversation(mira, oleh).pk, now=NOON)
    just_before = A_MONTH - timedelta(seconds=1)
    for profile in (oleh, mira):
        assert not matching.find(profile_id=profile.pk, now=just_before).proposed
    assert sweeping.sweep(now=A_MONTH) == 1


def test_the_blocked_person_can_not_tell_it_from_an_end(mira: Profile, oleh: Profile) -> None:
    """S2: the same notification, text, buttons, priority and time as by /end, and the session looks the same."""
    seen = []
    for act in ("end", "block"):
        session = conversation(mira, oleh)
        if act == "end":
            ended(session, mira)
        else:
            blocks.block(profile_id=mira.pk, session_id=session.pk, now=NOON)
        row = OutboxMessage.objects.filter(recipient=oleh.pk).latest("pk")
        row_shown = (row.kind, row.priority, row.due_at, row.params["ending"], sorted(row.params))
        shown = ChatSession.objects.values("ending", "ended_at", "ended_by").get(pk=session.pk)
        # The one thing that differs between any two goodbyes is the number of the conversation, in its buttons.
        with time_machine.travel(NOON, tick=False):
            goodbye = unnumbered(rendered(oleh, row.kind), session)
        assert "chat:rate:…:50" in goodbye
        assert "chat:again:…" in goodbye
        seen.append((row_shown, goodbye, shown, told(oleh)[-1]))
    assert seen[0] == seen[1]


def test_the_blocked_persons_file_does_not_tell_either(mira: Profile, oleh: Profile) -> None:
    """S2, P7: days later, when the rest after an ordinary end is over, the two files are still the same."""
    seen = []
    for act in ("end", "block"):
        session = conversation(mira, oleh)
        if act == "end":
            ended(session, mira)
        else:
            blocks.block(profile_id=mira.pk, session_id=session.pk, now=NOON)
        retention.purge(NOON + timedelta(days=2))
        file = {app.__name__: app.export(oleh) for app in (safety_data, chat_data, matching_data)}
        seen.append(file)
        Match.objects.all().delete()
    assert seen[0] == seen[1]


def test_a_second_tap_is_the_same_block(mira: Profile, oleh: Profile) -> None:
    """S2: a double tap or a redelivery changes nothing."""
    session = conversation(mira, oleh)
    first = blocks.block(profile_id=mira.pk, session_id=session.pk, now=NOON)
    assert blocks.block(profile_id=mira.pk, session_id=session.pk, now=NOON + timedelta(minutes=1)) == first
    assert told(oleh).count("chat.ended") == 1


def test_both_may_block(mira: Profile, oleh: Profile) -> None:
    """S2: each block is its own."""
    session = conversation(mira, oleh)
    blocks.block(profile_id=mira.pk, session_id=session.pk, now=NOON)
    blocks.block(profile_id=oleh.pk, session_id=session.pk, now=NOON)
    assert Block.objects.count() == 2


def test_after_the_end_for_a_day(mira: Profile, oleh: Profile) -> None:
    """S2: the last partner can be blocked up to 24 h after the end; the other hears nothing of it."""
    session = conversation(mira, oleh)
    ended(session, oleh)
    before = told(oleh)
    with pytest.raises(blocks.NoSessionToBlock):
        blocks.block(profile_id=mira.pk, session_id=session.pk, now=NOON + timedelta(hours=24, seconds=1))
    blocks.block(profile_id=mira.pk, session_id=session.pk, now=NOON + timedelta(hours=24))
    assert told(oleh) == before
    assert set(RecentContact.objects.values_list("until", flat=True)) == {A_MONTH + timedelta(hours=24)}


def test_an_old_button_leaves_another_conversation_alone(mira: Profile, oleh: Profile) -> None:
    """S2: who talks with somebody else by now goes on talking."""
    session = conversation(mira, oleh)
    ended(session, oleh)
    other = conversation(mira, person("Ада"))
    blocks.block(profile_id=mira.pk, session_id=session.pk, now=NOON)
    other.refresh_from_db()
    assert other.ended_at is None


def test_a_proposal_of_the_two_is_over_as_well(mira: Profile, oleh: Profile) -> None:
    """S2, M6: where they could meet again at once, the open proposal is declined; the other waits in front."""
    session = conversation(mira, oleh)
    ended(session, oleh)
    RecentContact.objects.all().delete()
    for profile in (mira, oleh):
        matching.find(profile_id=profile.pk, now=NOON)
    assert Seat.objects.count() == 2
    blocks.block(profile_id=mira.pk, session_id=session.pk, now=NOON)
    assert not Seat.objects.exists()
    assert list(PoolEntry.objects.values_list("pk", flat=True)) == [oleh.pk]


def test_nobody_elses_conversation(mira: Profile, oleh: Profile) -> None:
    """S2: a button with another session's number does nothing."""
    session = conversation(mira, oleh)
    with pytest.raises(blocks.NoSessionToBlock):
        blocks.block(profile_id=person("Чужой").pk, session_id=session.pk, now=NOON)
    session.refresh_from_db()
    assert session.ended_at is None


def test_how_long_is_a_setting() -> None:
    """S2: 30 days unless set otherwise."""
    assert timedelta(days=30) == settings.BLOCK_LASTS
