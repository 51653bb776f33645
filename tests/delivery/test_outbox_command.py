"""`manage.py outbox`: what staff see of the outbox, and what they do about what went wrong."""

import json
from datetime import timedelta
from io import StringIO
from threading import Barrier, Thread
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from delivery import dead_letters, queue
from delivery.models import OutboxMessage, Priority
from profiles.models import Profile
from tests.base import NOW, person
from tests.delivery.letters import letter
from tests.outbox import told
from tests.safety.scenes import conversation

pytestmark = pytest.mark.django_db


def outbox(*arguments: str) -> str:
    """What the command prints."""
    out = StringIO()
    call_command("outbox", *arguments, stdout=out)
    return out.getvalue()


def state(message: OutboxMessage) -> str:
    """As the database has it now."""
    message.refresh_from_db()
    return message.state


def relayed(sender: Profile, reader: Profile, **columns: Any) -> OutboxMessage:
    """A message of a conversation between them, in the outbox."""
    params = {"session": conversation(sender, reader).pk, "sender": sender.pk, "message": 5, "kind": "text"}
    return letter(reader, "chat.relay", priority=Priority.RELAY, params=params, **columns)


def test_what_waits_and_what_was_given_up() -> None:
    """C4: by kind, priority and age; by kind and reason."""
    mira = person("Мира")
    waiting = letter(mira, "matching.left_pool", state="pending")
    letter(mira, "matching.left_pool", state="pending", lease_until=timezone.now() + timedelta(minutes=1))
    letter(mira, "chat.relay", error="Forbidden")
    OutboxMessage.objects.filter(pk=waiting.pk).update(created_at=timezone.now() - timedelta(hours=1))
    page = outbox().splitlines()
    assert page[1].split()[:3] == ["2", "matching.left_pool", "notice"]
    assert page[1].endswith("1 being sent")
    assert page[3].split()[:3] == ["1", "chat.relay", "Forbidden"]
    assert page[3].endswith("is over")
    (group,) = json.loads(outbox("--json"))["waiting"]
    assert (group["kind"], group["count"], group["leased"]) == ("matching.left_pool", 2, 1)
    assert group["oldest"] >= 3600


def test_a_dead_letter_is_sent_after_all() -> None:
    """C4: as if it were new, with a day to arrive."""
    message = letter(person("Мира"), "matching.left_pool", error="BadRequest", attempts=5)
    assert outbox("retry", "--kind", "matching.left_pool") == "1 will be tried again.\n"
    (leased,) = queue.lease(limit=10, now=timezone.now())
    assert leased.id == message.pk
    message.refresh_from_db()
    assert (message.attempts, message.error, message.closed_at) == (1, "", None)
    assert timezone.now() - message.created_at < timedelta(minutes=1)


def test_what_others_were_told_about_stays_dead() -> None:
    """C4: its sender knows that it did not arrive; and who can't be reached is not written to."""
    mira, oleh = person("Мира"), person("Олег")
    message = relayed(oleh, mira, error="BadRequest")
    oleh.recipient.reachable = False
    oleh.recipient.save()
    lost = letter(oleh, "matching.left_pool", error="Forbidden")
    said = outbox("retry", "--id", str(message.pk), str(lost.pk)).splitlines()
    assert (state(message), state(lost)) == ("dead", "dead")
    assert said[0] == "0 will be tried again."
    assert said[1].startswith("2 will not")


def test_only_those_given_up_since_then() -> None:
    """C4: after an evening on which Telegram was away."""
    mira = person("Мира")
    before = letter(mira, "matching.left_pool", closed_at=NOW - timedelta(hours=2))
    during = letter(mira, "matching.left_pool", closed_at=NOW)
    outbox("retry", "--dead-since", (NOW - timedelta(hours=1)).isoformat())
    assert (state(before), state(during)) == ("dead", "pending")


@pytest.mark.django_db(transaction=True)
def test_two_who_try_again_at_once() -> None:
    """C4: one of them does it; what was delivered meanwhile is not sent once more."""
    letters = [letter(person(f"Гость{number}"), "matching.left_pool") for number in range(10)]
    taken: list[int] = []
    ready = Barrier(2)

    def staff() -> None:
        ready.wait()
        ids = dead_letters.retry(OutboxMessage.objects.all(), now=NOW)
        OutboxMessage.objects.filter(pk__in=ids).update(state="sent", closed_at=NOW)
        taken.extend(ids)
        connection.close()

    threads = [Thread(target=staff) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [message.pk for message in letters]
    assert {state(message) for message in letters} == {"sent"}


def test_what_waits_is_withdrawn_and_its_kind_knows() -> None:
    """C4: the sender of a withdrawn message is told; what a sender has in hand is left to it."""
    mira, oleh = person("Мира"), person("Олег")
    message = relayed(oleh, mira, state="pending")
    in_hand = letter(mira, "chat.relay", state="pending", lease_until=timezone.now() + timedelta(minutes=1))
    assert outbox("drop", "--kind", "chat.relay", "--yes") == "1 dropped.\n"
    assert (state(message), state(in_hand)) == ("dropped", "pending")
    assert "chat.unsent" in told(oleh)


def test_dead_letters_are_forgotten() -> None:
    """C4: what staff have seen to is shown no more."""
    mira = person("Мира")
    dead, waiting = letter(mira, "chat.ended"), letter(mira, "chat.ended", state="pending")
    assert outbox("drop", "--dead", "--kind", "chat.ended", "--yes") == "1 dropped.\n"
    assert (state(dead), state(waiting)) == ("dropped", "pending")


def test_nothing_is_dropped_by_accident(monkeypatch: pytest.MonkeyPatch) -> None:
    """C4: it asks first."""
    message = letter(person("Мира"), "chat.ended", state="pending")
    monkeypatch.setattr("builtins.input", lambda _: "yes")
    with pytest.raises(CommandError, match=r"^Nothing was dropped\.$"):
        outbox("drop", "--id", str(message.pk))
    assert state(message) == "pending"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["retry"], "Say which"),
        (["drop", "--yes"], "Say which"),
        (["retry", "--kind", "chat.hello"], "There is no kind chat.hello; there are: chat.album"),
        (["retry", "--id", "404"], "There is no message 404."),
        (["retry", "--dead-since", "yesterday"], "yesterday is no time"),
    ],
)
def test_a_mistake_is_answered_in_one_line(arguments: list[str], line: str) -> None:
    """O5: with what to write instead."""
    with pytest.raises(CommandError, match=line) as refusal:
        outbox(*arguments)
    assert "\n" not in str(refusal.value)
