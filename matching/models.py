"""The waiting pool, proposals, seats and cooldowns."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Now

from profiles.models import Profile

Side = Literal["a", "b"]


class PoolQuerySet(models.QuerySet["PoolEntry"]):
    """Who waits, narrowed down to who may be introduced to whom (M2)."""

    def allowed_with(self, entry: PoolEntry, now: datetime) -> PoolQuerySet:
        """Who shares two topics and a language with `entry` and has no cooldown with them, in either direction."""
        mine = RecentContact.objects.filter(user=entry.profile_id, other=OuterRef("pk"), until__gt=now)
        theirs = RecentContact.objects.filter(user=OuterRef("pk"), other=entry.profile_id, until__gt=now)
        return (
            self.exclude(pk=entry.profile_id)
            .alias(shared=F("topic_mask").bitand(entry.topic_mask))
            # x & (x - 1) clears the lowest bit: something is left only when two were set.
            .alias(second_shared=F("shared").bitand(F("shared") - 1))  # type: ignore[arg-type]  # takes any expression
            .alias(language=F("language_mask").bitand(entry.language_mask))
            .filter(~Exists(mine), ~Exists(theirs), second_shared__gt=0, language__gt=0)
        )

    def in_good_standing(self, now: datetime) -> PoolQuerySet:
        """Who is complete, not suspended, reachable, and not in a proposal or conversation."""
        return self.filter(
            Q(profile__suspended_until__isnull=True) | Q(profile__suspended_until__lte=now),
            ~Exists(Seat.objects.filter(profile=OuterRef("pk"))),
            profile__state=Profile.State.COMPLETE,
            profile__recipient__reachable=True,
        )

    def oldest(self, count: int) -> PoolQuerySet:
        """The `count` who have waited longest."""
        return self.order_by("since")[:count]

    def claimed(self) -> PoolQuerySet:
        """Locks the entries and their people; passes over whoever is being dealt with elsewhere."""
        # The person before the entry: PostgreSQL locks in this order, and keeps what it has locked when it passes over
        # a row. Two who search and pass each other over would else wait for each other's entries.
        return self.select_for_update(skip_locked=True, of=("profile", "self"), no_key=True).select_related("profile")


class PoolEntry(models.Model):
    """One person who waits for a partner: a slim copy of what a search compares."""

    profile = models.OneToOneField(Profile, on_delete=models.CASCADE, primary_key=True, related_name="pool_entry")
    since = models.DateTimeField(help_text="Kept when the person goes back in front.")
    topic_mask = models.BigIntegerField()
    language_mask = models.SmallIntegerField(help_text="Bit 0 Russian, 1 Ukrainian, 2 English.")
    timezone = models.CharField(max_length=64)
    helpfulness = models.FloatField()
    requeues = models.PositiveSmallIntegerField(default=0, help_text="How often put back after staying silent.")

    objects = PoolQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "pool entries"
        indexes = [
            models.Index(fields=["since"], name="pool_by_age"),
            models.Index(fields=["topic_mask", "since"], name="pool_by_topics_and_age"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(helpfulness__gte=0, helpfulness__lte=1), name="pool_helpfulness_in_0_1"),
            models.CheckConstraint(
                condition=Q(language_mask__gte=1, language_mask__lte=7), name="pool_speaks_a_language"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.profile_id} waiting since {self.since:%H:%M:%S}"


class Match(models.Model):
    """Two people proposed to each other. `a` has the smaller id."""

    class State(models.TextChoices):
        """See TRANSITIONS for what may follow what (M5)."""

        PROPOSED = "proposed"
        ACTIVE = "active"
        DECLINED = "declined"
        EXPIRED = "expired"
        COMPLETED = "completed"

    a = models.ForeignKey(Profile, on_delete=models.CASCADE, related_name="+")
    b = models.ForeignKey(Profile, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=9, choices=State.choices, default=State.PROPOSED)
    score = models.FloatField()
    topic_overlap = models.FloatField()
    time_overlap = models.FloatField()
    helpfulness = models.FloatField()
    since_a = models.DateTimeField(help_text="Since when a was waiting: kept for going back in front.")
    since_b = models.DateTimeField(help_text="Since when b was waiting.")
    requeues_a = models.PositiveSmallIntegerField(default=0)
    requeues_b = models.PositiveSmallIntegerField(default=0)
    delivered_a_at = models.DateTimeField(null=True, blank=True)
    delivered_b_at = models.DateTimeField(null=True, blank=True)
    accepted_a_at = models.DateTimeField(null=True, blank=True)
    accepted_b_at = models.DateTimeField(null=True, blank=True)
    declined_by = models.ForeignKey(Profile, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now())
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "matches"
        indexes = [
            models.Index(fields=["expires_at"], condition=Q(state="proposed"), name="match_proposed_by_expiry"),
            models.Index(fields=["-created_at"], name="match_newest"),
            models.Index(fields=["closed_at"], condition=Q(closed_at__isnull=False), name="match_closed_by_time"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(a__lt=F("b")), name="match_a_before_b"),
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "active"], closed_at__isnull=True)
                | Q(state__in=["declined", "expired", "completed"], closed_at__isnull=False),
                name="match_closed_in_its_last_states",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["active", "completed"])
                | Q(accepted_a_at__isnull=False, accepted_b_at__isnull=False),
                name="match_active_only_when_both_accepted",
            ),
        ]

    def __str__(self) -> str:
        return f"Match {self.pk} ({self.state})"

    def side_of(self, profile_id: int) -> Side:
        """Which of the two the person is; ValueError for anyone else."""
        if profile_id == self.a_id:
            return "a"
        if profile_id == self.b_id:
            return "b"
        raise ValueError(f"{profile_id} is not in match {self.pk}")

    def partner_of(self, profile_id: int) -> int:
        """The other person's id."""
        partner: int = self.b_id if self.side_of(profile_id) == "a" else self.a_id
        return partner

    def since_of(self, profile_id: int) -> datetime:
        """Since when the person was waiting before this proposal."""
        return self.since_a if self.side_of(profile_id) == "a" else self.since_b

    def requeues_of(self, profile_id: int) -> int:
        """How often the person had stayed silent before this proposal."""
        return self.requeues_a if self.side_of(profile_id) == "a" else self.requeues_b

    def was_delivered_to(self, profile_id: int) -> bool:
        """Whether the proposal reached the person."""
        return (self.delivered_a_at if self.side_of(profile_id) == "a" else self.delivered_b_at) is not None

    def was_accepted_by(self, profile_id: int) -> bool:
        """Whether the person accepted."""
        return (self.accepted_a_at if self.side_of(profile_id) == "a" else self.accepted_b_at) is not None


