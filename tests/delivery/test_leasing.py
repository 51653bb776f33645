"""The outbox under load: leasing stays quick however much waits, whoever it waits for, and the urgent goes first."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from django.db import connection, transaction

from delivery import leasing
from delivery.models import OutboxMessage, Priority
from delivery.queue import LEASE
from tests.base import NOW

pytestmark = pytest.mark.django_db(transaction=True)

PENDING = OutboxMessage.objects.filter(state=OutboxMessage.State.PENDING)


@pytest.fixture(autouse=True)
def hurry() -> Iterator[None]:
    """A statement that looks at every pair of messages ends the test instead of keeping it for minutes."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = '4s'")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET statement_timeout")


def fill(*, people: int, each: int, priority: Priority = Priority.NOTICE, sent: int = 0) -> None:
    """That many messages wait for each of that many people, written in turns; others were sent before."""
    recipients = """
        INSERT INTO delivery_recipient (telegram_id, language, reachable)
        SELECT (SELECT coalesce(max(telegram_id), 7000000000) FROM delivery_recipient) + n, 'ru', true
        FROM generate_series(1, %s) n RETURNING id
    """
    messages = """
        INSERT INTO delivery_outboxmessage (kind, recipient_id, params, dedupe_key, priority, state, due_at, attempts,
                                            possibly_doubled, error, created_at, closed_at)
        SELECT 'test.news', recipient, '{{}}', concat_ws(':', %(state)s, recipient, turn), %(priority)s, %(state)s,
               %(now)s, 0, false, '', %(now)s, {closed}
        FROM generate_series(1, %(each)s) turn, unnest(%(people)s::bigint[]) recipient ORDER BY turn, recipient
    """
    with connection.cursor() as cursor:
        cursor.execute(recipients, [people])
        ids = [row[0] for row in cursor.fetchall()]
        told: dict[str, Any] = {"people": ids, "priority": priority, "now": NOW}
        cursor.execute(messages.format(closed="%(now)s"), {**told, "each": sent, "state": "sent"})
        # The statistics are of a queue that is empty, as they mostly are.
        cursor.execute("ANALYZE delivery_outboxmessage")
        cursor.execute(messages.format(closed="NULL"), {**told, "each": each, "state": "pending"})


def lease(limit: int = 30, least: Priority = Priority.WAITING) -> list[OutboxMessage]:
    """What a sender gets at noon, as it stands in the outbox."""
    with transaction.atomic():
        ids = leasing.lease(limit=limit, until=NOW + LEASE, farthest=2 * LEASE, least=least, now=NOW)
    return list(OutboxMessage.objects.filter(pk__in=ids).order_by("priority", "pk"))


def deliver(messages: list[OutboxMessage]) -> None:
    """They arrive."""
    closed = {"state": "sent", "closed_at": NOW, "lease_until": None}
    OutboxMessage.objects.filter(pk__in=[message.pk for message in messages]).update(**closed)


@pytest.mark.parametrize("known", [True, False], ids=["known", "unknown"])
def test_one_long_line(known: bool) -> None:
    """C4: many thousand messages that wait for one person are no reason to look for hours for the first."""
    fill(people=1, each=20_000, sent=5_000)
    if known:
        # The database has noticed by now how long it is.
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE delivery_outboxmessage")
    first, second = PENDING.order_by("pk")[:2]
    assert lease() == [first]
    assert lease() == []
    deliver([first])
    assert lease() == [second]


def test_many_lines_none_of_which_may_go_on() -> None:
    """C4: Telegram has told everybody to wait, and every new message makes the senders look again."""
    fill(people=1_000, each=20)
    first = PENDING.order_by("recipient", "pk").distinct("recipient").values("pk")
    OutboxMessage.objects.filter(pk__in=list(first.values_list("pk", flat=True))).update(
        due_at=NOW + timedelta(hours=1)
    )
    for _ in range(5):
        assert lease() == []
    fill(people=1, each=1)
    assert [message.priority for message in lease()] == [Priority.NOTICE]


def test_who_stands_behind_the_lines_of_others_has_a_turn() -> None:
    """C4: the front of the queue is full of messages that wait for their own forerunners."""
    fill(people=1, each=2_000, priority=Priority.RELAY)
    fill(people=10, each=2)
    taken = lease()
    assert [message.priority for message in taken] == [Priority.RELAY]
    assert len(lease()) == 10


def test_a_flood_of_notices_does_not_hold_up_a_conversation() -> None:
    """C4: 20,000 notices wait, and the next that is leased is what somebody in a conversation waits for."""
    fill(people=2_000, each=10)
    fill(people=3, each=2, priority=Priority.RELAY)
    taken = lease(limit=5)
    assert [message.priority for message in taken] == [Priority.RELAY] * 3 + [Priority.NOTICE] * 2


def test_edits_are_left_lying_where_there_is_no_moment_to_spare() -> None:
    """M7, C4: neither do they hold up what is said, nor are they taken and put back again and again."""
    fill(people=5, each=2, priority=Priority.WAITING)
    spoken = OutboxMessage.objects.filter(pk__in=PENDING.order_by("-pk").values("pk")[:1])
    spoken.update(priority=Priority.SESSION)
    assert lease(least=Priority.NOTICE) == list(spoken)
    assert len(lease()) == 5


def test_two_senders_empty_a_full_outbox_in_order() -> None:
    """C4: each message once, and each person's one after the other."""
    fill(people=100, each=10)
    taken: dict[int, list[int]] = defaultdict(list)

    def sender() -> None:
        while PENDING.exists():
            messages = lease()
            for message in messages:
                taken[message.recipient_id].append(message.pk)
            deliver(messages)
        connection.close()

    senders = [Thread(target=sender) for _ in range(2)]
    for thread in senders:
        thread.start()
    for thread in senders:
        thread.join()
    assert len(taken) == 100
    assert all(ids == sorted(set(ids)) and len(ids) == 10 for ids in taken.values())
