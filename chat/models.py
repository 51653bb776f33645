"""Conversations: who, when and how many messages. Never what was said."""

from datetime import datetime

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
        IDLE = "idle", "Nobody had written for long"

    class Media(models.TextChoices):
        """Whether a person lets the other show them pictures, videos and files in this conversation (C1)."""

        UNASKED = "", "Nothing was sent yet"
        ASKED = "asked", "Asked, not answered yet"
        SHOWN = "shown", "Wants to see them"
        REFUSED = "refused", "Does not want to see any"

    match = models.OneToOneField(Match, on_delete=models.CASCADE, related_name="session")
    a = models.ForeignKey(Profile, on_delete=models.CASCADE, related_name="+")
    b = models.ForeignKey(Profile, on_delete=models.CASCADE, related_name="+")
    started_at = models.DateTimeField()
    last_message_at = models.DateTimeField(null=True, blank=True)
    last_message_by = models.ForeignKey(Profile, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    msg_count_a = models.PositiveIntegerField(default=0)
    msg_count_b = models.PositiveIntegerField(default=0)
    last_update_a = models.BigIntegerField(
        null=True, blank=True, help_text="The update of a's last message: a redelivered one is not counted twice."
    )
    last_update_b = models.BigIntegerField(null=True, blank=True)
    media_a = models.CharField(
        max_length=7, choices=Media.choices, blank=True, default=Media.UNASKED, help_text="What a says to b's pictures."
    )
    media_b = models.CharField(max_length=7, choices=Media.choices, blank=True, default=Media.UNASKED)
    reminded_at = models.DateTimeField(
        null=True, blank=True, help_text="When both were told that it will be closed unless somebody writes."
    )
    wait_offered_a = models.BooleanField(
        default=False, help_text="a was asked, waiting for an answer, whether to look for somebody else."
    )
    wait_offered_b = models.BooleanField(default=False)
    ended_at = models.DateTimeField(null=True, blank=True)
    ending = models.CharField(max_length=8, choices=Ending.choices, blank=True)
    ended_by = models.ForeignKey(Profile, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["-started_at"], name="session_newest"),
            # Not by time of the last message: counting a message would have to change the index every time.
            models.Index(fields=["id"], condition=Q(ended_at__isnull=True), name="session_live"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(a__lt=F("b")), name="session_a_before_b"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ending="") | Q(ended_at__isnull=False) & ~Q(ending=""),
                name="session_ending_when_ended",
            ),
            models.CheckConstraint(condition=Q(ending__in=["", "ended", "gone", "idle"]), name="session_ending_known"),
            models.CheckConstraint(
                condition=Q(media_a__in=["", "asked", "shown", "refused"])
                & Q(media_b__in=["", "asked", "shown", "refused"]),
                name="session_media_known",
            ),
        ]

    def __str__(self) -> str:
        return f"Session {self.pk}"

    def peer_of(self, profile_id: int) -> int:
        """The other person's id."""
        peer: int = self.b_id if profile_id == self.a_id else self.a_id
        return peer

    def side_of(self, profile_id: int) -> str:
        """Which of the two this person is: "a" or "b"."""
        return "a" if profile_id == self.a_id else "b"

    @property
    def silent_since(self) -> datetime:
        """When the last message was written; where there was none, when they met."""
        since: datetime = self.last_message_at or self.started_at
        return since

    def media_of(self, profile_id: int) -> str:
        """What this person says to the other's pictures: one of `Media`."""
        answer: str = self.media_a if profile_id == self.a_id else self.media_b
        return answer


class HeldMedia(models.Model):
    """A picture, video or file that waits for somebody's word. Its id waits, never its content.

    Its receiver has to agree to see it (C1); of an album that shows who its writer is, they first (C9).
    """

    class Awaits(models.TextChoices):
        """Whose word it waits for."""

        READER = "reader", "Its receiver's"
        WRITER = "writer", "Its writer's"

    session = models.ForeignKey(ChatSession, on_delete=models.CASCADE, related_name="held")
    sender = models.ForeignKey(Profile, on_delete=models.CASCADE, related_name="+")
    message_id = models.BigIntegerField(help_text="In the chat of its sender.")
    kind = models.CharField(max_length=16)
    album = models.CharField(max_length=64, blank=True, help_text="Telegram's media_group_id, for one of an album.")
    reply_to = models.BigIntegerField(null=True, blank=True, help_text="What it answers, in the chat of its receiver.")
    awaits = models.CharField(max_length=6, choices=Awaits.choices, default=Awaits.READER, db_default=Awaits.READER)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "held media"
        constraints = [
            models.UniqueConstraint(fields=["session", "sender", "message_id"], name="held_once"),
            # What is no album is asked about without a row: the question itself says which message it is about.
            models.CheckConstraint(
                condition=Q(awaits="reader") | Q(awaits="writer") & ~Q(album=""), name="held_for_whom"
            ),
        ]

    def __str__(self) -> str:
        return f"Held {self.kind} of session {self.session_id}"


class Rating(models.Model):
    """What one of two said about their conversation; the other never learns it (C7)."""

    class Score(models.IntegerChoices):
        """Times 100, as `Profile.rating_sum` adds them up."""

        NOT_REALLY = 0
        SOMEWHAT = 50
        HELPED = 100

    session = models.ForeignKey(ChatSession, on_delete=models.CASCADE, related_name="ratings")
    rater = models.ForeignKey(Profile, on_delete=models.CASCADE, related_name="+")
    score = models.PositiveSmallIntegerField(choices=Score.choices)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["session", "rater"], name="one_rating_a_person_and_session"),
            models.CheckConstraint(condition=Q(score__in=[0, 50, 100]), name="rating_score_known"),
        ]

    def __str__(self) -> str:
        return f"Rating of session {self.session_id}"
