"""Taking one's data out (P7): everything that is stored about a person, and nothing about anybody else."""

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import models

from chat.models import ChatSession, HeldMedia, Rating
from delivery.models import OutboxMessage, Recipient
from matching import services as matching
from matching.models import Match, PoolEntry, PoolPair, RecentContact, ReunionWish, SearchMessage, Seat
from profiles import export, languages, onboarding
from profiles.models import ErasedStanding, Profile, Prompt
from safety.models import Block, Case, ModerationAction, Report
from tests.base import person
from tests.profiles.everything import BIO, COMMENT, everything_about, models_that_name_people, someone
from tests.safety.scenes import NOON, conversation, ended

pytestmark = pytest.mark.django_db

# Where each table shows up in the file.
SECTIONS: dict[type[models.Model], tuple[str, str]] = {
    Recipient: ("delivery", "account"),
    OutboxMessage: ("delivery", "messages_from_the_bot"),
    Profile: ("profiles", "profile"),
    Prompt: ("profiles", "open_question"),
    PoolEntry: ("matching", "waiting"),
    Seat: ("matching", "in_a_proposal_or_conversation"),
    Match: ("matching", "proposals"),
    SearchMessage: ("matching", "search_message"),
    ReunionWish: ("matching", "wished_to_meet_again_at"),
    ChatSession: ("chat", "conversations"),
    Rating: ("chat", "ratings_you_gave"),
    HeldMedia: ("chat", "media_waiting_for_consent"),
    Report: ("safety", "reports_you_made"),
    Block: ("safety", "blocks_you_made"),
    ModerationAction: ("safety", "decisions_about_you"),
}
# Nobody who is there has a standing of somebody erased; a case would say that somebody reported them, and how many
# people they are kept apart from, that somebody blocked them. The pairs say again what the row of the pool says.
NOT_IN_IT = {ErasedStanding, Case, RecentContact, PoolPair}


@pytest.fixture(autouse=True)
def _nobody_has_asked_yet() -> None:
    cache.clear()


def read(profile: Profile) -> dict[str, Any]:
    """The person's file."""
    file = export.export(profile_id=profile.pk, now=NOON)
    assert file is not None
    stored: dict[str, Any] = json.loads(file.content)
    return stored


def test_every_table_is_in_it() -> None:
    """P7: of each table that can name people the file has a section, and it is filled."""
    mira = someone()
    everything_about(mira)
    assert models_that_name_people() == SECTIONS.keys() | NOT_IN_IT
    stored = read(mira)
    for app, section in SECTIONS.values():
        assert stored[app][section], (app, section)
    assert list(stored) == ["about", "safety", "chat", "matching", "profiles", "delivery"]


def test_it_has_what_the_person_told() -> None:
    """P7: the file holds the person's own words, readable, and their Telegram id: it is theirs."""
    mira = someone()
    everything_about(mira)
    stored = read(mira)
    assert stored["profiles"]["profile"]["nickname"] == mira.nickname
    assert stored["profiles"]["profile"]["bio"] == BIO
    assert len(stored["profiles"]["topics"]) == 3
    assert stored["delivery"]["account"]["telegram_id"] == mira.recipient.telegram_id
    assert [report["comment"] for report in stored["safety"]["reports_you_made"]] == [COMMENT]
    assert stored["chat"]["conversations"][0]["messages_to_you"] == 0


def test_it_has_nothing_of_others() -> None:
    """P8: neither name nor id of a partner, nor who reported the person, is in the file."""
    mira = someone()
    partner, candidate = everything_about(mira)
    file = export.export(profile_id=mira.pk, now=NOON)
    assert file is not None
    text = file.content.decode()
    for other in (partner, candidate):
        for trace in (other.nickname, other.nickname_key, other.pk, other.recipient.telegram_id, other.subject):
            assert str(trace) not in text
    # The one comment in it is their own.
    assert text.count(COMMENT) == 1


def test_people_can_read_it() -> None:
    """P7: indented UTF-8, times with their zone, and a note on what is not in it, in the person's language."""
    mira = someone()
    file = export.export(profile_id=mira.pk, now=NOON)
    assert file is not None
    assert file.filename == "ty-ne-odin-2026-06-01.json"
    text = file.content.decode("utf-8")
    assert f'\n    "profile": {{\n      "subject": "{mira.subject}"' in text
    assert BIO in text
    about = json.loads(text)["about"]
    assert about["made_at"] == "2026-06-01T12:00:00Z"
    assert "Того, что вы писали друг другу" in about["not_in_it"][0]


