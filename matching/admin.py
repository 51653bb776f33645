"""The pool, proposals, seats, cooldowns and the last sweep, to look at: only services change them."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils import timezone

from delivery.admin import OwnPageAdmin, ReadOnlyAdmin
from delivery.models import Language
from profiles import look_alikes
from profiles.models import Profile
from profiles.queries import topics_of
from project.templatetags.spans import short_span

from .models import Match, PoolEntry, RecentContact, Seat, Sweep
from .pool import LANGUAGE_BITS
from .proposal_file import proposal_file

_STAFF_LANGUAGE = Language.ENGLISH
# More people than that share no beginning of a nickname that anybody would search for.
_PEOPLE_FOUND = 200
# Of the largest number that a key of PostgreSQL can be, less one.
_MOST_DIGITS = 18
_VARIANTS = {
    Match.State.PROPOSED: "info",
    Match.State.ACTIVE: "success",
    Match.State.DECLINED: "warning",
    Match.State.EXPIRED: "",
    Match.State.COMPLETED: "success",
}


class PlacesAdmin(ReadOnlyAdmin):
    """Rows about people, found by their nicknames without a scan, counted once a page."""

    show_full_result_count = False
    list_per_page = 50
    actions = None
    people: tuple[str, ...] = ()
    search_help_text = "The beginning of a nickname, in any case."

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By the beginning of the nickname's key, which an index serves, or by the row's own number."""
        if not search_term.strip():
            return queryset, False
        number = search_term.strip().removeprefix("#")
        found = Q(pk=int(number)) if number.isdecimal() and len(number) <= _MOST_DIGITS else Q(pk__in=[])
        if its_key := look_alikes.key(search_term):
            named = Profile.objects.filter(nickname_key__startswith=its_key).values_list("pk", flat=True)
            ids = list(named[:_PEOPLE_FOUND])
            for person in self.people:
                found |= Q(**{f"{person}__in": ids})
        return queryset.filter(found), False


