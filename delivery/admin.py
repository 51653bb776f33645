"""The outbox in the admin: nothing in it leads to a Telegram account, and only services change it."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from unfold.admin import ModelAdmin

from . import dead_letters
from .models import OutboxMessage, Recipient

_NOT_RETRIED = (
    "It was not given up, or its reader can't be reached, or others were told that it did not arrive, or it might "
    "arrive twice."
)


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


class OwnPageAdmin(ReadOnlyAdmin):
    """A model whose rows have a page of their own, `show`, in place of Django's form."""

    def show(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The page of one row; `object_id` is as the address has it."""
        raise NotImplementedError

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The page, for who may look at the row and only looks."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return require_safe(self.show)(request, object_id)


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


class ReasonFilter(admin.SimpleListFilter):
    """Why it was given up."""

    title = "given up because of"
    parameter_name = "reason"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The reasons there are."""
        dead = OutboxMessage.objects.filter(state=OutboxMessage.State.DEAD)
        reasons = dead.order_by("error").values_list("error", flat=True).distinct()
        return [(reason, reason) for reason in reasons if reason]

    def queryset(self, request: HttpRequest, queryset: QuerySet[OutboxMessage]) -> QuerySet[OutboxMessage]:
        """What was given up for it."""
        reason = self.value()
        return queryset.filter(state=OutboxMessage.State.DEAD, error=reason) if reason else queryset


@admin.register(OutboxMessage)
class OutboxMessageAdmin(ReadOnlyAdmin):
    """What waits, what was sent, what could not be delivered and why; that can be tried again."""

    list_display = ["id", "kind", "recipient", "state", "priority", "attempts", "error", "created_at", "closed_at"]
    list_filter = ["state", ReasonFilter, "kind", "possibly_doubled"]
    search_fields = ["=id", "=recipient__id", "kind"]
    list_select_related = ["recipient"]
    date_hierarchy = "created_at"
    actions = ["try_again"]

    def has_retry_permission(self, request: HttpRequest) -> bool:
        """Whether this user may send again what could not be delivered."""
        return request.user.has_perm("delivery.retry_outboxmessage")

    @admin.action(description="Try again what was given up", permissions=["retry"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[OutboxMessage]) -> None:
        """Those that were chosen."""
        chosen = list(queryset.values_list("pk", flat=True))
        ids = dead_letters.retry(OutboxMessage.objects.filter(pk__in=chosen), now=timezone.now())
        for message in OutboxMessage.objects.filter(pk__in=ids):
            self.log_change(request, message, "Tried again.")
        if ids:
            messages.success(request, f"Tried again: {len(ids)}.")
        if left := len(chosen) - len(ids):
            messages.warning(request, f"Not tried again: {left}. {_NOT_RETRIED}")
