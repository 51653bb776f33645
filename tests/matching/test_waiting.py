"""The one message that is kept up to date while somebody waits, and being called instead of waiting."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import pytest
from django.utils import timezone, translation

from delivery import queue
from delivery.kinds import KINDS
from delivery.models import OutboxMessage
from delivery.outgoing import Edit, Text
from matching import messages, queries, services, waiting
from matching.models import Match, PoolEntry, SearchMessage
from profiles.models import Profile
from tests.base import person
from tests.outbox import told

from .racing import race
from .scenes import NOON, find, is_waiting, live_match, skip, topics

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
MESSAGE = 77


def searching(nickname: str = "Мира", letters: str = "ab", *, language: str = "en") -> Profile:
    """Somebody who searches and has got the answer."""
    profile = person(nickname, topics=topics(letters), language=language)
    find(profile)
    remembers(profile.pk, MESSAGE, NOON)
    return profile


def remembers(profile_id: int, message_id: int, now: datetime) -> None:
    """The person was told how their search goes, by this message."""
    shown = waiting.progress(profile_id=profile_id, now=now)
    waiting.remember(profile_id=profile_id, message_id=message_id, shown=shown, now=now)


def edits(profile: Profile) -> list[Edit]:
    """What the edits that wait for this person would say now; they are sent."""
    rows = OutboxMessage.objects.filter(recipient=profile.pk, kind=waiting.EDIT, state=OutboxMessage.State.PENDING)
    found = []
    for row in rows.select_related("recipient").order_by("pk"):
        with translation.override(row.recipient.language):
            edit = KINDS[row.kind].render(row)
        assert isinstance(edit, Edit)
        found.append(edit)
        queue.record_sent(outbox_id=row.pk, message_ids=[row.params["message"]], now=NOON)
    return found


def refreshed(profile: Profile, after: timedelta, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the message says from then on, if it is edited then."""
    monkeypatch.setattr(timezone, "now", lambda: NOON + after)
    waiting.refresh(now=NOON + after)
    return [edit.text.html for edit in edits(profile)]


def texts(edit: Text) -> list[str]:
    """The callback data of a screen's buttons."""
    return [data for row in edit.buttons for _, data in row]


@pytest.mark.django_db(transaction=True)
def test_the_message_follows_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """M7: it says how long already, and is edited only when it would say something else."""
    mira = searching()
    assert refreshed(mira, 11 * SECOND, monkeypatch) == []
    [text] = refreshed(mira, 61 * SECOND, monkeypatch)
    assert "waiting for 1 minute." in text
    assert refreshed(mira, 62 * SECOND, monkeypatch) == []
    assert refreshed(mira, 130 * SECOND, monkeypatch)[0].count("2 minutes") == 1


@pytest.mark.django_db(transaction=True)
def test_what_the_message_says_is_what_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """M7: it went out late, and says what was true before; the next look finds that it is old."""
    mira = searching()
    shown = waiting.progress(profile_id=mira.pk, now=NOON)
    waiting.remember(profile_id=mira.pk, message_id=MESSAGE + 1, shown=shown, now=NOON + 61 * SECOND)
    edits(mira)
    assert "waiting for 1 minute." in refreshed(mira, 75 * SECOND, monkeypatch)[0]


@pytest.mark.django_db(transaction=True)
def test_the_pauses_grow_to_a_minute() -> None:
    """M7: looked at after 10, 20, 40 seconds, then once a minute, so that waiting costs Telegram's budget little."""
    mira = searching()
    looks, now = [], NOON
    for _ in range(6):
        row = SearchMessage.objects.get(pk=mira.pk)
        assert row.refresh_at is not None
        looks.append((row.refresh_at - now).total_seconds())
        now = row.refresh_at
        waiting.refresh(now=now)
    assert looks == [10, 20, 40, 60, 60, 60]


@pytest.mark.django_db(transaction=True)
def test_edits_are_coalesced() -> None:
    """M7: while one waits for a spare moment no second one is queued; it says what is true when its turn comes."""
    mira = searching()
    for minutes in range(1, 8):
        waiting.refresh(now=NOON + minutes * MINUTE)
    assert OutboxMessage.objects.filter(recipient=mira.pk, kind=waiting.EDIT).count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_last_edit_says_how_it_ended() -> None:
    """M7: found or stopped; the stale buttons go, and the row with them."""
    mira, oleh = searching(), searching("Олег", "kl")
    find(person("Ада", topics=topics("ab")))
    services.cancel(profile_id=oleh.pk, now=NOON)
    waiting.refresh(now=NOON + SECOND)
    [found], [stopped] = edits(mira), edits(oleh)
    assert "There is someone for you" in found.text.html
    assert texts(found.text) == ["safety:sos"]
    assert texts(stopped.text) == ["matching:find", "safety:sos"]
    assert not SearchMessage.objects.exists()
    assert waiting.refresh(now=NOON + MINUTE) == 0


