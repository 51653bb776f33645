"""Conversations: who, when and how many messages. Never what was said."""

from django.db import models
from django.db.models import F, Q

from matching.models import Match
from profiles.models import Profile


class ChatSession(models.Model):
    """One conversation, from both acceptances to its end. `a` and `b` are those of the match."""

    class Ending(models.TextChoices):
        """How it ended."""

        ENDED = "ended", "One of them ended it"
        GONE = "gone", "One of them could not be reached any more"

    match = models.OneToOneField(Match, on_delete=models.CASCADE, related_name="session")
    a = models.ForeignKey(Profile, on_delete=models.CASCADE, related_name="+")
    b = models.ForeignKey(Profile, on_delete=models.CASCADE, related_name="+")
    started_at = models.DateTimeField()
    last_message_at = models.DateTimeField(null=True, blank=True)
    msg_count_a = models.PositiveIntegerField(default=0)
    msg_count_b = models.PositiveIntegerField(default=0)
    last_update_a = models.BigIntegerField(
        null=True, blank=True, help_text="The update of a's last message: a redelivered one is not counted twice."
    )
    last_update_b = models.BigIntegerField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ending = models.CharField(max_length=8, choices=Ending.choices, blank=True)
    ended_by = models.ForeignKey(Profile, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["-started_at"], name="session_newest")]
        constraints = [
            models.CheckConstraint(condition=Q(a__lt=F("b")), name="session_a_before_b"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ending="") | Q(ended_at__isnull=False) & ~Q(ending=""),
                name="session_ending_when_ended",
            ),
        ]

    def __str__(self) -> str:
        return f"Session {self.pk}"

    def peer_of(self, profile_id: int) -> int:
        """The other person's id."""
        peer: int = self.b_id if profile_id == self.a_id else self.a_id
        return peer
