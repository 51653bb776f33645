"""What is not kept for ever (O6)."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import F
from django.utils import timezone

from chat.models import ChatSession
from delivery.models import OutboxMessage, Recipient
from matching.models import Match, RecentContact, ReunionWish
from profiles import erasure, languages, onboarding
from profiles.models import ErasedStanding, Profile, Prompt
from project import retention
from project.celery import app
from project.rows import delete_in_batches
from tests.base import person
from tests.matching.racing import race
from tests.safety.scenes import NOON, conversation, ended

DAY = timedelta(days=1)


def purged(after: timedelta) -> dict[str, int]:
    """What a purge so long after noon deletes."""
    return {what: count for what, count in retention.purge(now=NOON + after).items() if count}


@pytest.mark.django_db
def test_old_notices_go() -> None:
    """O6: a week after it was closed a notice goes; what is still to be sent stays, however old."""
    mira, oleh = person("Мира"), person("Олег")
    conversation(mira, oleh)
    OutboxMessage.objects.filter(recipient=mira.pk).update(state=OutboxMessage.State.SENT, closed_at=NOON)
    waiting = OutboxMessage.objects.filter(recipient=oleh.pk).count()
    sent = OutboxMessage.objects.filter(recipient=mira.pk).count()
    assert purged(6 * DAY) == {}
    assert purged(7 * DAY) == {"outbox": sent}
    assert OutboxMessage.objects.count() == waiting


@pytest.mark.django_db
def test_old_history_goes() -> None:
    """O6: a year after its end nobody can tell any more who talked with whom; a live conversation stays."""
    mira, oleh, ada, ivan = person("Мира"), person("Олег"), person("Ада"), person("Иван")
    ended(conversation(mira, oleh), mira)
    live = conversation(ada, ivan)
    OutboxMessage.objects.all().delete()
    assert purged(DAY) == {}
    assert purged(365 * DAY) == {"matches": 1}
    assert ChatSession.objects.get() == live
    assert Match.objects.count() == 1


@pytest.mark.django_db
def test_what_is_over_goes() -> None:
    """O6: cooldowns, wishes, open questions and the standing of who was erased go when their time is up."""
    mira, oleh = person("Мира"), person("Олег")
    for until in (NOON + DAY, NOON + 3 * DAY):
        RecentContact.objects.update_or_create(user=mira, other=oleh, defaults={"until": until, "reason": "decline"})
        Prompt.objects.update_or_create(profile=mira, defaults={"kind": "bio", "expires_at": until})
        ErasedStanding.objects.update_or_create(
            telegram_hash="0" * 64, defaults={"subject": mira.subject, "keep_until": until}
        )
        assert purged(timedelta(0)) == {}
    assert purged(2 * DAY) == {}
    assert purged(3 * DAY) == {"cooldowns": 1, "prompts": 1, "erased_standings": 1}
    ReunionWish.objects.create(wisher=mira, other=oleh, created_at=NOON)
    assert purged(30 * DAY - timedelta(seconds=1)) == {}
    assert purged(30 * DAY) == {"reunion wishes": 1}


@pytest.mark.django_db
def test_who_began_and_never_came_back_is_erased() -> None:
    """O6: after 30 days, unless they finished, came back, or a suspension is in force; nothing of them is left."""
    complete = person("Мира")
    for number, language in enumerate(("ru", "uk", "en")):
        onboarding.start(telegram_id=7_200_000_001 + number, language_code=language, now=NOON)
    languages.switch_interface(telegram_id=7_200_000_009, language="uk")
    gone, back, paused = Profile.objects.exclude(pk=complete.pk).order_by("pk")
    Recipient.objects.update(created_at=NOON)
    Profile.objects.update(seen_at=NOON)
    Profile.objects.filter(pk=back.pk).update(seen_at=F("seen_at") + DAY)
    Profile.objects.filter(pk=paused.pk).update(suspended_until=NOON + 60 * DAY)
    assert purged(29 * DAY) == {}
    assert purged(30 * DAY) == {"abandoned": 2}
    assert set(Recipient.objects.values_list("pk", flat=True)) == {complete.pk, back.pk, paused.pk}
    assert not Profile.objects.filter(pk=gone.pk).exists()
    assert purged(60 * DAY) == {"abandoned": 2}
    assert Recipient.objects.get().pk == complete.pk


@pytest.mark.django_db
def test_who_comes_back_in_the_last_moment_stays() -> None:
    """O6: between being found abandoned and being erased they may have come back, or have finished."""
    onboarding.start(telegram_id=7_200_000_001, language_code="ru", now=NOON)
    back = Profile.objects.get()
    Profile.objects.update(seen_at=NOON + timedelta(seconds=1))
    finished = person("Мира")
    Profile.objects.filter(pk=finished.pk).update(seen_at=NOON)
    for profile in (back, finished):
        assert not erasure.erase(profile_id=profile.pk, unless_seen_since=NOON, now=NOON + 31 * DAY)
    assert erasure.erase(profile_id=back.pk, unless_seen_since=NOON + DAY, now=NOON + 31 * DAY)


@pytest.mark.django_db
def test_the_purge_looks_again() -> None:
    """O6: whoever comes back while the purge is at work is not erased."""
    onboarding.start(telegram_id=7_200_000_001, language_code="ru", now=NOON)
    Profile.objects.update(seen_at=NOON)

    def come_back(execute: Any, statement: str, *parameters: Any) -> Any:
        if "FOR NO KEY UPDATE" in statement:
            Profile.objects.update(seen_at=NOON + 30 * DAY)
        return execute(statement, *parameters)

    with connection.execute_wrapper(come_back):
        assert purged(30 * DAY) == {}
    assert Profile.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_purges_at_once() -> None:
    """O6: whichever deletes a row counts it; neither fails, and nothing is left."""
    for number in range(12):
        onboarding.start(telegram_id=7_300_000_000 + number, language_code="ru", now=NOON)
    Profile.objects.update(seen_at=NOON)
    mira = person("Мира")
    OutboxMessage.objects.bulk_create(
        OutboxMessage(
            kind="chat.ended",
            recipient=mira.recipient,
            dedupe_key=str(number),
            priority=10,
            due_at=NOON,
            state=OutboxMessage.State.SENT,
            closed_at=NOON,
        )
        for number in range(300)
    )
    deleted = race([lambda: retention.purge(now=NOON + 30 * DAY)] * 2)
    assert sum(each["abandoned"] for each in deleted) == 12
    assert sum(each["outbox"] for each in deleted) == 300
    assert Recipient.objects.count() == 1


@pytest.mark.django_db
def test_in_short_transactions() -> None:
    """O6: many rows go a few at a time, and what does not fit the condition any more stays."""
    mira = person("Мира")
    for number in range(7):
        other = person(f"Гость {number}")
        RecentContact.objects.create(user=mira, other=other, until=NOON + number * DAY, reason="decline")
    assert delete_in_batches(RecentContact.objects.filter(until__lte=NOON + 5 * DAY), batch=2) == 6
    assert RecentContact.objects.count() == 1


@pytest.mark.django_db
def test_staff_purge_by_hand() -> None:
    """O6: the command says what went."""
    onboarding.start(telegram_id=7_200_000_001, language_code="ru", now=NOON)
    Profile.objects.update(seen_at=timezone.now() - 31 * DAY)
    screen = StringIO()
    call_command("purge", stdout=screen)
    assert "1 abandoned" in screen.getvalue()
    assert not Recipient.objects.exists()


def test_beat_purges_every_day() -> None:
    """O6: nobody has to remember it."""
    (entry,) = (entry for entry in app.conf.beat_schedule.values() if entry["task"] == "project.tasks.purge")
    assert entry["schedule"] == DAY
    app.loader.import_default_modules()
    assert entry["task"] in app.tasks
