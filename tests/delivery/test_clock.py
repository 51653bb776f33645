"""The outbox while the clock jumps: nobody waits an hour because it was set back by one."""

from datetime import timedelta

import pytest

from delivery import queue
from delivery.models import OutboxMessage
from matching import services
from tests.base import person
from tests.matching.scenes import NOON, proposal_of

pytestmark = pytest.mark.django_db(transaction=True)
EARLIER = NOON - timedelta(hours=1)


def test_what_was_unsent_when_the_clock_was_set_back() -> None:
    """M5: the proposal expires and both are told, now and not in an hour."""
    mira, oleh = person("Мира"), person("Олег")
    proposal_of(mira, oleh)
    services.expire_proposals(now=EARLIER)
    sent = [message.kind for _ in range(3) for message in queue.lease(limit=10, now=EARLIER)]
    assert sent == ["matching.requeued"] * 2


def test_what_a_sender_held_when_the_clock_was_set_back() -> None:
    """C4: a lease never lasts longer than LEASE, whatever the clock says."""
    mira, oleh = person("Мира"), person("Олег")
    proposal_of(mira, oleh)
    queue.lease(limit=10, now=NOON)
    OutboxMessage.objects.update(due_at=EARLIER)
    assert len(queue.lease(limit=10, now=EARLIER)) == 2


def test_a_pause_that_telegram_asks_for_is_kept_all_the_same() -> None:
    """C4: what is sent at once because the clock was set back is not sent at once for ever."""
    mira, oleh = person("Мира"), person("Олег")
    proposal_of(mira, oleh)
    leased = queue.lease(limit=10, now=EARLIER)
    for message in leased:
        queue.retry(outbox_id=message.id, after=timedelta(seconds=60), error="RetryAfter", unknown=False, now=EARLIER)
    assert queue.lease(limit=10, now=EARLIER + timedelta(seconds=1)) == []
    assert len(queue.lease(limit=10, now=EARLIER + timedelta(seconds=60))) == 2
