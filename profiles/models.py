"""People and what they say about themselves."""

from datetime import datetime
from uuid import uuid4

from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Now
from django.db.models.lookups import GreaterThanOrEqual, LessThanOrEqual

from delivery.models import Language, Recipient
from project.encryption import EncryptedTextField, is_encrypted

MAX_TOPIC_BIT = 62
MIN_TOPICS, MAX_TOPICS = 2, 8
MAX_BIO_LENGTH = 300
HOURS = 24
USUAL_QUIET_FROM, USUAL_QUIET_UNTIL = 23, 8


class Topic(models.Model):
    """What people live through. A topic keeps its bit for ever: pools and profiles hold sets of topics as bit masks."""

    slug = models.SlugField(unique=True)
    title_ru = models.CharField(max_length=40)
    title_uk = models.CharField(max_length=40)
    title_en = models.CharField(max_length=40)
    position = models.PositiveSmallIntegerField(default=0)
    active = models.BooleanField(default=True)
    bit = models.PositiveSmallIntegerField(unique=True, help_text="Never changed and never used again.")

    class Meta:
        ordering = ["position", "slug"]
        constraints = [
            # A signed bigint has 63 usable bits.
            models.CheckConstraint(condition=Q(bit__lte=MAX_TOPIC_BIT), name="topic_bit_fits_the_mask"),
        ]

    def __str__(self) -> str:
        return self.slug

    @property
    def mask(self) -> int:
        """The mask with only this topic's bit."""
        return 1 << self.bit

    def title(self, language: str) -> str:
        """The title in "ru", "uk" or "en"."""
        return str(getattr(self, f"title_{language}"))


class BitCount(Func):
    """How many bits of a bigint are set (PostgreSQL's bit_count takes bit strings and bytea only)."""

    template = "bit_count((%(expressions)s)::bit(64))"
    output_field = models.IntegerField()


