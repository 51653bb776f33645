"""The pool, proposals, seats and cooldowns, to read: only services change them."""

from django.contrib import admin

from delivery.admin import ReadOnlyAdmin

from .models import Match, PoolEntry, RecentContact, Seat


@admin.register(PoolEntry)
class PoolEntryAdmin(ReadOnlyAdmin):
    """Who waits, the longest first."""

    list_display = ["profile", "since", "timezone", "helpfulness", "requeues"]
    list_select_related = ["profile"]
    ordering = ["since"]
    search_fields = ["^profile__nickname"]
    search_help_text = "The beginning of a nickname."


@admin.register(Match)
class MatchAdmin(ReadOnlyAdmin):
    """Proposals, the newest first, with the score in its parts."""

    list_display = ["id", "a", "b", "state", "score", "created_at", "expires_at", "closed_at"]
    list_filter = ["state"]
    list_select_related = ["a", "b"]
    date_hierarchy = "created_at"
    ordering = ["-created_at"]
    search_fields = ["^a__nickname", "^b__nickname"]
    search_help_text = "The beginning of either nickname."


@admin.register(Seat)
class SeatAdmin(ReadOnlyAdmin):
    """Who is in a live proposal or conversation."""

    list_display = ["profile", "match"]
    list_select_related = ["profile", "match"]
    search_fields = ["^profile__nickname"]
    search_help_text = "The beginning of a nickname."


@admin.register(RecentContact)
class RecentContactAdmin(ReadOnlyAdmin):
    """Cooldowns, those that last longest first."""

    list_display = ["user", "other", "until"]
    list_select_related = ["user", "other"]
    ordering = ["-until"]
    search_fields = ["^user__nickname", "^other__nickname"]
    search_help_text = "The beginning of either nickname."
