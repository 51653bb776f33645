"""What the safety app hands out, forgets, and remembers of who was erased."""

from datetime import timedelta

import pytest
from django.db import transaction

from delivery.models import Recipient
from matching.models import RecentContact
from profiles.erasure import telegram_hash
from profiles.models import Profile
from safety import blocks, personal_data, reports, retention, sanctions
from safety.models import Block, Case, Report
from tests.base import person

from .scenes import NOON, claimed_case, conversation, ended, erased, moderator, report

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(minutes=5)


@pytest.fixture
def mira() -> Profile:
    """Who reports and blocks."""
    return person("Мира")


@pytest.fixture
def oleh() -> Profile:
    """Who is reported and blocked."""
    return person("Олег")


def reported_with_everything(mira: Profile, oleh: Profile) -> Report:
    """A report with comment and evidence, on a conversation that goes on."""
    made = report(mira, conversation(mira, oleh), "abuse", comment="мой комментарий")
    return reports.attach_evidence(report_id=made.pk, reporter_id=mira.pk, text="его слова", sent_at=NOON, now=NOON)


def come_back(profile: Profile) -> Profile:
    """Somebody who was erased presses Start again."""
    telegram_id = profile.recipient.telegram_id
    with transaction.atomic():
        again = Profile.objects.create(recipient=Recipient.objects.create(telegram_id=telegram_id))
        personal_data.restore(profile=again, now=LATER)
    return again


def test_the_reporter_gets_what_they_made(mira: Profile, oleh: Profile) -> None:
    """P7: own reports with the words in them, own blocks; nothing that names the other."""
    made = reported_with_everything(mira, oleh)
    assert made.session is not None
    blocks.block(profile_id=mira.pk, session_id=made.session.pk, now=NOON)
    exported = personal_data.export(mira)
    [one] = exported["reports_you_made"]
    assert (one["reason"], one["comment"], one["attached_message"]) == ("abuse", "мой комментарий", "его слова")
    assert exported["blocks_you_made"] == [{"created_at": NOON, "until": NOON + timedelta(days=30)}]
    assert exported["decisions_about_you"] == []
    for name in ("Олег", str(oleh.subject)):
        assert name not in str(exported)


def test_the_target_gets_what_was_done_and_not_by_whom(mira: Profile, oleh: Profile) -> None:
    """P7, S1: decisions with their dates; neither reporter, nor comment, nor reason, nor what was dismissed."""
    reported_with_everything(mira, oleh)
    mod = moderator()
    sanctions.suspend(case_id=claimed_case(oleh, mod).pk, by=mod.pk, days=1, reason="грубит", now=LATER)
    session = conversation(person("Ада"), mira)
    report(mira, session, "spam", now=LATER)
    exported = personal_data.export(oleh)
    assert exported == {
        "reports_you_made": [],
        "blocks_you_made": [],
        "decisions_about_you": [{"action": "suspend", "created_at": LATER, "until": LATER + timedelta(days=1)}],
    }


def test_an_erased_reporter_leaves_the_report_without_words(mira: Profile, oleh: Profile) -> None:
    """P7: the case stays open; who reported and what they wrote is gone."""
    reported_with_everything(mira, oleh)
    erased(mira)
    made = Report.objects.get()
    assert (made.reporter, made.target, made.comment, made.evidence, made.status) == (None, oleh, "", "", "open")
    assert Case.objects.get().target == oleh


def test_an_erased_target_leaves_the_case_without_them(mira: Profile, oleh: Profile) -> None:
    """P7: what they had written goes, even as evidence; the reporter's own words stay."""
    reported_with_everything(mira, oleh)
    erased(oleh)
    made = Report.objects.get()
    assert (made.reporter, made.target, made.comment, made.evidence) == (mira, None, "мой комментарий", "")
    case = Case.objects.get()
    assert (case.target, case.state) == (None, "new")


@pytest.mark.parametrize("who", ["blocker", "blocked"])
def test_deleting_does_not_undo_a_block(who: str, mira: Profile, oleh: Profile) -> None:
    """P7, S2: a keyed hash remembers the block; who comes back is kept apart again until the same day."""
    session = conversation(mira, oleh)
    blocks.block(profile_id=mira.pk, session_id=session.pk, now=NOON)
    gone = mira if who == "blocker" else oleh
    erased(gone)
    stored = Block.objects.get()
    assert getattr(stored, who) is None
    assert getattr(stored, f"{who}_hash") == telegram_hash(gone.recipient.telegram_id)
    assert not RecentContact.objects.exists()
    again = come_back(gone)
    stored.refresh_from_db()
    assert (getattr(stored, who), getattr(stored, f"{who}_hash")) == (again, "")
    assert set(RecentContact.objects.values_list("until", flat=True)) == {NOON + timedelta(days=30)}
    assert RecentContact.objects.count() == 2


def test_both_erased_and_back(mira: Profile, oleh: Profile) -> None:
    """P7, S2: kept apart as soon as both are there again."""
    blocks.block(profile_id=mira.pk, session_id=conversation(mira, oleh).pk, now=NOON)
    for profile in (mira, oleh):
        erased(profile)
    come_back(oleh)
    assert not RecentContact.objects.exists()
    come_back(mira)
    assert RecentContact.objects.count() == 2


def test_an_old_block_is_forgotten_at_once(mira: Profile, oleh: Profile) -> None:
    """P7: no hash without a block in force."""
    session = conversation(mira, oleh)
    blocks.block(profile_id=mira.pk, session_id=session.pk, now=NOON)
    erased(mira, now=NOON + timedelta(days=30))
    assert not Block.objects.exists()


def test_cases_belong_to_who_comes_back_with_their_standing(mira: Profile, oleh: Profile) -> None:
    """P7, S5: the subject that a standing in force gives back leads to the same cases."""
    reported_with_everything(mira, oleh)
    erased(oleh)
    with transaction.atomic():
        again = Profile.objects.create(
            recipient=Recipient.objects.create(telegram_id=oleh.recipient.telegram_id), subject=oleh.subject
        )
        personal_data.restore(profile=again, now=LATER)
    assert Case.objects.get().target == again


def test_evidence_goes_30_days_after_closing(mira: Profile, oleh: Profile) -> None:
    """S1, O6: not while the report is open, not before; the report itself and the comment stay."""
    reported_with_everything(mira, oleh)
    assert retention.purge(NOON + timedelta(days=300)) == {"evidence": 0, "blocks": 0}
    mod = moderator()
    sanctions.dismiss(case_id=claimed_case(oleh, mod).pk, by=mod.pk, reason="x", now=NOON)
    assert retention.purge(NOON + timedelta(days=29, hours=23)) == {"evidence": 0, "blocks": 0}
    assert Report.objects.get().evidence == "его слова"
    assert retention.purge(NOON + timedelta(days=30)) == {"evidence": 1, "blocks": 0}
    made = Report.objects.get()
    assert (made.evidence, made.comment) == ("", "мой комментарий")


def test_blocks_go_when_they_are_over(mira: Profile, oleh: Profile) -> None:
    """O6: a block in force stays."""
    session = conversation(mira, oleh)
    ended(session, mira)
    blocks.block(profile_id=mira.pk, session_id=session.pk, now=NOON)
    assert retention.purge(NOON + timedelta(days=29))["blocks"] == 0
    assert retention.purge(NOON + timedelta(days=30))["blocks"] == 1
