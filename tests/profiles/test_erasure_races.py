"""Somebody disappears while others act, on real connections: everybody ends up in a valid state."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction

from chat import services as chat
from chat.models import ChatSession
from delivery import queue
from delivery.models import OutboxMessage, Priority, Recipient
from delivery.services import enqueue
from matching import services as matching
from matching.models import Match, PoolEntry, Seat
from profiles import erasure, onboarding, people, prompts
from profiles.models import Profile
from profiles.steps import Consent
from project.errors import DomainError
from safety import blocks, reports, sanctions
from safety.models import Report
from tests.base import person
from tests.matching.racing import race
from tests.matching.scenes import proposal_of, skip
from tests.outbox import told
from tests.safety.scenes import NOON, claimed_case, conversation, moderator, report

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 4


def erase(profile: Profile) -> bool:
    """The person taps "delete everything"."""
    return erasure.erase_oneself(telegram_id=profile.recipient.telegram_id, profile_id=profile.pk, now=NOON)


def assert_gone(profile: Profile) -> None:
    """Nothing is left of the person, and nobody sits alone."""
    assert not Recipient.objects.filter(pk=profile.pk).exists()
    assert not OutboxMessage.objects.filter(params__sender=profile.pk, state="pending").exists()
    live = Match.objects.filter(state__in=[Match.State.PROPOSED, Match.State.ACTIVE])
    assert Seat.objects.count() == 2 * live.count()
    assert not PoolEntry.objects.filter(profile__seat__isnull=False).exists()
    assert not ChatSession.objects.filter(ended_at__isnull=True).exclude(match__state=Match.State.ACTIVE).exists()


def disappear_while(profile: Profile, *others: Callable[[], object]) -> list[object]:
    """Erase `profile` while all the others act; whatever they are refused, they are told in words."""
    erased, *answers = race([partial(erase, profile), *others])
    assert erased is True
    for answer in answers:
        assert not isinstance(answer, Exception) or isinstance(answer, DomainError), repr(answer)
    assert_gone(profile)
    return answers


def write(session: ChatSession, sender: Profile, peer: Profile, number: int) -> Callable[[], object]:
    """A message that has to wait for its turn."""
    return partial(
        chat.queue_relay,
        session_id=session.pk,
        sender_id=sender.pk,
        peer_id=peer.pk,
        message_id=number,
        kind="text",
        reply_to=None,
        after=timedelta(0),
        possibly_doubled=False,
        now=NOON,
    )


def test_the_other_accepts_or_skips() -> None:
    """M5: the partner's tap is too late, or the conversation that began is over; they wait again or are told."""
    for round_ in range(ROUNDS):
        mira, oleh = person(f"Мира {round_}"), person(f"Олег {round_}")
        match = proposal_of(mira, oleh)
        chat.accept(match_id=match.pk, profile_id=mira.pk, now=NOON)
        tap = partial(chat.accept, match_id=match.pk, profile_id=oleh.pk, now=NOON)
        disappear_while(mira, partial(skip, match, oleh) if round_ % 2 else tap)
        assert {"matching.requeued", "chat.ended"} & set(told(oleh)) or round_ % 2
        assert erase(oleh)


def test_the_other_writes_and_ends() -> None:
    """C4: messages that wait, the end, and the disappearance in any order: nobody is left in a conversation."""
    for round_ in range(ROUNDS):
        mira, oleh = person(f"Мира {round_}"), person(f"Олег {round_}")
        session = conversation(mira, oleh)
        writing = [
            write(session, sender, peer, number)
            for number, (sender, peer) in enumerate(((oleh, mira), (mira, oleh), (oleh, mira)))
        ]
        ending = partial(chat.end, session_id=session.pk, profile_id=oleh.pk, now=NOON)
        disappear_while(mira, *writing, *([ending] if round_ % 2 else []))
        assert "chat.ended" in told(oleh) or round_ % 2
        assert erase(oleh)


def test_both_disappear() -> None:
    """P7: two who talk with each other disappear at the same moment, each by two devices."""
    for round_ in range(ROUNDS):
        mira, oleh = person(f"Мира {round_}"), person(f"Олег {round_}")
        conversation(mira, oleh)
        answers = race([partial(erase, mira), partial(erase, oleh), partial(erase, oleh), partial(erase, mira)])
        assert sorted(answers) == [False, False, True, True], answers
        assert not Recipient.objects.exists()
        assert not Match.objects.exists()


def test_the_sender_has_messages_in_hand() -> None:
    """P7: recording what became of a message never fails, and never holds up the disappearance."""
    for round_ in range(ROUNDS):
        mira, oleh = person(f"Мира {round_}"), person(f"Олег {round_}")
        proposal_of(mira, oleh)
        leased = queue.lease(limit=9, now=NOON)
        assert len(leased) == 2
        recording: list[Callable[[], object]] = [
            partial(queue.record_sent, outbox_id=message.id, message_ids=[7], now=NOON) for message in leased
        ]
        closing: list[Callable[[], object]] = [
            partial(queue.close, outbox_id=message.id, state=OutboxMessage.State.DEAD, error="BadRequest", now=NOON)
            for message in leased
        ]
        disappear_while(mira, *(closing if round_ % 2 else recording))
        assert erase(oleh)


def test_the_sender_closes_what_the_person_wrote() -> None:
    """C4: a message that could not be delivered is closed while its writer disappears: neither waits for the other."""
    for round_ in range(ROUNDS):
        mira, oleh = person(f"Мира {round_}"), person(f"Олег {round_}")
        session = conversation(mira, oleh)
        OutboxMessage.objects.all().delete()
        for number in range(2):
            write(session, mira, oleh, number)()
        (leased,) = queue.lease(limit=9, now=NOON)
        closing = partial(
            queue.close, outbox_id=leased.id, state=OutboxMessage.State.DEAD, error="BadRequest", now=NOON
        )
        gone = partial(queue.record_gone, outbox_id=leased.id, reason="Forbidden", now=NOON)
        disappear_while(mira, gone if round_ % 2 else closing)
        assert erase(oleh)