class Profile(models.Model):
    """One person, from the first agreement to the rules on. Shares its key with the recipient."""

    class State(models.TextChoices):
        """The steps of onboarding, in order (P1)."""

        WAITING_NICKNAME = "waiting_nickname"
        WAITING_TIMEZONE = "waiting_timezone"
        WAITING_TOPICS = "waiting_topics"
        WAITING_BIO = "waiting_bio"
        COMPLETE = "complete"

    recipient = models.OneToOneField(Recipient, on_delete=models.CASCADE, primary_key=True, related_name="profile")
    subject = models.UUIDField(
        default=uuid4,
        unique=True,
        editable=False,
        help_text="Stands for the person in records that outlive them; leads nowhere once the profile is gone.",
    )
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING_NICKNAME)
    consented_at = models.DateTimeField(null=True, blank=True)
    rules_version = models.PositiveSmallIntegerField(null=True, blank=True)
    minor_until = models.DateTimeField(
        null=True, blank=True, help_text="Answered to be under 18; not asked again before this time."
    )
    nickname = models.CharField(max_length=24, blank=True)
    nickname_key = models.CharField(
        max_length=192, unique=True, null=True, blank=True, help_text="The nickname, normalised: makes it unique."
    )
    timezone = models.CharField(max_length=64, blank=True, help_text="An IANA name, as it is called today.")
    topic_mask = models.BigIntegerField(default=0)
    bio = EncryptedTextField(blank=True)
    speaks_ru = models.BooleanField(default=False)
    speaks_uk = models.BooleanField(default=False)
    speaks_en = models.BooleanField(default=False)
    listens = models.BooleanField(
        default=False, help_text="Ready to listen: may be introduced to who searches, without searching."
    )
    quiet_from = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        default=USUAL_QUIET_FROM,
        help_text="The hour by the person's own clock from which on not to ask them.",
    )
    quiet_until = models.PositiveSmallIntegerField(null=True, blank=True, default=USUAL_QUIET_UNTIL)
    resting_until = models.DateTimeField(
        null=True, blank=True, help_text="Ready to listen, but resting after a long conversation."
    )
    suspended_until = models.DateTimeField(null=True, blank=True)
    rating_sum = models.PositiveIntegerField(default=0, help_text="Sum of ratings in [0, 1] times 100.")
    rating_count = models.PositiveIntegerField(default=0)
    last_update_id = models.BigIntegerField(
        null=True,
        blank=True,
        help_text="The update whose text was taken last as an answer; the same one again changes nothing.",
    )
    seen_at = models.DateTimeField(db_default=Now())
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index(fields=["-seen_at"], condition=Q(listens=True), name="profile_listening_by_visit"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="waiting_nickname") | Q(consented_at__isnull=False, rules_version__isnull=False),
                name="profile_consent_before_anything",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting_nickname") | ~Q(nickname="") & Q(nickname_key__isnull=False),
                name="profile_nickname_from_its_step_on",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting_nickname", "waiting_timezone"]) | ~Q(timezone=""),
                name="profile_timezone_from_its_step_on",
            ),
            models.CheckConstraint(condition=Q(topic_mask__gte=0), name="profile_topic_mask_not_negative"),
            models.CheckConstraint(
                condition=~Q(state__in=["waiting_bio", "complete"])
                | GreaterThanOrEqual(BitCount(F("topic_mask")), MIN_TOPICS)
                & LessThanOrEqual(BitCount(F("topic_mask")), MAX_TOPICS),
                name="profile_two_to_eight_topics_from_their_step_on",
            ),
            models.CheckConstraint(
                condition=~Q(state="complete") | Q(speaks_ru=True) | Q(speaks_uk=True) | Q(speaks_en=True),
                name="profile_speaks_a_language",
            ),
            models.CheckConstraint(
                condition=~Q(listens=True) | Q(state="complete"), name="profile_complete_before_listening"
            ),
            models.CheckConstraint(
                condition=Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | Q(quiet_from__isnull=False, quiet_from__lt=HOURS)
                & Q(quiet_until__isnull=False, quiet_until__lt=HOURS)
                & ~Q(quiet_from=F("quiet_until")),
                name="profile_quiet_hours_begin_and_end",
            ),
            models.CheckConstraint(condition=is_encrypted("bio", MAX_BIO_LENGTH), name="profile_bio_is_encrypted"),
        ]

    def __str__(self) -> str:
        return self.nickname or f"Profile {self.pk}"

    @property
    def is_complete(self) -> bool:
        """Whether onboarding is finished."""
        return self.state == self.State.COMPLETE

    def agreed_to(self, rules_version: int) -> bool:
        """Whether the person agreed to this version of the rules."""
        return self.consented_at is not None and self.rules_version == rules_version

    def is_suspended(self, now: datetime) -> bool:
        """Whether a sanction is in force at `now`."""
        return self.suspended_until is not None and self.suspended_until > now

    def is_resting(self, now: datetime) -> bool:
        """Whether the person rests from listening at `now`."""
        return self.listens and self.resting_until is not None and self.resting_until > now

    @property
    def speaks(self) -> list[str]:
        """The languages the person talks in: "ru", "uk", "en"."""
        return [language for language in Language.values if getattr(self, f"speaks_{language}")]


class Prompt(models.Model):
    """The one open question of a person: it gets their next free text. Any command closes it."""

    profile = models.OneToOneField(Profile, on_delete=models.CASCADE, primary_key=True, related_name="prompt")
    kind = models.CharField(max_length=32, help_text="Every app has its own: no list of them here.")
    ref = models.BigIntegerField(
        null=True, blank=True, help_text="Id of what the question is about, where it needs one."
    )
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.kind} of {self.profile_id}"


class ErasedStanding(models.Model):
    """What stays in force of an erased person, known by a keyed hash only, while it lasts: deleting undoes nothing."""

    telegram_hash = models.CharField(max_length=64, primary_key=True)
    subject = models.UUIDField(help_text="Given back with the standing, so that their cases stay one person's.")
    suspended_until = models.DateTimeField(null=True, blank=True)
    minor_until = models.DateTimeField(null=True, blank=True)
    keep_until = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"Standing until {self.keep_until:%Y-%m-%d %H:%M}"
