"""What this app has about a person: the account they are written to, and what was sent to them (P7)."""

from datetime import datetime
from typing import Any, Protocol

from django.db import connection

from project.rows import columns_of

from .models import OutboxMessage, Recipient


class Person(Protocol):
    """Whoever has a recipient: a profile, seen from below."""

    recipient: Recipient


def export(profile: Person) -> dict[str, Any]:
    """The account as it is kept, and the kinds and times of what was sent to it; there is no text to show."""
    sent = OutboxMessage.objects.filter(recipient=profile.recipient).order_by("pk")
    return {
        "account": columns_of(profile.recipient),
        "messages_from_the_bot": list(sent.values("kind", "state", "attempts", "created_at", "due_at", "closed_at")),
    }


def erase(profile: Person, now: datetime) -> None:
    """Step: delete the account and all that was or will be sent to it. Nothing may point at it any more."""
    assert connection.in_atomic_block
    pk = profile.recipient.pk
    # From here on nobody puts anything into the outbox for them: who tries waits, and finds them gone.
    Recipient.objects.select_for_update().filter(pk=pk).first()
    OutboxMessage.objects.filter(recipient=pk).delete()
    Recipient.objects.filter(pk=pk).delete()
