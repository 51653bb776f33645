"""The outbox in the admin: read-only; nothing in it leads to a Telegram account."""

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from .models import OutboxMessage, Recipient


class ReadOnlyAdmin(ModelAdmin):
    """A model that staff may look at and only services write."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Services add rows."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Services change rows."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Services delete rows."""
        return False


@admin.register(Recipient)
class RecipientAdmin(ReadOnlyAdmin):
    """Who can be written to."""

    list_display = ["id", "language", "reachable", "created_at"]
    list_filter = ["language", "reachable"]
    search_fields = ["=id"]
    fields = ["id", "language", "reachable", "created_at"]


@admin.register(OutboxMessage)
class OutboxMessageAdmin(ReadOnlyAdmin):
    """What waits, what was sent, what could not be delivered and why."""

    list_display = ["id", "kind", "recipient", "state", "priority", "attempts", "error", "created_at", "closed_at"]
    list_filter = ["state", "kind", "possibly_doubled"]
    search_fields = ["=id", "=recipient__id", "kind"]
    list_select_related = ["recipient"]
    date_hierarchy = "created_at"
