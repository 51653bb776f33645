"""Moderation in the admin (D1, S5): the queue of cases, a case on one screen, the log of what was done, blocks.

Cases are judged by services only, called from views of their own: an entry service refuses to run inside the
transaction of the admin's change view.
"""

from html import unescape
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import F, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html, strip_tags
from django.utils.translation import get_language
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminTextareaWidget

from delivery.admin import OwnPageAdmin, ReadOnlyAdmin
from project.errors import DomainError
from project.rendering import render
from project.templatetags.spans import short_span

from . import case_queue, cases, decisions
from .case_file import case_file
from .models import Block, Case, ModerationAction, Report


class StateFilter(admin.SimpleListFilter):
    """Whose turn it is; open cases where nothing is chosen."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The choices, also shown as tabs."""
        return list(case_queue.STATES.items())

    def value(self) -> str:
        """What is chosen."""
        return super().value() or "open"

    def choices(self, changelist: ChangeList) -> Any:
        """Without the "All" that Django puts in front: there is one of our own."""
        return list(super().choices(changelist))[1:]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Case]) -> QuerySet[Case]:
        """The cases in this state."""
        in_state: dict[str, QuerySet[Case]] = {
            "open": queryset.exclude(state=Case.State.RESOLVED),
            "mine": queryset.filter(state=Case.State.IN_REVIEW, claimed_by=request.user.pk),
            "free": queryset.filter(pk__in=Case.objects.free_to_take(timezone.now())),
            "resolved": queryset.filter(state=Case.State.RESOLVED),
        }
        return in_state.get(self.value(), queryset)