@pytest.mark.django_db(transaction=True)
def test_an_edit_never_revives_a_search_that_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """M7: whether it is still true is asked when its turn comes, not when it was queued."""
    mira = searching()
    waiting.refresh(now=NOON + MINUTE)
    monkeypatch.setattr(timezone, "now", lambda: NOON + MINUTE)
    find(person("Ада", topics=topics("ab")), NOON + MINUTE)
    assert ["There is someone" in edit.text.html for edit in edits(mira)] == [True]


@pytest.mark.django_db(transaction=True)
def test_a_second_search_moves_the_message() -> None:
    """M7: only one message is kept up to date; the earlier one points to it."""
    mira = searching()
    remembers(mira.pk, MESSAGE + 1, NOON)
    [moved] = edits(mira)
    assert moved.message_id == MESSAGE
    assert "further down" in moved.text.html
    assert SearchMessage.objects.get().message_id == MESSAGE + 1


@pytest.mark.django_db(transaction=True)
def test_who_goes_back_in_front_gets_a_message_that_is_kept_up_to_date() -> None:
    """M6, M7: the notice that the search goes on becomes the message."""
    mira, oleh = searching(), person("Олег", topics=topics("ab"))
    find(oleh)
    skip(live_match(mira), oleh)
    row = OutboxMessage.objects.get(recipient=mira.pk, kind="matching.requeued")
    queue.record_sent(outbox_id=row.pk, message_ids=[91], now=NOON)
    assert SearchMessage.objects.get(pk=mira.pk).message_id == 91


@pytest.mark.django_db(transaction=True)
def test_a_proposal_that_comes_before_the_message_is_remembered() -> None:
    """M7: an answer that was sent while somebody was found is brought to its end as well."""
    mira = person("Мира", topics=topics("ab"), language="en")
    find(mira)
    find(person("Ада", topics=topics("ab")))
    remembers(mira.pk, MESSAGE, NOON)
    waiting.refresh(now=NOON)
    assert ["There is someone" in edit.text.html for edit in edits(mira)] == [True]


@pytest.mark.django_db(transaction=True)
def test_refreshing_while_somebody_is_found() -> None:
    """M7: whatever happens at once, the message ends where the search ended, and nobody waits for anybody."""
    mira, oleh = searching(), searching("Олег", "kl")
    ada = person("Ада", topics=topics("ab"))
    for minutes in range(5):
        now = NOON + minutes * MINUTE
        calls: list[Callable[[], object]] = [partial(waiting.refresh, now=now)] * 3
        if minutes == 2:
            calls.append(partial(find, ada, now))
        assert not [result for result in race(calls) if isinstance(result, Exception)]
    waiting.refresh(now=NOON + HOUR)
    assert set(SearchMessage.objects.values_list("pk", flat=True)) == {oleh.pk}
    assert "There is someone" in edits(mira)[-1].text.html


@pytest.mark.django_db(transaction=True)
def test_the_expected_wait_is_the_median_of_those_alike() -> None:
    """M7: of who shares two topics where they are enough, else of all; nothing is promised where few tell."""
    mira = searching("Мира", "ab")
    assert queries.expected_wait(profile_id=mira.pk, now=NOON) is None
    _proposed("cd", waited=10 * MINUTE)
    _proposed("ef", waited=10 * MINUTE)
    assert queries.expected_wait(profile_id=mira.pk, now=NOON) is None
    _proposed("gh", waited=20 * MINUTE)
    assert queries.expected_wait(profile_id=mira.pk, now=NOON) == 10 * MINUTE
    for _ in range(3):
        _proposed("ab", waited=2 * MINUTE)
    assert queries.expected_wait(profile_id=mira.pk, now=NOON) == 2 * MINUTE
    assert queries.expected_wait(profile_id=mira.pk, now=NOON + 4 * HOUR) is None


