"""People and topics for staff: people are looked at, topics are edited."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone
from unfold.admin import ModelAdmin

from delivery.admin import ReadOnlyAdmin

from . import look_alikes, topic_effects
from .models import MAX_TOPIC_BIT, Profile, Prompt, Topic
from .topics import NoBitLeft, next_bit

_NO_ROOM = (
    f"There is no room for one more topic: people's topics are kept as sets with {MAX_TOPIC_BIT + 1} places, and every "
    "topic keeps its place for ever, also while it is not active. Activate one that is there instead."
)


@admin.register(Profile)
class ProfileAdmin(ReadOnlyAdmin):
    """People by what they show of themselves; never a Telegram id."""

    list_display = ["nickname", "state", "timezone", "speaks", "suspended_until", "created_at"]
    list_filter = ["state", "listens", "speaks_ru", "speaks_uk", "speaks_en"]
    fields = [
        "nickname",
        "state",
        "timezone",
        "topics",
        "bio",
        "speaks",
        "listens",
        "quiet_from",
        "quiet_until",
        "consented_at",
        "rules_version",
        "minor_until",
        "suspended_until",
        "rating_sum",
        "rating_count",
        "seen_at",
        "created_at",
    ]
    readonly_fields = ["topics", "speaks"]
    ordering = ["-created_at"]
    # Makes the search box appear; the search itself is below.
    search_fields = ["nickname_key"]
    search_help_text = "The beginning of a nickname, in any case; look-alikes are found as well."

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Profile], search_term: str
    ) -> tuple[QuerySet[Profile], bool]:
        """By the beginning of the nickname's key, which an index serves."""
        its_key = look_alikes.key(search_term)
        return (queryset.filter(nickname_key__startswith=its_key) if its_key else queryset), False

    @admin.display(description="topics")
    def topics(self, profile: Profile) -> str:
        """The ticked topics."""
        return ", ".join(topic.title_en for topic in Topic.objects.all() if topic.mask & profile.topic_mask)

    @admin.display(description="talks in")
    def speaks(self, profile: Profile) -> str:
        """The languages the person talks in."""
        return ", ".join(profile.speaks)


class TopicForm(ModelForm):  # type: ignore[type-arg]  # can't be subscripted at run time
    """A topic, refused where there is no room for one more."""

    def clean(self) -> dict[str, Any] | None:
        """A new one needs a bit of its own."""
        cleaned = super().clean()
        if self.instance.pk is None:
            try:
                next_bit()
            except NoBitLeft as error:
                raise ValidationError(_NO_ROOM) from error
        return cleaned


@admin.register(Topic)
class TopicAdmin(ModelAdmin):
    """Topics are edited and switched off, never deleted: their bits are in people's profiles."""

    form = TopicForm
    list_display = ["slug", "title_ru", "title_uk", "title_en", "position", "active"]
    list_editable = ["position", "active"]
    list_filter = ["active"]
    search_fields = ["slug", "title_ru", "title_uk", "title_en"]
    readonly_fields = ["bit"]

    def get_fieldsets(self, request: HttpRequest, obj: Topic | None = None) -> Any:
        """The fields, under what saving them would do to people."""
        ((title, options),) = super().get_fieldsets(request, obj)
        effect = _of_deactivating(obj) if obj and obj.active else _of_one_more(obj)
        return [(title, {**options, "description": effect})]

    def has_delete_permission(self, request: HttpRequest, obj: Topic | None = None) -> bool:
        """A topic keeps its bit for ever."""
        return False

    def save_model(self, request: HttpRequest, obj: Topic, form: "ModelForm[Topic]", change: bool) -> None:
        """A new topic gets the next bit; whoever changes what people can choose reads what follows."""
        if not change:
            # Two who add one at the same moment take turns.
            list(Topic.objects.select_for_update(no_key=True).order_by("pk"))
            obj.bit = next_bit()
        # Judged before it is saved, as the topics are now.
        effect = ""
        if "active" in form.changed_data or not change:
            effect = _of_one_more(obj) if obj.active else _of_deactivating(obj)
        super().save_model(request, obj, form, change)
        if effect and (change or obj.active):
            messages.warning(request, f"{obj}: {effect}")


def _of_one_more(topic: Topic | None) -> str:
    """What people would notice of one more topic to choose from; empty where there are too few people to tell."""
    if (found := topic_effects.thinning(now=timezone.now())) is None:
        return ""
    more = "thins the pool" if found.after < found.now else "leaves the pool as dense as it is"
    return (
        f"One more topic {more}: of the people seen in the last 30 days {found.now:.1%} of all pairs have two topics "
        f"in common; with one more to choose from it will be about {found.after:.1%} (judged by {found.people} people)."
    )


def _of_deactivating(topic: Topic) -> str:
    """What people would notice of its not being active."""
    found = topic_effects.holders(topic)
    return (
        f"{found.people} people have this topic. While it is not active it does not count for matching, and nobody can "
        f"newly choose it; {found.left_with_too_few} of them have fewer than two other active topics and must choose "
        "anew before they can search."
    )


@admin.register(Prompt)
class PromptAdmin(ReadOnlyAdmin):
    """The open questions."""

    list_display = ["profile", "kind", "expires_at"]
    list_select_related = ["profile"]
    list_filter = ["kind"]
    search_fields = ["^profile__nickname"]
    search_help_text = "The beginning of a nickname."