class GroundFilter(admin.SimpleListFilter):
    """What at least one of the reports is about."""

    title = "reason"
    parameter_name = "reason"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The grounds, the most urgent first."""
        return [(ground.slug, ground.title) for ground in case_queue.GROUNDS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Case]) -> QuerySet[Case]:
        """The cases with such a report."""
        known = {ground.slug for ground in case_queue.GROUNDS}
        value = self.value()
        return case_queue.on_ground(queryset, value) if value in known else queryset


class ReasonForm(forms.Form):
    """Why a moderator decides as they do, on the reports up to `last_read`."""

    last_read = forms.IntegerField(required=False, widget=forms.HiddenInput)
    reason = forms.CharField(
        max_length=2000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4, "autofocus": True}),
        help_text="For other moderators; nobody else reads it.",
    )


@admin.register(Case)
class CaseAdmin(OwnPageAdmin):
    """The queue, a case on one screen, and the buttons that judge it."""

    list_display = ["number", "person", "reports", "open_for", "holder"]
    list_filter = [StateFilter, GroundFilter]
    list_per_page = 50
    show_full_result_count = False
    # Makes the search box appear; the search itself is below.
    search_fields = ["target__nickname_key"]
    search_help_text = "A case's number, or the beginning of a nickname."
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Case]:
        """With what each is about."""
        return case_queue.queue(Case.objects.all())

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        """The most urgent first, then the oldest; of resolved ones the last first."""
        if request.GET.get("state") == "resolved":
            return [F("resolved_at").desc()]
        return list(case_queue.URGENCY)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Case], search_term: str
    ) -> tuple[QuerySet[Case], bool]:
        """By number or nickname, without a scan."""
        return (case_queue.found_by(queryset, search_term) if search_term.strip() else queryset), False

    @admin.display(description="case", ordering="pk")
    def number(self, case: Case) -> str:
        """What moderators call it."""
        return f"#{case.pk}"

    @admin.display(description="person")
    def person(self, case: Case) -> str:
        """The nickname, as long as there is somebody."""
        return str(case.target) if case.target else "erased"

    @admin.display(description="reports")
    def reports(self, case: Case) -> str:
        """What about, and how many of each."""
        return render_to_string("admin/safety/grounds.html", {"grounds": case_queue.grounds_of(case)})

    @admin.display(description="open for", ordering="-opened_at")
    def open_for(self, case: Case) -> str:
        """How long it has waited, or did until it was resolved."""
        return short_span((case.resolved_at or timezone.now()) - case.opened_at)

    @admin.display(description="claimed by", ordering="claimed_by")
    def holder(self, case: Case) -> str:
        """Who has taken it, and whether others may by now."""
        if case.state == Case.State.IN_REVIEW and case.is_given_up(timezone.now()):
            return f"{case.claimed_by}, may be taken over"
        return str(case.claimed_by or "-")

    def get_urls(self) -> list[URLPattern]:
        """The views that act, in front of the admin's own."""
        wrap = self.admin_site.admin_view
        return [
            path("<int:case_id>/claim/", wrap(require_POST(self.claim)), name="safety_case_claim"),
            path("<int:case_id>/release/", wrap(require_POST(self.release)), name="safety_case_release"),
            path("<int:case_id>/decide/<slug:decision>/", wrap(self.decide), name="safety_case_decide"),
            *super().get_urls(),
        ]

    def claim(self, request: HttpRequest, case_id: int) -> HttpResponse:
        """Take the case."""
        self._require(request, decisions.JUDGE)
        try:
            cases.claim(case_id=case_id, by=_user_id(request), now=timezone.now())
        except DomainError as refusal:
            return self._refuse(request, case_id, refusal)
        messages.success(request, f"Case {case_id} is yours.")
        return redirect("admin:safety_case_change", case_id)

    def release(self, request: HttpRequest, case_id: int) -> HttpResponse:
        """Give the case back."""
        self._require(request, decisions.JUDGE)
        try:
            cases.release(case_id=case_id, by=_user_id(request), now=timezone.now())
        except DomainError as refusal:
            return self._refuse(request, case_id, refusal)
        messages.success(request, f"Case {case_id} waits for somebody else.")
        return redirect("admin:safety_case_changelist")

    def decide(self, request: HttpRequest, case_id: int, decision: str) -> HttpResponse:
        """Ask for the reason, then carry the decision out. A page, which the case page shows as a dialog."""
        if (chosen := decisions.DECISIONS.get(decision)) is None:
            raise Http404
        self._require(request, chosen.permission)
        form = ReasonForm(request.POST or None, initial={"last_read": request.GET.get("last_read", "")})
        if request.method != "POST" or not form.is_valid():
            return self._ask_reason(request, case_id, chosen, form)
        read = {"last_read": form.cleaned_data["last_read"] or 0} if chosen.closes_case else {}
        try:
            chosen.carry_out(
                case_id=case_id, by=_user_id(request), reason=form.cleaned_data["reason"], now=timezone.now(), **read
            )
        except DomainError as refusal:
            return self._refuse(request, case_id, refusal)
        return self._say_what_happened(request, case_id, chosen)

    def show(self, request: HttpRequest, object_id: str) -> HttpResponse:
        now = timezone.now()
        number = case_queue.number_in(object_id)
        file = case_file(case_id=number, now=now) if number is not None else None
        if file is None:
            messages.warning(request, "There is no such case.")
            return redirect("admin:safety_case_changelist")
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": file.case,
            "title": f"Case {file.case.pk}",
            "file": file,
            "open_for": (file.case.resolved_at or now) - file.case.opened_at,
            "can_claim": decisions.can_claim(file, request.user, now),
            "given_up": file.case.is_given_up(now),
            "holds": decisions.holds(file, request.user),
            "decisions": decisions.possible(file, request.user),
        }
        return TemplateResponse(request, "admin/safety/case.html", context)

    def _ask_reason(
        self, request: HttpRequest, case_id: int, decision: decisions.Decision, form: ReasonForm
    ) -> HttpResponse:
        case = Case.objects.select_related("target").filter(pk=case_id).first()
        if case is None:
            raise Http404
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": case,
            "title": decision.label,
            "decision": decision,
            "form": form,
        }
        return TemplateResponse(request, "admin/safety/decide.html", context)

    def _say_what_happened(self, request: HttpRequest, case_id: int, decision: decisions.Decision) -> HttpResponse:
        following = case_queue.next_case(for_moderator=_user_id(request), now=timezone.now())
        if following is None or not decision.closes_case:
            messages.success(request, f"Case {case_id}: {decision.outcome}.")
        else:
            address = reverse("admin:safety_case_change", args=(following.pk,))
            said = format_html(
                'Case {}: {}. <a class="underline" href="{}">Next: case {}</a>',
                case_id,
                decision.outcome,
                address,
                following.pk,
            )
            messages.success(request, said)
        if decision.closes_case:
            return redirect("admin:safety_case_changelist")
        return redirect("admin:safety_case_change", case_id)

    def _refuse(self, request: HttpRequest, case_id: int, refusal: DomainError) -> HttpResponseRedirect:
        text = render(refusal.template, refusal.context, language=get_language() or "en")
        messages.error(request, unescape(strip_tags(text)))
        return HttpResponseRedirect(reverse("admin:safety_case_change", args=(case_id,)))

    def _require(self, request: HttpRequest, permission: str) -> None:
        if not (self.has_view_permission(request) and request.user.has_perm(permission)):
            raise PermissionDenied