def _proposed(letters: str, *, waited: timedelta) -> None:
    a, b = (person(f"{letters}{Profile.objects.count()}", topics=topics(letters)) for _ in range(2))
    Match.objects.create(
        a=a, b=b, score=1, topic_overlap=1, time_overlap=1, helpfulness=1, since_a=NOON - waited, since_b=NOON - waited,
        expires_at=NOON, created_at=NOON,
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_nobody_reads_that_there_is_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """M10: how many others search is said from two on, never zero or one."""
    mira = searching("Мира", "ab")
    for number, expected in enumerate((False, False, True, True)):
        if number:
            searching(f"Гость {number}", "cdefghijkl"[2 * number - 2 : 2 * number])
        monkeypatch.setattr(timezone, "now", lambda: NOON)
        shown = waiting.progress(profile_id=mira.pk, now=NOON)
        text = messages.searching(shown, "en").html
        assert ("others are searching" in text) is expected
        assert " 0 " not in text
        assert " 1 " not in text


@pytest.mark.django_db(transaction=True)
def test_alone_at_night(monkeypatch: pytest.MonkeyPatch) -> None:
    """M10: after three minutes without anybody allowed it says so kindly, and offers to wait, be called, or stop."""
    mira = searching("Мира", "ab")
    searching("Олег", "kl")
    assert "not about you" not in "".join(refreshed(mira, 179 * SECOND, monkeypatch))
    [text] = refreshed(mira, 240 * SECOND, monkeypatch)
    assert "It&#x27;s not about you" in text or "It's not about you" in text
    shown = waiting.progress(profile_id=mira.pk, now=NOON + 4 * MINUTE)
    assert texts(messages.searching(shown, "ru")) == [
        "safety:sos", "matching:wait", "matching:call", "matching:cancel",
    ]  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_called_when_someone_comes() -> None:
    """M10: who asked to be called keeps their place, and the proposal says that this is the call."""
    mira = searching("Мира", "ab")
    shown = waiting.call_me(profile_id=mira.pk, now=NOON + 5 * MINUTE)
    assert isinstance(shown, waiting.Progress)
    assert "20:05" not in messages.searching(shown, "en").html
    assert "03:05" in messages.searching(shown, "en").html  # twelve hours later in Kyiv
    again = waiting.call_me(profile_id=mira.pk, now=NOON + 6 * MINUTE)
    assert isinstance(again, waiting.Progress)
    assert again.called_until == shown.called_until
    assert find(person("Ада", topics=topics("ab")), NOON + 9 * HOUR).proposed
    row = OutboxMessage.objects.select_related("recipient").get(recipient=mira.pk, kind="matching.proposal")
    proposal = KINDS[row.kind].render(row)
    assert isinstance(proposal, Text)
    assert "You asked me to call you" in proposal.html
    other = OutboxMessage.objects.select_related("recipient").get(kind="matching.proposal", recipient__gt=mira.pk)
    with translation.override("ru"):
        told_other = KINDS[other.kind].render(other)
    assert isinstance(told_other, Text)
    assert "Зову" not in told_other.html


@pytest.mark.django_db(transaction=True)
def test_the_call_that_did_not_come() -> None:
    """M10: after twelve hours they leave the pool and are told; before, and for who waits as usual, nothing happens."""
    mira, oleh = searching("Мира", "ab"), searching("Олег", "kl")
    waiting.call_me(profile_id=mira.pk, now=NOON)
    assert waiting.end_calls(now=NOON + 12 * HOUR - SECOND) == 0
    assert waiting.end_calls(now=NOON + 12 * HOUR) == 1
    assert not is_waiting(mira)
    assert is_waiting(oleh)
    assert told(mira)[-1] == "matching.call_ended"
    assert waiting.end_calls(now=NOON + 13 * HOUR) == 0


@pytest.mark.django_db(transaction=True)
def test_who_waits_on_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """M10: who chose to keep waiting reads again that I'm looking, and may still be called."""
    mira = searching("Мира", "ab")
    shown = waiting.keep_waiting(profile_id=mira.pk, now=NOON + 4 * MINUTE)
    screen = messages.searching(shown, "en")
    assert "I'm looking" in screen.html.replace("&#x27;", "'")
    assert texts(screen) == ["safety:sos", "matching:wait", "matching:call", "matching:cancel"]
    called = waiting.call_me(profile_id=mira.pk, now=NOON + 4 * MINUTE)
    # A tap too many on one of the buttons lands on the same one.
    assert messages.searching(called, "en").buttons == screen.buttons
    waiting.keep_waiting(profile_id=mira.pk, now=NOON + 4 * MINUTE)
    remembers(mira.pk, MESSAGE, NOON + 4 * MINUTE)
    [text] = refreshed(mira, 5 * MINUTE, monkeypatch)
    assert "5 minutes" in text


@pytest.mark.django_db(transaction=True)
def test_not_alone_while_somebody_allowed_answers_a_proposal() -> None:
    """M10: who is about to answer somebody else may soon be free: nobody reads that no one has come."""
    mira, oleh, zoya = (
        person(name, topics=topics(of)) for name, of in (("Мира", "ab"), ("Олег", "abc"), ("Зоя", "abc"))
    )
    find(oleh)
    find(zoya)
    find(mira)
    shown = waiting.progress(profile_id=mira.pk, now=NOON + 4 * MINUTE)
    assert isinstance(shown, waiting.Progress)
    assert not shown.alone


@pytest.mark.django_db(transaction=True)
def test_the_slower_answer_is_brought_to_its_end_again() -> None:
    """M7: the handler's own answer may come after the last edit; it is edited once more."""
    mira = searching()
    find(person("Ада", topics=topics("ab")))
    waiting.refresh(now=NOON + SECOND)
    assert len(edits(mira)) == 1
    remembers(mira.pk, MESSAGE, NOON + 2 * SECOND)
    assert waiting.refresh(now=NOON + 3 * SECOND) == 1
    assert len(edits(mira)) == 1


@pytest.mark.django_db(transaction=True)
def test_no_edit_for_who_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """M10: the night passes without a look at the message."""
    mira = searching()
    waiting.call_me(profile_id=mira.pk, now=NOON)
    remembers(mira.pk, MESSAGE, NOON)
    assert refreshed(mira, HOUR, monkeypatch) == []


@pytest.mark.django_db(transaction=True)
def test_who_was_never_told_goes_back_in_front_and_hears_of_it() -> None:
    """M6, M7: after a proposal that never arrived, who had read of somebody reads that the search goes on."""
    mira, oleh = searching(), person("Олег", topics=topics("ab"))
    find(oleh)
    services.expire_proposals(now=NOON + 11 * MINUTE)
    assert is_waiting(mira)
    assert told(mira)[-1] == "matching.requeued"


@pytest.mark.django_db(transaction=True)
def test_waiting_at_the_phone_again() -> None:
    """M10: searching again, or "keep waiting", takes the wish to be called back; the place is kept."""
    mira = searching("Мира", "ab")
    waiting.call_me(profile_id=mira.pk, now=NOON)
    find(mira, NOON + HOUR)
    assert PoolEntry.objects.get(pk=mira.pk).on_call_until is None
    assert PoolEntry.objects.get(pk=mira.pk).since == NOON


@pytest.mark.django_db(transaction=True)
def test_a_call_for_a_search_that_is_over() -> None:
    """M10: an old button starts nothing."""
    mira = searching("Мира", "ab")
    services.cancel(profile_id=mira.pk, now=NOON)
    assert waiting.call_me(profile_id=mira.pk, now=NOON) is waiting.Over.STOPPED
    assert not is_waiting(mira)


@pytest.mark.django_db(transaction=True)
def test_who_is_skipped_is_called_again() -> None:
    """M10, M6: a call that came to nothing does not end the calling; afterwards they wait as everybody."""
    mira, oleh = searching(), person("Олег", topics=topics("ab"))
    waiting.call_me(profile_id=mira.pk, now=NOON)
    find(oleh, NOON + HOUR)
    skip(live_match(mira), oleh)
    assert PoolEntry.objects.get(pk=mira.pk).on_call_until == NOON + 12 * HOUR
    assert waiting.end_calls(now=NOON + 12 * HOUR) == 1


@pytest.mark.django_db(transaction=True)
def test_hours_of_being_called_are_no_hours_of_waiting() -> None:
    """M7: nobody at the phone reads that it takes five hours."""
    mira = searching("Мира", "ab")
    for number in range(6):
        called = person(f"Ночь {number}", topics=topics("cd"))
        find(called, NOON - 5 * HOUR)
        waiting.call_me(profile_id=called.pk, now=NOON - 5 * HOUR)
        find(person(f"Утро {number}", topics=topics("cd")), NOON)
    assert queries.expected_wait(profile_id=mira.pk, now=NOON) == timedelta(0)


@pytest.mark.django_db(transaction=True)
def test_the_message_goes_on_after_the_clock_was_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """M7: an hour's jump is not an hour's silence."""
    mira = searching()
    SearchMessage.objects.filter(pk=mira.pk).update(refresh_at=NOON + HOUR)
    assert refreshed(mira, 2 * MINUTE, monkeypatch) != []


@pytest.mark.django_db(transaction=True)
def test_who_waits_longer_than_most_does_not_read_how_long_others_wait() -> None:
    """M7: what is usual is said as long as it may still come true."""
    mira = searching("Мира", "ab")
    for _ in range(3):
        _proposed("ab", waited=2 * MINUTE)
    early, late = (waiting.progress(profile_id=mira.pk, now=NOON + minutes * MINUTE) for minutes in (1, 2))
    assert isinstance(early, waiting.Progress)
    assert isinstance(late, waiting.Progress)
    assert (early.expected, late.expected) == (2, None)


@pytest.mark.django_db(transaction=True)
def test_others_of_another_language_are_no_company() -> None:
    """M7: neither how long they wait nor how many they are says anything to who does not speak with them."""
    anna = person("Anna", topics=topics("ab"), speaks=["en"])
    find(anna)
    for number in range(3):
        searching(f"Гость {number}", "cdefghijkl"[2 * number : 2 * number + 2])
        _proposed("ab", waited=2 * MINUTE)
    shown = waiting.progress(profile_id=anna.pk, now=NOON)
    assert isinstance(shown, waiting.Progress)
    assert (shown.expected, shown.others) == (None, None)
