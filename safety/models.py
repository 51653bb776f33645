"""Reports, the cases they form, what moderators did, and blocks."""

from datetime import datetime

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from chat.models import ChatSession
from profiles.models import Profile
from project.encryption import EncryptedTextField, is_encrypted

MAX_COMMENT_LENGTH = 1000
# A message of Telegram's has at most that many characters.
MAX_EVIDENCE_LENGTH = 4096


class CaseQuerySet(models.QuerySet["Case"]):
    """Cases, as moderators ask for them."""

    def free_to_take(self, now: datetime) -> "CaseQuerySet":
        """Those that nobody has claimed, or somebody who has not decided for settings.CLAIM_LASTS."""
        given_up = Q(state=Case.State.IN_REVIEW, claimed_at__lte=now - settings.CLAIM_LASTS)
        return self.filter(Q(state=Case.State.NEW) | given_up)


class Case(models.Model):
    """All open reports on one person: what a moderator takes, judges and resolves (S5)."""

    class State(models.TextChoices):
        """`new` → `in_review` (claimed) → `resolved`; whoever gives a claim back makes it `new` again."""

        NEW = "new"
        IN_REVIEW = "in_review"
        RESOLVED = "resolved"

    target = models.ForeignKey(Profile, null=True, blank=True, on_delete=models.SET_NULL, related_name="cases")
    subject = models.UUIDField(help_text="Stands for the person, also once they are gone.")
    state = models.CharField(max_length=9, choices=State.choices, default=State.NEW)
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="cases"
    )
    claimed_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        permissions = [
            ("judge_case", "Can claim cases, dismiss, warn and suspend"),
            ("lift_sanction", "Can lift suspensions"),
        ]
        indexes = [
            models.Index(fields=["opened_at"], condition=~Q(state="resolved"), name="case_open_by_age"),
            models.Index(fields=["subject", "opened_at"], name="case_by_subject"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["subject"], condition=~Q(state="resolved"), name="one_open_case_a_person"),
            models.CheckConstraint(condition=Q(state__in=["new", "in_review", "resolved"]), name="case_state_known"),
            models.CheckConstraint(
                condition=~Q(state="new") & ~Q(state="in_review")
                | Q(state="new", claimed_by__isnull=True, claimed_at__isnull=True)
                | Q(state="in_review", claimed_by__isnull=False, claimed_at__isnull=False),
                name="case_claimed_while_in_review",
            ),
            models.CheckConstraint(
                condition=Q(state="resolved", resolved_at__isnull=False)
                | ~Q(state="resolved") & Q(resolved_at__isnull=True),
                name="case_resolved_at_when_resolved",
            ),
        ]

    def __str__(self) -> str:
        return f"Case {self.pk}"

    def is_given_up(self, now: datetime) -> bool:
        """Whether who has claimed it has had settings.CLAIM_LASTS to decide: somebody else may take it over."""
        return (
            self.state == self.State.IN_REVIEW
            and self.claimed_at is not None
            and self.claimed_at <= now - settings.CLAIM_LASTS
        )


