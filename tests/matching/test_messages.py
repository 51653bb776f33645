"""What people read about their search and their proposals."""

import re

import pytest
import time_machine

from delivery.kinds import KINDS
from delivery.models import OutboxMessage, Recipient
from delivery.outgoing import Text
from matching import messages, services
from matching.models import PoolEntry, Seat
from matching.proposals import NotYours, TooLate
from matching.waiting import Over, Progress
from profiles.models import Profile, Topic
from project.errors import DomainError
from project.rendering import render
from tests.base import person
from tests.outbox import rendered, told

from .scenes import NOON, accept, find, proposal_of, skip, topics

pytestmark = pytest.mark.django_db

LANGUAGES = ["ru", "uk", "en"]


@pytest.fixture
def mira() -> Profile:
    """Reads English and lives in Kyiv."""
    return person("Мира", topics=topics("abc"), language="en")


@pytest.fixture
def oleh() -> Profile:
    """Lives three hours from Mira, and has markup in his bio."""
    oleh = person("Олег", topics=topics("bcd"), timezone="Asia/Tbilisi")
    Profile.objects.filter(pk=oleh.pk).update(bio="I <3 tea & rain")
    return oleh


def actions(text: Text | None) -> list[str]:
    """The callback data of the buttons, in order."""
    assert text is not None
    assert all(len(action.encode()) <= 64 for row in text.buttons for _, action in row)
    return [action for row in text.buttons for _, action in row]


def test_the_proposal(mira: Profile, oleh: Profile) -> None:
    """M5: nickname, shared topics, the partner's local time, bio; two buttons with the match's id, and 🆘."""
    match = proposal_of(mira, oleh)
    with time_machine.travel(NOON, tick=False):
        text = rendered(mira, "matching.proposal")
    assert text is not None
    shared = [topic.title("en") for topic in _topics("bc")]
    assert "<b>Олег</b>" in text.html
    assert f"<b>{', '.join(shared)}</b>" in text.html
    assert "16:00" in text.html
    assert "<blockquote>I &lt;3 tea &amp; rain</blockquote>" in text.html
    assert actions(text) == [f"chat:accept:{match.pk}", f"chat:skip:{match.pk}", "safety:sos"]
    assert [label for row in text.buttons for label, _ in row] == ["✅ Accept", "➖ Skip", "🆘 Help right now"]


def test_the_other_side_of_the_proposal(mira: Profile, oleh: Profile) -> None:
    """M5: each reads about the other; without a bio there is no empty quote."""
    proposal_of(mira, oleh)
    with time_machine.travel(NOON, tick=False):
        text = rendered(oleh, "matching.proposal")
    assert text is not None
    assert "<b>Мира</b>" in text.html
    assert "15:00" in text.html
    assert "blockquote" not in text.html


def _topics(letters: str) -> list[Topic]:
    return list(Topic.objects.filter(slug__in=topics(letters)))


def test_nothing_but_the_nickname_identifies(mira: Profile, oleh: Profile) -> None:
    """M5, P8: no Telegram id reaches the other person, neither in the text nor in the buttons."""
    proposal_of(mira, oleh)
    text = rendered(mira, "matching.proposal")
    assert text is not None
    for telegram_id in Recipient.objects.values_list("telegram_id", flat=True):
        assert str(telegram_id) not in text.html + "".join(actions(text))


def test_a_proposal_that_is_over_is_not_sent(mira: Profile, oleh: Profile) -> None:
    """M5: what was skipped before it went out is never shown; nor is it once both talk."""
    match = proposal_of(mira, oleh)
    accept(match, mira)
    assert rendered(oleh, "matching.proposal") is not None
    skip(match, mira)
    assert rendered(oleh, "matching.proposal") is None


def test_the_delivery_is_recorded_by_the_kind(mira: Profile, oleh: Profile) -> None:
    """M5: the sender's hook sets off the time to answer."""
    match = proposal_of(mira, oleh)
    sent = KINDS["matching.proposal"].sent
    assert sent is not None
    for message in OutboxMessage.objects.order_by("-pk"):
        sent(message, [9], NOON)
    match.refresh_from_db()
    assert match.was_delivered_to(mira.pk)
    assert match.was_delivered_to(oleh.pk)


