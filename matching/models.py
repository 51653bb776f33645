"""The waiting pool, proposals, seats and cooldowns."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Now

from profiles.models import Profile

from .triggers import (
    HAS_A_SEAT,
    WAITS_OR_IS_A_STRANGER,
    OnePlaceAtATime,
    OutcomesAreTallied,
    PoolPairsFollow,
    ProposalsAreTallied,
)

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
        """Who is complete, agrees to the rules in force, not suspended, reachable, and without a live match."""
        return self.filter(
            Q(profile__suspended_until__isnull=True) | Q(profile__suspended_until__lte=now),
            ~Exists(Seat.objects.filter(profile=OuterRef("pk"))),
            profile__state=Profile.State.COMPLETE,
            profile__rules_version=settings.RULES_VERSION,
            profile__recipient__reachable=True,
        )

    def claimed(self) -> PoolQuerySet:
        """Locks the entries and their people; passes over whoever is being dealt with elsewhere."""
        # The person before the entry: PostgreSQL locks in this order, and keeps what it has locked when it passes over
        # a row. Two who search and pass each other over would else wait for each other's entries.
        return (
            self.select_for_update(skip_locked=True, of=("profile", "self"), no_key=True)
            .select_related("profile")
            .defer("profile__bio")
        )


class PoolEntry(models.Model):
    """One person who waits for a partner: a slim copy of what a search compares."""

    profile = models.OneToOneField(Profile, on_delete=models.CASCADE, primary_key=True, related_name="pool_entry")
    since = models.DateTimeField(help_text="Kept when the person goes back in front.")
    joined_at = models.DateTimeField(db_default=Now(), help_text="When the person came, or came back.")
    topic_mask = models.BigIntegerField(help_text="Active topics only.")
    language_mask = models.SmallIntegerField(help_text="Bit 0 Russian, 1 Ukrainian, 2 English.")
    utc_offset = models.SmallIntegerField(help_text="Minutes, as of joining; a proposal's score takes those in force.")
    helpfulness = models.FloatField()
    requeues = models.PositiveSmallIntegerField(default=0, help_text="How often put back after staying silent.")
    on_call_until = models.DateTimeField(
        null=True, blank=True, help_text="Asked to be called when someone comes, instead of waiting at the phone (M10)."
    )

    objects = PoolQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "pool entries"
        indexes = [
            models.Index(fields=["since"], name="pool_by_age"),
            models.Index(
                fields=["topic_mask", "since"],
                include=["profile", "language_mask", "utc_offset", "helpfulness", "on_call_until"],
                name="pool_by_topics_and_age",
            ),
            models.Index(fields=["joined_at"], name="pool_by_joining"),
            models.Index(
                fields=["on_call_until"], condition=Q(on_call_until__isnull=False), name="pool_on_call_by_its_end"
            ),
        ]
        triggers = [
            PoolPairsFollow(name="pool_pairs_follow"),
            OnePlaceAtATime(name="no_seat_beside_the_pool", refused_while=HAS_A_SEAT),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(helpfulness__gte=0, helpfulness__lte=1), name="pool_helpfulness_in_0_1"),
            models.CheckConstraint(
                condition=Q(language_mask__gte=1, language_mask__lte=7), name="pool_speaks_a_language"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.profile_id} waiting since {self.since:%H:%M:%S}"


class PoolPair(models.Model):
    """Two topics and a language that one waiting person has: an index of the pool, kept by a trigger.

    Whoever may be introduced by M2 shares such a row, so that a search looks only at those it may find. What it
    compares is copied here: all that a search reads stands in one index.
    """

    # The trigger deletes; Django would look for these rows at every delete.
    entry = models.ForeignKey(PoolEntry, on_delete=models.DO_NOTHING, db_constraint=False, related_name="pairs")
    pair = models.SmallIntegerField(
        help_text="3969 times the language's bit, plus 63 times the higher topic's, plus the lower one's."
    )
    since = models.DateTimeField()
    topic_mask = models.BigIntegerField()
    utc_offset = models.SmallIntegerField()
    helpfulness = models.FloatField()
    on_call = models.BooleanField()

    class Meta:
        indexes = [
            models.Index(
                fields=["pair", "since"],
                include=["entry", "topic_mask", "utc_offset", "helpfulness", "on_call"],
                name="pool_pairs_by_age",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entry_id} has {self.pair}"


class SearchMessage(models.Model):
    """The one message in a person's chat that tells how their search is going (M7)."""

    profile = models.OneToOneField(Profile, on_delete=models.CASCADE, primary_key=True, related_name="search_message")
    message_id = models.BigIntegerField()
    shown = models.CharField(max_length=64, blank=True, help_text="What it says, as a key: edited when that changes.")
    refresh_at = models.DateTimeField(null=True, blank=True, db_index=True, help_text="When to look at it again.")
    refreshes = models.PositiveSmallIntegerField(default=0, help_text="How often: the pauses grow with it.")
    waits_on = models.BooleanField(
        default=False, help_text="Has read that it takes longer than usual, and chose to keep waiting (M10)."
    )

    def __str__(self) -> str:
        return f"Search of {self.profile_id}: {self.shown}"


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
    listener = models.ForeignKey(
        Profile,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
        help_text="Which of the two was not searching but ready to listen (P9).",
    )
    again = models.BooleanField(default=False, help_text="Both had asked to meet again (C7).")
    score = models.FloatField()
    topic_overlap = models.FloatField()
    time_overlap = models.FloatField()
    helpfulness = models.FloatField()
    since_a = models.DateTimeField(help_text="Since when a was waiting: kept for going back in front.")
    since_b = models.DateTimeField(help_text="Since when b was waiting.")
    on_call_until_a = models.DateTimeField(
        null=True, blank=True, help_text="Until when a had asked to be called: kept for going back."
    )
    on_call_until_b = models.DateTimeField(null=True, blank=True, help_text="Until when b had asked to be called.")
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
            models.Index(
                fields=["listener", "created_at"], condition=Q(listener__isnull=False), name="match_of_listener"
            ),
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
            models.CheckConstraint(
                condition=Q(listener__isnull=True) | Q(listener=F("a")) | Q(listener=F("b")),
                name="match_listener_is_one_of_the_two",
            ),
        ]
        triggers = [
            ProposalsAreTallied(name="proposals_are_tallied"),
            OutcomesAreTallied(name="outcomes_are_tallied"),
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

    def on_call_until_of(self, profile_id: int) -> datetime | None:
        """Until when the person had asked to be called before this proposal."""
        return self.on_call_until_a if self.side_of(profile_id) == "a" else self.on_call_until_b

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

    class Meta:
        triggers = [OnePlaceAtATime(name="seat_of_a_live_match_only", refused_while=WAITS_OR_IS_A_STRANGER)]

    def __str__(self) -> str:
        return f"{self.profile_id} in match {self.match_id}"


class RecentContact(models.Model):
    """A cooldown: `user` is not proposed to `other` until `until` (one row a direction)."""

    class Reason(models.TextChoices):
        """Why the two rest from each other."""

        DECLINE = "decline"
        EXPIRY = "expiry"
        CONVERSATION = "conversation"
        BLOCK = "block"

    # The unique constraint's index begins with the user: one of their own would only cost writes.
    user = models.ForeignKey(Profile, on_delete=models.CASCADE, related_name="recent_contacts", db_index=False)
    other = models.ForeignKey(Profile, on_delete=models.CASCADE, related_name="+", db_index=False)
    until = models.DateTimeField(db_index=True)
    reason = models.CharField(max_length=12, choices=Reason.choices)

    class Meta:
        indexes = [
            models.Index(fields=["other"], include=["user", "until"], name="cooldown_by_other"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["user", "other"], include=["until"], name="one_cooldown_a_direction"),
            models.CheckConstraint(condition=~Q(user=F("other")), name="no_cooldown_with_oneself"),
            models.CheckConstraint(
                condition=Q(reason__in=["decline", "expiry", "conversation", "block"]), name="cooldown_reason_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} rests from {self.other_id} until {self.until:%Y-%m-%d %H:%M}"


class ReunionWish(models.Model):
    """After a conversation `wisher` asked to meet `other` again; counts when both did (C7)."""

    wisher = models.ForeignKey(Profile, on_delete=models.CASCADE, related_name="reunion_wishes", db_index=False)
    other = models.ForeignKey(Profile, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), db_index=True)

    class Meta:
        verbose_name_plural = "reunion wishes"
        constraints = [
            models.UniqueConstraint(fields=["wisher", "other"], name="one_reunion_wish_a_direction"),
            models.CheckConstraint(condition=~Q(wisher=F("other")), name="no_reunion_with_oneself"),
        ]

    def __str__(self) -> str:
        return f"{self.wisher_id} would meet {self.other_id} again"


class Sweep(models.Model):
    """The last sweep that looked at the whole pool; the one row with key 1."""

    ONLY = 1

    id = models.SmallIntegerField(primary_key=True, default=ONLY)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    waiting = models.PositiveIntegerField(help_text="People in the pool when it began.")
    proposed = models.PositiveIntegerField(help_text="Proposals that came of it.")
    held_back = models.PositiveIntegerField(help_text="Pairs left for later: patience, or more than can be told.")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_last_sweep")]

    def __str__(self) -> str:
        return f"Sweep of {self.began_at:%H:%M:%S}"


class Tally(models.Model):
    """What came of proposals since the beginning: triggers add rows, `tally.fold` makes few of many.

    The sums only grow: neither the purge nor an erasure takes anything from them. And nobody who proposes waits for
    anybody else's row.
    """

    class What(models.TextChoices):
        """What is counted."""

        PROPOSED = "proposed"
        ACCEPTED = "accepted"
        DECLINED = "declined"
        EXPIRED = "expired"
        WAITED = "waited"

    what = models.CharField(max_length=8, choices=What.choices)
    up_to = models.FloatField(null=True, help_text="Of waits: the bound of their bucket, in seconds.")
    count = models.BigIntegerField()
    seconds = models.FloatField(default=0, help_text="Of waits: their sum.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(what__in=["proposed", "accepted", "declined", "expired"], up_to__isnull=True)
                | Q(what="waited", up_to__isnull=False),
                name="tally_of_something_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.what}: {self.count}"
