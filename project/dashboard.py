"""The admin around the apps: the home page (D1), the sidebar, the tabs of the queue."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Min
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from chat.models import ChatSession
from delivery.models import OutboxMessage
from matching import statistics
from matching.models import Match, PoolEntry
from profiles.models import Profile
from safety import case_queue

from .templatetags.spans import short_span

# (group, [(title, model, icon)]); a link is there for who may look at the model.
_NAVIGATION = [
    (
        "Moderation",
        [
            ("Cases", "safety.case", "gavel"),
            ("Reports", "safety.report", "flag"),
            ("Actions", "safety.moderationaction", "history"),
            ("Blocks", "safety.block", "block"),
        ],
    ),
    (
        "People",
        [
            ("Profiles", "profiles.profile", "person"),
            ("Open questions", "profiles.prompt", "help"),
        ],
    ),
    (
        "Matching",
        [
            ("Pool", "matching.poolentry", "hourglass_empty"),
            ("Proposals", "matching.match", "handshake"),
            ("Seats", "matching.seat", "event_seat"),
            ("Cooldowns", "matching.recentcontact", "timer"),
            ("Last sweep", "matching.sweep", "cleaning_services"),
        ],
    ),
    ("Chat", [("Conversations", "chat.chatsession", "forum")]),
    (
        "Delivery",
        [
            ("Outbox", "delivery.outboxmessage", "outbox"),
            ("Recipients", "delivery.recipient", "contacts"),
        ],
    ),
    ("Content", [("Topics", "profiles.topic", "label")]),
    (
        "Staff",
        [
            ("Users", "auth.user", "badge"),
            ("Roles", "auth.group", "groups"),
        ],
    ),
]


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the home page: what it counts, where the list is, and how long its oldest has waited."""

    title: str
    count: int
    link: str
    oldest: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure of the home page, as text, and the list of what it is measured on."""

    title: str
    value: str
    link: str


def home(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Unfold's DASHBOARD_CALLBACK: adds what is waiting and the state of the system, as far as the user may look."""
    now = timezone.now()
    if request.user.has_perm("safety.view_case"):
        context["open_cases"] = Figure("Open cases", case_queue.count_open(), _list("safety.case"))
        context["waiting"] = [
            Figure(each.ground.title, each.cases, f"{_list('safety.case')}?reason={each.ground.slug}", each.oldest)
            for each in case_queue.waiting(now=now)
        ]
    context["system"] = [figure(now) for model, figure in _SYSTEM if _may_view(request, model)]
    if _may_view(request, "matching.match"):
        context["matching"] = _matching(now)
    return context


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Unfold's sidebar: what this user may look at, in groups; the queue with the number of open cases."""
    groups = [
        {
            "title": title,
            "items": [_item(*entry) for entry in entries if _may_view(request, entry[1])],
        }
        for title, entries in _NAVIGATION
    ]
    front = {"title": "", "items": [{"title": "Home", "icon": "home", "link": reverse("admin:index")}]}
    return [front, *(group for group in groups if group["items"])]


def tabs(request: HttpRequest) -> list[dict[str, Any]]:
    """Unfold's tabs above the queue of cases."""
    chosen = request.GET.get("state", "open")
    items = [
        {"title": title, "link": f"{_list('safety.case')}?state={state}", "active": state == chosen}
        for state, title in case_queue.STATES.items()
    ]
    return [{"models": ["safety.case"], "items": items}]


def _item(title: str, model: str, icon: str) -> dict[str, Any]:
    item: dict[str, Any] = {"title": title, "icon": icon, "link": _list(model)}
    if model == "safety.case" and (waiting := case_queue.count_open()):
        item["badge"] = waiting
    return item


def _list(model: str) -> str:
    return reverse(f"admin:{model.replace('.', '_')}_changelist")


def _may_view(request: HttpRequest, model: str) -> bool:
    app, name = model.split(".")
    return request.user.has_perm(f"{app}.view_{name}")


def _matching(now: datetime) -> list[Measure]:
    """How matching has done in the last hour."""
    ended, waits, sweep = statistics.outcomes(now=now), statistics.waits(now=now), statistics.last_sweep()
    accepted = "no proposal ended" if ended.accept_rate is None else f"{ended.accept_rate:.0%} of {ended.closed}"
    swept = "never" if sweep is None else f"{short_span(now - sweep.began_at)} ago, {sweep.took.total_seconds():.1f} s"
    listening = f"{_list('profiles.profile')}?listens__exact=1"
    return [
        Measure("Median time to a proposal", _seconds(waits.median if waits else None), _list("matching.match")),
        Measure("Proposals accepted by both", accepted, _list("matching.match")),
        Measure("Listeners ready", str(statistics.listeners_ready(now=now)), listening),
        Measure("Last sweep", swept, _list("matching.sweep")),
    ]


def _seconds(span: timedelta | None) -> str:
    if span is None:
        return "no search began"
    return f"{span.total_seconds():.1f} s" if span < timedelta(minutes=2) else short_span(span)


def _people(now: datetime) -> Figure:
    complete = Profile.objects.filter(state=Profile.State.COMPLETE).count()
    return Figure("People registered", complete, f"{_list('profiles.profile')}?state__exact=complete")


def _pool(now: datetime) -> Figure:
    oldest = PoolEntry.objects.aggregate(oldest=Min("since"))["oldest"]
    return Figure("People waiting", PoolEntry.objects.count(), _list("matching.poolentry"), oldest and now - oldest)


def _proposals(now: datetime) -> Figure:
    live = Match.objects.filter(state=Match.State.PROPOSED).count()
    return Figure("Open proposals", live, f"{_list('matching.match')}?state__exact=proposed")


def _conversations(now: datetime) -> Figure:
    live = ChatSession.objects.filter(ended_at=None).count()
    return Figure("Live conversations", live, f"{_list('chat.chatsession')}?ended_at__isnull=True")


def _outbox(now: datetime) -> Figure:
    pending = OutboxMessage.objects.filter(state=OutboxMessage.State.PENDING)
    oldest = pending.aggregate(oldest=Min("created_at"))["oldest"]
    link = f"{_list('delivery.outboxmessage')}?state__exact=pending"
    return Figure("Notifications not sent yet", pending.count(), link, oldest and now - oldest)


_SYSTEM: list[tuple[str, Callable[[datetime], Figure]]] = [
    ("profiles.profile", _people),
    ("matching.poolentry", _pool),
    ("matching.match", _proposals),
    ("chat.chatsession", _conversations),
    ("delivery.outboxmessage", _outbox),
]