def test_a_proposal_that_cannot_be_delivered_is_withdrawn(mira: Profile, oleh: Profile) -> None:
    """M5: the sender's other hook expires it at once; the remaining person is in front again, and told."""
    match = proposal_of(mira, oleh)
    unsent = KINDS["matching.proposal"].unsent
    assert unsent is not None
    message = OutboxMessage.objects.get(recipient=oleh.pk)
    unsent(message, NOON)
    unsent(message, NOON)
    match.refresh_from_db()
    assert match.state == "expired"
    assert PoolEntry.objects.get().pk == mira.pk
    assert told(mira) == ["matching.proposal", "matching.requeued"]


def test_a_proposal_erased_before_it_went_out(mira: Profile, oleh: Profile) -> None:
    """M5: nothing is shown of somebody who is gone, and nothing fails."""
    proposal_of(mira, oleh).delete()
    message = OutboxMessage.objects.get(recipient=oleh.pk)
    kind = KINDS["matching.proposal"]
    assert rendered(oleh, "matching.proposal") is None
    assert kind.sent is not None
    assert kind.unsent is not None
    kind.sent(message, [9], NOON)
    kind.unsent(message, NOON)


def test_back_in_front_is_told_while_it_is_true(mira: Profile, oleh: Profile) -> None:
    """M6: who did not decline reads that they are in front again, with a way out; not after they have cancelled."""
    skip(proposal_of(mira, oleh), oleh)
    assert actions(rendered(mira, "matching.requeued")) == ["safety:sos", "matching:cancel"]
    services.cancel(profile_id=mira.pk, now=NOON)
    assert rendered(mira, "matching.requeued") is None


def test_leaving_the_pool_says_how_to_come_back(mira: Profile, oleh: Profile) -> None:
    """M6: the last word to who stayed silent has the button to search again; not when they are back already."""
    proposal_of(mira, oleh)
    OutboxMessage.objects.filter(recipient=mira.pk).update(kind="matching.left_pool")
    assert rendered(mira, "matching.left_pool") is None
    _end_everything()
    text = rendered(mira, "matching.left_pool")
    assert actions(text) == ["safety:sos", "matching:find"]
    assert text is not None
    assert "/find" in text.html
    find(mira)
    assert rendered(mira, "matching.left_pool") is None


def _end_everything() -> None:
    Seat.objects.all().delete()
    PoolEntry.objects.all().delete()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_answers(language: str) -> None:
    """M1, M6: every answer has 🆘, and the way on or out."""
    progress = Progress(
        minutes=1, expected=2, others=3, alone=False, waits_on=False, called_until=None, timezone="Europe/Kyiv"
    )
    assert actions(messages.searching(progress, language)) == ["safety:sos", "matching:cancel"]
    assert actions(messages.searching(Over.FOUND, language)) == ["safety:sos"]
    assert actions(messages.cancelled(language)) == ["matching:find", "safety:sos"]
    assert actions(messages.asked_to_go_on(language)) == ["safety:sos", "matching:find"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (services.IncompleteProfile(), "/start"),
        (services.Suspended(until=NOON, timezone="Europe/Kyiv"), "01.06.2026 15:00"),
        (services.AlreadyProposed(), ""),
        (services.AlreadyTalking(), "/end"),
        (NotYours(), "/find"),
        (TooLate(state="active", skipped_by_me=False, searching=False), "/end"),
        (TooLate(state="completed", skipped_by_me=False, searching=False), "/find"),
        (TooLate(state="declined", skipped_by_me=True, searching=False), "/find"),
        (TooLate(state="expired", skipped_by_me=False, searching=False), "/find"),
        (TooLate(state="expired", skipped_by_me=False, searching=False, talking=True), "/end"),
        (TooLate(state="declined", skipped_by_me=False, searching=False, proposed=True), ""),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, DomainError) else "",
)
def test_every_error_says_what_to_do_next(error: DomainError, expected: str, language: str) -> None:
    """M5: who came too late, or can't search now, is told so, and what they can do."""
    text = render(error.template, error.context, language=language)
    assert expected in text
    assert re.search(r"\w{4,}", text)
    assert "{" not in text


def test_too_late_says_what_happened() -> None:
    """M5: each way of being too late has words of its own."""
    ways = [("active", False), ("completed", False), ("declined", True), ("declined", False), ("expired", False)]
    texts = {
        render("matching/too_late.html", {"state": state, "skipped_by_me": mine, "searching": searching}, language="en")
        for state, mine in ways
        for searching in (True, False)
    }
    # A conversation that goes on has no search beside it.
    assert len(texts) == 2 * len(ways) - 1