TRANSITIONS: dict[str, frozenset[str]] = {
    Match.State.PROPOSED: frozenset({Match.State.ACTIVE, Match.State.DECLINED, Match.State.EXPIRED}),
    Match.State.ACTIVE: frozenset({Match.State.COMPLETED}),
    Match.State.DECLINED: frozenset(),
    Match.State.EXPIRED: frozenset(),
    Match.State.COMPLETED: frozenset(),
}


class Seat(models.Model):
    """A live proposal or conversation of one person. The primary key is the rule: at most one (M1)."""

    profile = models.OneToOneField(Profile, on_delete=models.CASCADE, primary_key=True, related_name="seat")
    match = models.ForeignKey(Match, on_delete=models.CASCADE, related_name="seats")

    def __str__(self) -> str:
        return f"{self.profile_id} in match {self.match_id}"


class RecentContact(models.Model):
    """A cooldown: `user` is not proposed to `other` until `until` (one row a direction)."""

    # The unique constraint's index begins with the user: one of their own would only cost writes.
    user = models.ForeignKey(Profile, on_delete=models.CASCADE, related_name="recent_contacts", db_index=False)
    other = models.ForeignKey(Profile, on_delete=models.CASCADE, related_name="+")
    until = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "other"], name="one_cooldown_a_direction"),
            models.CheckConstraint(condition=~Q(user=F("other")), name="no_cooldown_with_oneself"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} rests from {self.other_id} until {self.until:%Y-%m-%d %H:%M}"