class LanguageFilter(admin.SimpleListFilter):
    """Who talks in a language, among others."""

    title = "language"
    parameter_name = "language"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The languages."""
        return [(str(value), str(label)) for value, label in Language.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[PoolEntry]) -> QuerySet[PoolEntry]:
        """Those with its bit."""
        bit = {str(language): bit for language, bit in LANGUAGE_BITS.items()}.get(self.value() or "")
        return queryset.alias(spoken=F("language_mask").bitand(bit)).filter(spoken__gt=0) if bit else queryset


class YesOrNoFilter(admin.SimpleListFilter):
    """Whether a condition holds of a row at this moment."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Both."""
        return [("yes", "Yes"), ("no", "No")]

    def condition(self) -> Q:
        """What holds of those that are shown for "yes"."""
        raise NotImplementedError

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Those of which it holds, or does not."""
        if self.value() == "yes":
            return queryset.filter(self.condition())
        return queryset.exclude(self.condition()) if self.value() == "no" else queryset


class OnCallFilter(YesOrNoFilter):
    """Who asked to be called when someone comes (M10)."""

    title = "on call"
    parameter_name = "on_call"

    def condition(self) -> Q:
        """Their time is not up."""
        return Q(on_call_until__isnull=False, on_call_until__gt=timezone.now())


class InForceFilter(YesOrNoFilter):
    """Which cooldowns last."""

    title = "in force"
    parameter_name = "in_force"

    def condition(self) -> Q:
        """They are not over."""
        return Q(until__gt=timezone.now())


class ListenerFilter(YesOrNoFilter):
    """Whether one of the two was not searching, but ready to listen (P9)."""

    title = "with a listener"
    parameter_name = "with_listener"

    def condition(self) -> Q:
        """One was asked so."""
        return Q(listener__isnull=False)


@admin.register(PoolEntry)
class PoolEntryAdmin(PlacesAdmin):
    """Who waits, the longest first."""

    list_display = ["profile", "waits_for", "since", "topics", "languages", "on_call_until", "requeues"]
    list_filter = [LanguageFilter, OnCallFilter]
    list_select_related = ["profile"]
    ordering = ["since"]
    people = ("profile",)
    search_fields = ["profile__nickname_key"]
    fields = [
        "profile",
        "since",
        "joined_at",
        "topic_titles",
        "languages",
        "utc_offset",
        "helpfulness",
        "requeues",
        "on_call_until",
    ]
    readonly_fields = ["topic_titles", "languages"]

    @admin.display(description="waits for", ordering="-since")
    def waits_for(self, entry: PoolEntry) -> str:
        """How long by now."""
        return short_span(timezone.now() - entry.since)

    @admin.display(description="topics")
    def topics(self, entry: PoolEntry) -> int:
        """How many active ones."""
        return entry.topic_mask.bit_count()

    @admin.display(description="active topics")
    def topic_titles(self, entry: PoolEntry) -> str:
        """Which ones."""
        return ", ".join(topics_of(mask=entry.topic_mask, language=_STAFF_LANGUAGE))

    @admin.display(description="talks in")
    def languages(self, entry: PoolEntry) -> str:
        """Those the person talks in."""
        return ", ".join(language for language, bit in LANGUAGE_BITS.items() if entry.language_mask & bit)


@admin.register(Match)
class MatchAdmin(OwnPageAdmin, PlacesAdmin):
    """Proposals, the newest first; each on a screen with the parts of its score and what became of it."""

    list_display = ["number", "a", "b", "how_it_goes", "score_shown", "created_at", "closed_at"]
    list_filter = ["state", "created_at", ListenerFilter, "again"]
    list_select_related = ["a", "b"]
    ordering = ["-created_at"]
    people = ("a", "b")
    search_fields = ["a__nickname_key"]
    search_help_text = "A proposal's number, or the beginning of either nickname."

    @admin.display(description="proposal", ordering="pk")
    def number(self, match: Match) -> str:
        """What staff call it."""
        return f"#{match.pk}"

    @admin.display(description="state", ordering="state")
    def how_it_goes(self, match: Match) -> str:
        """As a label."""
        label = {"text": match.get_state_display(), "variant": _VARIANTS[Match.State(match.state)]}
        return render_to_string("unfold/helpers/label.html", label)

    @admin.display(description="score", ordering="score")
    def score_shown(self, match: Match) -> str:
        """As exact as anybody reads it."""
        return f"{match.score:.2f}"

    def show(self, request: HttpRequest, object_id: str) -> HttpResponse:
        is_number = object_id.isdecimal() and len(object_id) <= _MOST_DIGITS
        file = proposal_file(int(object_id)) if is_number else None
        if file is None:
            messages.warning(request, "There is no such proposal.")
            return redirect("admin:matching_match_changelist")
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": file.match,
            "title": f"Proposal {file.match.pk}",
            "file": file,
            "variant": _VARIANTS[Match.State(file.match.state)],
        }
        return TemplateResponse(request, "admin/matching/match.html", context)


@admin.register(Seat)
class SeatAdmin(PlacesAdmin):
    """Who is in a live proposal or conversation."""

    list_display = ["profile", "match"]
    list_select_related = ["profile", "match"]
    people = ("profile",)
    search_fields = ["profile__nickname_key"]


@admin.register(RecentContact)
class RecentContactAdmin(PlacesAdmin):
    """Cooldowns, those that last longest first."""

    list_display = ["user", "other", "reason", "until", "in_force"]
    list_filter = [InForceFilter, "reason"]
    list_select_related = ["user", "other"]
    ordering = ["-until"]
    people = ("user", "other")
    search_fields = ["user__nickname_key"]
    search_help_text = "The beginning of either nickname, in any case."
    fields = ["user", "other", "reason", "until", "in_force"]
    readonly_fields = ["in_force"]

    @admin.display(description="in force", boolean=True)
    def in_force(self, contact: RecentContact) -> bool:
        """Whether it lasts."""
        return contact.until > timezone.now()


@admin.register(Sweep)
class SweepAdmin(ReadOnlyAdmin):
    """The last sweep that looked at the whole pool."""

    list_display = ["began_at", "took", "waiting", "proposed", "held_back"]
    fields = ["began_at", "ended_at", "took", "waiting", "proposed", "held_back"]
    readonly_fields = ["took"]
    actions = None

    @admin.display(description="took")
    def took(self, sweep: Sweep) -> str:
        """How long it looked and proposed."""
        return f"{(sweep.ended_at - sweep.began_at).total_seconds():.2f} s"
