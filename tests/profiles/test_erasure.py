"""Disappearing (P7): nothing is left of a person but what must outlast them."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
import time_machine
from django.db import connection, transaction
from django.db.models import Model

from chat.models import ChatSession
from delivery import queue
from delivery.models import OutboxMessage, Recipient
from matching import services as matching
from matching.models import PoolEntry, RecentContact, Seat
from profiles import erasure, languages, onboarding
from profiles.models import ErasedStanding, Profile
from profiles.steps import Minor, Suspended
from safety.models import Case, ModerationAction
from tests.base import person
from tests.outbox import rendered, told
from tests.profiles.everything import BIO, COMMENT, everything_about, models_that_name_people, plain_texts, someone
from tests.profiles.everything import tables_with as found_in
from tests.safety.scenes import NOON, conversation, ended

pytestmark = pytest.mark.django_db

# What moderators did outlasts the person, under an id that leads nowhere.
KEEP_SUBJECT: set[type[Model]] = {Case, ModerationAction}
# Made by erasing only.
NOT_BEFORE: set[type[Model]] = {ErasedStanding}


def tables(models: set[type[Model]]) -> set[str]:
    """Their names in the database."""
    return {model._meta.db_table for model in models}


def erase(profile: Profile) -> bool:
    """The person taps "delete everything"."""
    return erasure.erase_oneself(telegram_id=profile.recipient.telegram_id, profile_id=profile.pk, now=NOON)


def test_nothing_is_left_in_any_table() -> None:
    """P7: a person with something in every table that can name people is found in none of them afterwards."""
    mira = someone()
    partner, candidate = everything_about(mira)
    recipient = mira.recipient
    subjects = found_in([mira.subject])
    # A new model that names people needs a row in this scene, and by that is covered below.
    assert found_in([mira.pk, mira.subject]) >= tables(models_that_name_people() - NOT_BEFORE)
    assert {BIO, COMMENT} <= plain_texts()

    assert erase(mira)

    assert found_in([mira.pk, recipient.telegram_id, mira.nickname, mira.nickname_key]) == set()
    assert found_in([mira.subject]) == subjects & tables(KEEP_SUBJECT)
    # What the partner wrote about them is the partner's.
    assert plain_texts() == {COMMENT}
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert set(Profile.objects.all()) == {partner, candidate}


def test_the_partner_is_told_as_by_end() -> None:
    """P7: who talks with somebody who disappears reads what /end would have said; of a conversation that is gone there
    is nothing to rate, and nobody to meet again."""
    mira, oleh, ada, ivan = person("Мира"), person("Олег"), person("Ада"), person("Иван")
    session = conversation(ada, ivan)
    ended(session, ada)
    conversation(mira, oleh)
    erase(mira)
    assert told(oleh)[-1] == "chat.ended"
    with time_machine.travel(NOON, tick=False):
        goodbye, as_by_end = rendered(oleh, "chat.ended"), rendered(ivan, "chat.ended")
    assert goodbye is not None
    assert as_by_end is not None
    assert as_by_end.html.startswith(goodbye.html)
    assert as_by_end.html.endswith("Помог тебе этот разговор? Собеседник не узнает твой ответ.")
    # There is nobody left to report or to block.
    assert "/block" in as_by_end.html
    assert "/block" not in goodbye.html
    assert goodbye.buttons == as_by_end.buttons[:2]
    assert [data for row in as_by_end.buttons[2:] for _, data in row] == [
        *(f"chat:rate:{session.pk}:{score}" for score in (100, 50, 0)),
        f"chat:again:{session.pk}",
    ]
    assert not Seat.objects.filter(pk=oleh.pk).exists()
    assert ChatSession.objects.get() == session


def test_an_open_proposal_costs_the_other_nothing() -> None:
    """M5: who was proposed to somebody who disappears goes back in front, with their waiting time."""
    mira, oleh = person("Мира"), person("Олег")
    matching.find(profile_id=oleh.pk, now=NOON - timedelta(minutes=3))
    matching.find(profile_id=mira.pk, now=NOON)
    erase(mira)
    assert PoolEntry.objects.get().since == NOON - timedelta(minutes=3)
    assert told(oleh)[-1] == "matching.requeued"
    assert not RecentContact.objects.exists()


def test_a_suspension_outlasts_it() -> None:
    """P7: deleting undoes no suspension; without one nothing is kept that could recognise the person."""
    mira, oleh = person("Мира"), person("Олег")
    until = NOON + timedelta(days=7)
    Profile.objects.filter(pk=mira.pk).update(suspended_until=until)
    for profile in (mira, oleh):
        erase(profile)
    assert not Recipient.objects.exists()
    standing = ErasedStanding.objects.get()
    assert standing.telegram_hash == erasure.telegram_hash(mira.recipient.telegram_id)
    assert str(mira.recipient.telegram_id) not in standing.telegram_hash
    assert (standing.suspended_until, standing.keep_until) == (until, until)

    back = onboarding.start(telegram_id=mira.recipient.telegram_id, language_code="ru", now=NOON + timedelta(days=6))
    assert isinstance(back, Suspended)
    assert back.until == until
    again = Profile.objects.get()
    assert (again.pk != mira.pk, again.subject) == (True, mira.subject)
    assert not ErasedStanding.objects.exists()


def test_being_under_18_outlasts_it() -> None:
    """P1: who answered to be under 18 is not asked again that day, erased or not."""
    start = partial(onboarding.start, telegram_id=7_100_000_001, language_code="uk", now=NOON)
    start()
    young = Profile.objects.get()
    onboarding.say_under_18(profile_id=young.pk, now=NOON)
    erase(young)
    assert isinstance(start(), Minor)


def test_a_standing_that_is_over_does_not_come_back() -> None:
    """P7: whoever comes back after the suspension is somebody new in every respect."""
    mira = person("Мира")
    Profile.objects.filter(pk=mira.pk).update(suspended_until=NOON + timedelta(days=1))
    erase(mira)
    later = NOON + timedelta(days=2)
    onboarding.start(telegram_id=mira.recipient.telegram_id, language_code="ru", now=later)
    again = Profile.objects.get()
    assert again.subject != mira.subject
    assert (again.suspended_until, again.nickname, again.state) == (None, "", Profile.State.WAITING_NICKNAME)


def test_the_same_tap_again_does_nothing_to_who_began_anew() -> None:
    """P7: a second tap, or one that Telegram brings again, finds nothing, nor the new profile of the same person."""
    mira = person("Мира")
    assert erase(mira)
    assert not erase(mira)
    onboarding.start(telegram_id=mira.recipient.telegram_id, language_code="ru", now=NOON)
    assert not erase(mira)
    assert Profile.objects.exists()


def test_nobody_erases_somebody_else() -> None:
    """P8: a button counts only for the person whose profile it is about."""
    mira, oleh = person("Мира"), person("Олег")
    assert not erasure.erase_oneself(telegram_id=oleh.recipient.telegram_id, profile_id=mira.pk, now=NOON)
    assert Profile.objects.count() == 2


def test_who_only_chose_a_language_can_disappear() -> None:
    """P7: there may be something stored about somebody who never pressed Start."""
    languages.switch_interface(telegram_id=7_100_000_002, language="uk")
    pk = Recipient.objects.get().pk
    assert erasure.erase(profile_id=pk, now=NOON)
    assert not Recipient.objects.exists()


def test_a_sender_that_has_something_in_hand_finds_nothing() -> None:
    """P7: whatever becomes of a message that is being sent at this moment, the sender goes on."""
    concluding: list[Callable[[int], object]] = [
        lambda pk: queue.record_sent(outbox_id=pk, message_ids=[9], now=NOON),
        lambda pk: queue.close(outbox_id=pk, state=OutboxMessage.State.DEAD, error="BadRequest", now=NOON),
        lambda pk: queue.record_gone(outbox_id=pk, reason="Forbidden", now=NOON),
        lambda pk: queue.retry(outbox_id=pk, after=timedelta(0), error="TimedOut", unknown=True, now=NOON),
    ]
    for conclude in concluding:
        mira, oleh = person("Мира"), person("Олег")
        conversation(mira, oleh)
        # The proposals come first, and are dropped: the conversation has begun.
        assert queue.lease(limit=9, now=NOON) == []
        leased = [message.id for message in queue.lease(limit=9, now=NOON)]
        assert len(leased) == 2
        for profile in (mira, oleh):
            erase(profile)
        for pk in leased:
            conclude(pk)
        assert not OutboxMessage.objects.exists()


def test_it_is_all_or_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """P7: whatever goes wrong on the way, the person is there as before, and can try again."""
    mira = someone()
    everything_about(mira)
    before = found_in([mira.pk])

    def fail(*args: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("delivery.personal_data.erase", fail)
    with transaction.atomic(), pytest.raises(RuntimeError):
        erase(mira)
    assert found_in([mira.pk]) == before
