"""Who can be written to, and what is waiting to be sent. Ids only, never text."""

from enum import StrEnum

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class Language(models.TextChoices):
    """The languages of the interface; also those people talk in."""

    RUSSIAN = "ru", "Русский"
    UKRAINIAN = "uk", "Українська"
    ENGLISH = "en", "English"


class Recipient(models.Model):
    """A Telegram chat with one person. The only place in the database where a Telegram id is kept."""

    telegram_id = models.BigIntegerField(unique=True)
    language = models.CharField(max_length=2, choices=Language.choices, default=Language.RUSSIAN)
    reachable = models.BooleanField(default=True, help_text="False after the person blocked the bot.")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(language__in=Language.values), name="recipient_language_known"),
        ]

    def __str__(self) -> str:
        return f"Recipient {self.pk}"


class Priority(models.IntegerChoices):
    """Who goes first when Telegram's budget is short; smaller is sooner."""

    RELAY = 0
    SESSION = 10
    NOTICE = 20
    WAITING = 30


class Uncopied(StrEnum):
    """Why Telegram does not copy a message, as an outbox message's `error` where it says more than no."""

    VOICE_FORBIDDEN = "VoiceForbidden"
    DELETED = "MessageDeleted"


class OutboxMessage(models.Model):
    """One notification on its way to one person, written in the transaction that makes it true."""

    class State(models.TextChoices):
        """`pending` → `sent` | `dead` (can't be delivered) | `dropped` (no longer true when its turn came)."""

        PENDING = "pending"
        SENT = "sent"
        DEAD = "dead"
        DROPPED = "dropped"

    kind = models.CharField(max_length=64)
    recipient = models.ForeignKey(Recipient, on_delete=models.CASCADE, related_name="outbox")
    params = models.JSONField(default=dict, help_text="Ids that the kind needs to render the message; never text.")
    dedupe_key = models.CharField(max_length=160, unique=True)
    priority = models.SmallIntegerField(choices=Priority.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.PENDING)
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True, help_text="A sender works on it until then.")
    attempts = models.PositiveSmallIntegerField(default=0)
    possibly_doubled = models.BooleanField(
        default=False, help_text="Telegram's answer was lost and it was sent again: it may have arrived twice."
    )
    message_id = models.BigIntegerField(null=True, blank=True)
    error = models.CharField(max_length=64, blank=True, help_text="The class of the last failure.")
    created_at = models.DateTimeField(db_default=Now())
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        permissions = [("retry_outboxmessage", "Can send again what could not be delivered")]
        indexes = [
            models.Index(fields=["closed_at"], condition=Q(state="dead"), name="outbox_dead_by_time"),
            models.Index(fields=["priority", "id"], condition=Q(state="pending"), name="outbox_pending_by_priority"),
            models.Index(fields=["recipient", "id"], condition=Q(state="pending"), name="outbox_pending_by_recipient"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="pending", closed_at__isnull=True) | ~Q(state="pending") & Q(closed_at__isnull=False),
                name="outbox_closed_unless_pending",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"