def test_any_state_will_do() -> None:
    """P7: somebody new, somebody suspended, and somebody who only chose a language get their file; nobody else."""
    onboarding.start(telegram_id=7_100_000_003, language_code="uk", now=NOON)
    languages.switch_interface(telegram_id=7_100_000_004, language="en")
    suspended = person("Мира")
    Profile.objects.filter(pk=suspended.pk).update(suspended_until=NOON + timedelta(days=7))
    for telegram_id in (7_100_000_003, 7_100_000_004, suspended.recipient.telegram_id):
        file = export.export_oneself(telegram_id=telegram_id, update_id=1, now=NOON)
        assert file is not None
        assert json.loads(file.content)["delivery"]["account"]["telegram_id"] == telegram_id
    assert export.export_oneself(telegram_id=7_100_000_005, update_id=1, now=NOON) is None


def test_once_a_minute() -> None:
    """P7: a second request within a minute is told to wait; the same update, delivered again, is answered again."""
    mira, oleh = person("Мира"), person("Олег")

    def ask(profile: Profile, update_id: int) -> object:
        return export.export_oneself(telegram_id=profile.recipient.telegram_id, update_id=update_id, now=NOON)

    assert ask(mira, 1)
    assert ask(mira, 1)
    with pytest.raises(export.TooSoon):
        ask(mira, 2)
    assert ask(oleh, 3)


@pytest.mark.parametrize("way", ["nickname", "--subject", "--telegram-id"])
def test_staff_export_on_a_lawful_request(way: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """P7: by any of three names, to the screen or into a file of one's own; the log does not say whose it was."""
    mira = someone()
    names = {
        "nickname": [mira.nickname.upper()],
        "--subject": ["--subject", str(mira.subject)],
        "--telegram-id": ["--telegram-id", str(mira.recipient.telegram_id)],
    }
    screen, target = StringIO(), tmp_path / "mira.json"
    call_command("export", *names[way], stdout=screen)
    assert json.loads(screen.getvalue())["profiles"]["profile"]["bio"] == BIO
    call_command("export", *names[way], "--output", str(target))
    assert json.loads(target.read_bytes())["profiles"]["profile"]["bio"] == BIO
    assert target.stat().st_mode & 0o777 == 0o600
    with pytest.raises(CommandError, match="File exists"):
        call_command("export", *names[way], "--output", str(target))
    for trace in (mira.nickname, str(mira.recipient.telegram_id), str(mira.subject)):
        assert trace not in caplog.text


def test_staff_are_told_when_there_is_nobody() -> None:
    """P7: a name that nobody has is one line, not an empty file."""
    with pytest.raises(CommandError, match="Nobody is stored under that"):
        call_command("export", "Никто")


def test_staff_erase_after_typing_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """P7: erasing by hand asks for a word; anything else erases nothing."""
    mira = person("Мира")
    monkeypatch.setattr("builtins.input", lambda _: "да")
    with pytest.raises(CommandError, match="Nothing was erased"):
        call_command("erase", mira.nickname, stdout=StringIO())
    assert Profile.objects.exists()
    monkeypatch.setattr("builtins.input", lambda _: "erase")
    call_command("erase", mira.nickname, stdout=StringIO())
    assert not Recipient.objects.exists()
    oleh = person("Олег")
    call_command("erase", "--subject", str(oleh.subject), "--yes", stdout=StringIO())
    assert not Recipient.objects.exists()


def test_it_is_in_one_order_wherever_the_rows_lie() -> None:
    """P7: what began at the same moment is as it was written down, however often PostgreSQL has moved it since."""
    mira, oleh, third = (person(name) for name in ("Мира", "Олег", "Остап"))
    session = conversation(mira, oleh)
    ended(session, mira)
    for profile in (mira, third):
        matching.find(profile_id=profile.pk, now=NOON)
    for _ in range(2):
        states = [proposal["state"] for proposal in read(mira)["matching"]["proposals"]]
        assert states == [Match.State.COMPLETED, Match.State.PROPOSED]
        Match.objects.filter(pk=session.match_id).update(score=0.5)