@admin.register(ModerationAction)
class ModerationActionAdmin(ReadOnlyAdmin):
    """What was done, the newest first. The database lets nobody change it."""

    list_display = ["created_at", "action", "until", "its_case", "actor", "reason"]
    list_filter = ["action", ("actor", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["case", "actor"]
    date_hierarchy = "created_at"
    ordering = ["-created_at"]
    search_fields = ["=case__id", "=actor__username"]
    search_help_text = "A case's number, or who acted."
    fields = ["created_at", "action", "until", "case", "actor", "reason"]

    @admin.display(description="case", ordering="case")
    def its_case(self, action: ModerationAction) -> str:
        """The way to the case."""
        return _link_to(action.case)


@admin.register(Report)
class ReportAdmin(ReadOnlyAdmin):
    """Reports by what they are about; who made them and what they wrote is on the case's page only."""

    list_display = ["id", "its_case", "reason", "danger", "looks_under_18", "status", "created_at", "closed_at"]
    list_filter = ["status", "reason", "danger", "looks_under_18"]
    list_select_related = ["case"]
    date_hierarchy = "created_at"
    ordering = ["-created_at"]
    search_fields = ["=id", "=case__id"]
    search_help_text = "The number of a report or a case."
    fields = ["case", "reason", "danger", "looks_under_18", "status", "created_at", "closed_at"]

    @admin.display(description="case", ordering="case")
    def its_case(self, report: Report) -> str:
        """The way to the case."""
        return _link_to(report.case)


@admin.register(Block)
class BlockAdmin(ReadOnlyAdmin):
    """Who was blocked and until when; who blocked them is their own affair."""

    list_display = ["id", "person", "created_at", "until", "in_force"]
    list_select_related = ["blocked"]
    date_hierarchy = "created_at"
    ordering = ["-created_at"]
    search_fields = ["=id", "^blocked__nickname"]
    search_help_text = "A block's number, or the beginning of the nickname of who was blocked."
    fields = ["person", "created_at", "until", "in_force"]
    readonly_fields = ["person", "in_force"]

    @admin.display(description="blocked")
    def person(self, block: Block) -> str:
        """The nickname, as long as there is somebody."""
        return str(block.blocked) if block.blocked else "erased"

    @admin.display(description="in force", boolean=True)
    def in_force(self, block: Block) -> bool:
        """Whether it lasts."""
        return block.is_in_force(timezone.now())


def _link_to(case: Case) -> str:
    return format_html('<a href="{}">{}</a>', reverse("admin:safety_case_change", args=(case.pk,)), case)


def _user_id(request: HttpRequest) -> int:
    assert request.user.pk is not None
    return request.user.pk
