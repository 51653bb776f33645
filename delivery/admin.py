"""The outbox in the admin: read-only; nothing in it leads to a Telegram account."""

from typing import Any

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

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Only columns that the list shows or filters by: by asking for others their values could be guessed (D4)."""
        shown = {*self.list_display, self.date_hierarchy, *(_asked_by(each) for each in self.list_filter)}
        return lookup.partition("__")[0] in shown and bool(super().lookup_allowed(lookup, value, request))


def _asked_by(entry: Any) -> str:
    """The column or parameter of an entry of `list_filter`: its name, a filter, or a name with its filter."""
    if isinstance(entry, type) and issubclass(entry, admin.SimpleListFilter):
        return str(entry.parameter_name)
    return str(entry if isinstance(entry, str) else entry[0])


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
