"""Conversations in the admin: who, when, how many. Nothing that was said exists anywhere."""

from django.contrib import admin

from delivery.admin import ReadOnlyAdmin

from .models import ChatSession


@admin.register(ChatSession)
class ChatSessionAdmin(ReadOnlyAdmin):
    """One conversation a row."""

    list_display = ["id", "a", "b", "started_at", "msg_count_a", "msg_count_b", "ended_at", "ending"]
    list_filter = ["ending"]
    search_fields = ["=id", "^a__nickname", "^b__nickname"]
    search_help_text = "A session's number, or the beginning of either nickname."
    list_select_related = ["a", "b"]
    date_hierarchy = "started_at"
    exclude = ["last_update_a", "last_update_b"]