class Report(models.Model):
    """One person's report on their partner in one conversation (S1)."""

    class Reason(models.TextChoices):
        """Why."""

        SPAM = "spam"
        ABUSE = "abuse"
        DANGER = "danger"
        OTHER = "other"

    class Danger(models.TextChoices):
        """Which danger: to the reporter, or to the person reported. The second never counts towards sanctions."""

        THREAT = "threat", "Threatens me"
        FEAR = "fear", "I fear for them"

    class Status(models.TextChoices):
        """What came of it."""

        OPEN = "open"
        UPHELD = "upheld"
        DISMISSED = "dismissed"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="reports")
    reporter = models.ForeignKey(Profile, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    target = models.ForeignKey(Profile, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    session = models.ForeignKey(
        ChatSession, null=True, blank=True, on_delete=models.SET_NULL, related_name="reports", db_index=False
    )
    reason = models.CharField(max_length=6, choices=Reason.choices)
    danger = models.CharField(max_length=6, choices=Danger.choices, blank=True)
    looks_under_18 = models.BooleanField(default=False)
    comment = EncryptedTextField(blank=True)
    evidence = EncryptedTextField(
        blank=True, help_text="The one message that the reporter chose to attach; deleted 30 days after closing."
    )
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.OPEN)
    created_at = models.DateTimeField(db_default=Now())
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["created_at"], condition=Q(status="open"), name="report_open_by_age"),
            models.Index(fields=["target"], condition=Q(status="open"), name="report_open_by_target"),
            models.Index(fields=["reporter", "-created_at"], name="report_by_reporter"),
            models.Index(fields=["closed_at"], condition=~Q(evidence=""), name="report_with_evidence"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["session", "reporter", "reason"], name="one_report_a_session_and_reason"),
            models.CheckConstraint(
                condition=Q(reason__in=["spam", "abuse", "danger", "other"]), name="report_reason_known"
            ),
            models.CheckConstraint(condition=Q(status__in=["open", "upheld", "dismissed"]), name="report_status_known"),
            models.CheckConstraint(
                condition=Q(status="open", closed_at__isnull=True) | ~Q(status="open") & Q(closed_at__isnull=False),
                name="report_closed_at_when_closed",
            ),
            models.CheckConstraint(
                condition=Q(reason="danger", danger__in=["threat", "fear"]) | ~Q(reason="danger") & Q(danger=""),
                name="report_says_which_danger",
            ),
            models.CheckConstraint(
                condition=Q(looks_under_18=False) | Q(reason="other"), name="report_under_18_is_other"
            ),
            models.CheckConstraint(condition=~Q(reporter=F("target")), name="report_on_somebody_else"),
            models.CheckConstraint(
                condition=is_encrypted("comment", MAX_COMMENT_LENGTH), name="report_comment_is_encrypted"
            ),
            models.CheckConstraint(
                condition=is_encrypted("evidence", MAX_EVIDENCE_LENGTH), name="report_evidence_is_encrypted"
            ),
        ]

    def __str__(self) -> str:
        return f"Report {self.pk}"


class ModerationAction(models.Model):
    """What was done to whom, by whom and why. Written once; the database lets nobody change or delete it (S5, D2)."""

    class Action(models.TextChoices):
        """What a moderator can do."""

        DISMISS = "dismiss"
        WARN = "warn"
        SUSPEND = "suspend"
        LIFT = "lift"

    subject = models.UUIDField(help_text="The person it was done to; a reference would keep them from being erased.")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="actions")
    action = models.CharField(max_length=8, choices=Action.choices)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(help_text="For other moderators; the person reads their language's text, not this.")
    until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["subject", "-created_at"], name="action_by_subject")]
        constraints = [
            models.CheckConstraint(condition=Q(action__in=["dismiss", "warn", "suspend", "lift"]), name="action_known"),
            models.CheckConstraint(
                condition=Q(action="suspend", until__isnull=False) | ~Q(action="suspend") & Q(until__isnull=True),
                name="action_until_when_suspending",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="action_with_a_reason"),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.action} #{self.pk}"


class Block(models.Model):
    """One person does not want to meet another again (S2). Who is erased is known by a keyed hash while it lasts."""

    blocker = models.ForeignKey(Profile, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    blocked = models.ForeignKey(Profile, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    blocker_hash = models.CharField(max_length=64, blank=True)
    blocked_hash = models.CharField(max_length=64, blank=True)
    session = models.ForeignKey(ChatSession, null=True, blank=True, on_delete=models.SET_NULL, related_name="blocks")
    created_at = models.DateTimeField()
    until = models.DateTimeField(db_index=True)

    class Meta:
        indexes = [
            models.Index(fields=["blocker_hash"], condition=~Q(blocker_hash=""), name="block_by_erased_blocker"),
            models.Index(fields=["blocked_hash"], condition=~Q(blocked_hash=""), name="block_by_erased_blocked"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(blocker=F("blocked")), name="block_of_somebody_else"),
            models.CheckConstraint(
                condition=Q(blocker__isnull=False, blocker_hash="") | Q(blocker__isnull=True) & ~Q(blocker_hash=""),
                name="block_names_blocker_once",
            ),
            models.CheckConstraint(
                condition=Q(blocked__isnull=False, blocked_hash="") | Q(blocked__isnull=True) & ~Q(blocked_hash=""),
                name="block_names_blocked_once",
            ),
        ]

    def __str__(self) -> str:
        return f"Block {self.pk}"

    def is_in_force(self, now: datetime) -> bool:
        """Whether it lasts at `now`."""
        return self.until > now
