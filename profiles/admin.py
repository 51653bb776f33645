"""People and topics for staff: people are looked at, topics are edited."""

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from delivery.admin import ReadOnlyAdmin

from . import look_alikes
from .models import Profile, Prompt, Topic
from .topics import next_bit


@admin.register(Profile)
class ProfileAdmin(ReadOnlyAdmin):
    """People by what they show of themselves; never a Telegram id."""

    list_display = ["nickname", "state", "timezone", "speaks", "suspended_until", "created_at"]
    list_filter = ["state", "speaks_ru", "speaks_uk", "speaks_en"]
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


@admin.register(Topic)
class TopicAdmin(ModelAdmin):
    """Topics are edited and switched off, never deleted: their bits are in people's profiles."""

    list_display = ["slug", "title_ru", "title_uk", "title_en", "position", "active"]
    list_editable = ["position", "active"]
    list_filter = ["active"]
    search_fields = ["slug", "title_ru", "title_uk", "title_en"]
    readonly_fields = ["bit"]

    def has_delete_permission(self, request: HttpRequest, obj: Topic | None = None) -> bool:
        """A topic keeps its bit for ever."""
        return False

    def save_model(self, request: HttpRequest, obj: Topic, form: "ModelForm[Topic]", change: bool) -> None:
        """A new topic gets the next bit."""
        if not change:
            obj.bit = next_bit()
        super().save_model(request, obj, form, change)


@admin.register(Prompt)
class PromptAdmin(ReadOnlyAdmin):
    """The open questions."""

    list_display = ["profile", "kind", "expires_at"]
    list_select_related = ["profile"]
    list_filter = ["kind"]
    search_fields = ["^profile__nickname"]
    search_help_text = "The beginning of a nickname."