def test_starting_again_at_the_same_moment() -> None:
    """P7: /start on another device finds the person as they were, or begins anew; never a half."""
    for round_ in range(ROUNDS):
        mira = person(f"Мира {round_}")
        telegram_id = mira.recipient.telegram_id
        again = partial(onboarding.start, telegram_id=telegram_id, language_code="ru", now=NOON)
        disappear_while(mira, again, partial(onboarding.resume, profile_id=mira.pk, now=NOON))
        left = Profile.objects.filter(recipient__telegram_id=telegram_id)
        assert [profile.state for profile in left] in ([], [Profile.State.WAITING_NICKNAME])
        Recipient.objects.all().delete()


def test_starting_again_before_everything_is_gone() -> None:
    """P7: /start that comes while the erasing is not over yet waits for it, and begins anew."""
    mira = person("Мира")
    start = partial(onboarding.start, telegram_id=mira.recipient.telegram_id, language_code="uk", now=NOON)
    with ThreadPoolExecutor(max_workers=1) as pool:
        with transaction.atomic():
            mira.recipient.delete()
            started = pool.submit(_in_thread, start)
            with pytest.raises(TimeoutError):
                started.result(timeout=0.5)
        assert started.result(timeout=10) == Consent("uk", settings.RULES_VERSION)
    assert Profile.objects.get().pk != mira.pk


def _in_thread(call: Callable[[], object]) -> object:
    try:
        return call()
    finally:
        connection.close()


@transaction.atomic
def _notify(profile: Profile) -> None:
    enqueue(kind="chat.ended", recipient_id=profile.pk, dedupe_key="late", priority=Priority.SESSION, now=NOON)


@transaction.atomic
def _ask(profile: Profile) -> None:
    prompts.ask(profile_id=profile.pk, kind="bio", now=NOON)


@pytest.mark.parametrize(("table", "late"), [("delivery_recipient", _notify), ("profiles_profile", _ask)])
def test_what_comes_in_at_the_last_moment(table: str, late: Callable[[Profile], None]) -> None:
    """P7: nothing new can point at the person while they are deleted: it waits and is refused, the erasing is not."""
    mira = person("Мира")
    waiting: list[Future[object]] = []

    def squeeze_in(execute: Any, statement: str, *parameters: Any) -> Any:
        if statement.startswith(f'DELETE FROM "{table}"') and not waiting:
            waiting.append(pool.submit(_in_thread, partial(late, mira)))
            with suppress(TimeoutError):
                waiting[0].exception(timeout=0.5)
        return execute(statement, *parameters)

    with ThreadPoolExecutor(max_workers=1) as pool, connection.execute_wrapper(squeeze_in):
        assert erase(mira)
        assert isinstance(waiting[0].exception(timeout=10), IntegrityError)
    assert_gone(mira)


def test_reports_blocks_and_searches_meanwhile() -> None:
    """S1, S2: the partner reports and blocks the moment the person disappears; it counts, or they are told why not."""
    for round_ in range(ROUNDS):
        mira, oleh, ada = (person(f"{name} {round_}") for name in ("Мира", "Олег", "Ада"))
        session = conversation(mira, oleh)
        disappear_while(
            mira,
            partial(reports.report, reporter_id=oleh.pk, session_id=session.pk, reason="abuse", now=NOON),
            partial(blocks.block, profile_id=oleh.pk, session_id=session.pk, now=NOON),
            partial(matching.find, profile_id=ada.pk, now=NOON),
            partial(matching.find, profile_id=mira.pk, now=NOON),
        )
        for profile in (oleh, ada):
            assert erase(profile)


def test_a_moderator_suspends_meanwhile() -> None:
    """P7, S5: whichever comes first, the suspension is in force if and only if the person was there to get it."""
    staff = moderator()
    for round_ in range(ROUNDS):
        mira, oleh = person(f"Мира {round_}"), person(f"Олег {round_}")
        report(oleh, conversation(mira, oleh), "abuse")
        case = claimed_case(mira, staff)
        suspend = partial(sanctions.suspend, case_id=case.pk, by=staff.pk, days=7, reason="угрозы", now=NOON)
        disappear_while(mira, suspend)
        telegram_id = mira.recipient.telegram_id
        onboarding.start(telegram_id=telegram_id, language_code="ru", now=NOON)
        again = Profile.objects.get(recipient__telegram_id=telegram_id)
        assert (again.subject == mira.subject) == (again.suspended_until is not None)
        Recipient.objects.all().delete()


def test_a_question_about_somebody_who_disappears() -> None:
    """S1: the comment on somebody who is gone by now is taken, and never fails."""
    for round_ in range(ROUNDS):
        mira, oleh = person(f"Мира {round_}"), person(f"Олег {round_}")
        session = conversation(mira, oleh)
        report(oleh, session, "abuse", asks_comment=True)
        comment = partial(reports.add_comment, reporter_id=oleh.pk, text="угрожал", update_id=round_, now=NOON)
        disappear_while(mira, comment)
        assert Report.objects.get().comment == "угрожал"
        Report.objects.all().delete()
        assert erase(oleh)


def test_who_acts_after_that_is_told_how_to_begin() -> None:
    """P7: a tap of the person's own that comes too late is answered like one of somebody new."""
    mira = person("Мира")
    assert erase(mira)
    with pytest.raises(people.NobodyThere), transaction.atomic():
        people.locked(mira.pk)
