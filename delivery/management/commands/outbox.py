"""`manage.py outbox`: what waits to be sent, what could not be, and what staff can do about it."""

import json
from argparse import ArgumentParser, ArgumentTypeError
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet
from django.utils import timezone

from delivery import dead_letters, queries
from delivery.kinds import KINDS
from delivery.models import OutboxMessage
from delivery.queries import Dead, Waiting

_WORD = "drop"

log = structlog.get_logger(__name__)


class Command(BaseCommand):
    """Shows the outbox, sends dead letters again, drops what is not wanted."""

    help = "Show what waits in the outbox and what was given up; send that again, or drop it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to do, and with which messages."""
        parser.add_argument("--json", action="store_true", help="as JSON; lengths of time in seconds")
        doing = parser.add_subparsers(dest="doing", metavar="{retry,drop}")
        retry = doing.add_parser("retry", help="put dead letters back into the outbox, where that makes sense")
        drop = doing.add_parser("drop", help="withdraw what waits, or with --dead forget what was given up")
        for each in (retry, drop):
            each.add_argument("--kind", help="only of this kind, such as matching.left_pool")
            each.add_argument(
                "--id", type=int, nargs="+", dest="ids", metavar="ID", help="only these, by their numbers"
            )
            each.add_argument(
                "--dead-since", type=_moment, metavar="TIME", help="only those given up since then (ISO 8601, UTC)"
            )
        drop.add_argument("--dead", action="store_true", help="what was given up instead of what waits")
        drop.add_argument("--yes", action="store_true", help="don't ask")

    def handle(self, *args: Any, doing: str | None, **options: Any) -> None:
        """Do it."""
        if doing == "retry":
            self._retry(_chosen(**options))
        elif doing == "drop":
            self._drop(_chosen(**options), dead=options["dead"] or options["dead_since"], sure=options["yes"])
        elif options["json"]:
            outbox = queries.outbox(now=timezone.now())
            self.stdout.write(json.dumps(asdict(outbox), default=_as_json, indent=2))
        else:
            self._show()

    def _show(self) -> None:
        outbox = queries.outbox(now=timezone.now())
        self.stdout.write("Waiting")
        for line in map(_waiting_line, outbox.waiting):
            self.stdout.write(line)
        self.stdout.write("Given up")
        for line in map(_dead_line, outbox.dead):
            self.stdout.write(line)

    def _retry(self, chosen: QuerySet[OutboxMessage]) -> None:
        dead = chosen.filter(state=OutboxMessage.State.DEAD).count()
        ids = dead_letters.retry(chosen, now=timezone.now())
        log.info("outbox.retried_by_staff", count=len(ids))
        self.stdout.write(f"{len(ids)} will be tried again.")
        if left := dead - len(ids):
            self.stdout.write(
                f"{left} will not: their readers can't be reached, or others were told that they did not arrive."
            )

    def _drop(self, chosen: QuerySet[OutboxMessage], *, dead: bool, sure: bool) -> None:
        state = OutboxMessage.State.DEAD if dead else OutboxMessage.State.PENDING
        count = chosen.filter(state=state).count()
        if not sure:
            self.stdout.write(f"{count} will never be sent. There is no way back.")
            if input(f'Type "{_WORD}" to go on: ').strip() != _WORD:
                raise CommandError("Nothing was dropped.")
        drop = dead_letters.forget if dead else dead_letters.withdraw
        dropped = drop(chosen, now=timezone.now())
        log.info("outbox.dropped_by_staff", count=dropped)
        self.stdout.write(f"{dropped} dropped.")


def _chosen(
    *, kind: str | None, ids: list[int] | None, dead_since: datetime | None, **options: Any
) -> QuerySet[OutboxMessage]:
    """The messages that the options name; raises CommandError where they name none."""
    chosen = OutboxMessage.objects.all()
    if kind is not None:
        if kind not in KINDS and not chosen.filter(kind=kind).exists():
            raise CommandError(f"There is no kind {kind}; there are: {', '.join(sorted(KINDS))}.")
        chosen = chosen.filter(kind=kind)
    if ids is not None:
        if missing := set(ids) - set(chosen.filter(pk__in=ids).values_list("pk", flat=True)):
            raise CommandError(f"There is no message {', '.join(map(str, sorted(missing)))}.")
        chosen = chosen.filter(pk__in=ids)
    if dead_since is not None:
        chosen = chosen.filter(state=OutboxMessage.State.DEAD, closed_at__gte=dead_since)
    if kind is None and ids is None and dead_since is None:
        raise CommandError("Say which: --kind, --id or --dead-since.")
    return chosen


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text} is no time: write it such as 2026-11-22T18:30.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _waiting_line(waiting: Waiting) -> str:
    age = f"the oldest for {waiting.oldest.total_seconds():.0f} s"
    leased = f", {waiting.leased} being sent" if waiting.leased else ""
    return f"  {waiting.count:>8} {waiting.kind:<30} {waiting.priority:<10} {age}{leased}"


def _dead_line(dead: Dead) -> str:
    again = "can be tried again" if (kind := KINDS.get(dead.kind)) and kind.retriable else "is over"
    return f"  {dead.count:>8} {dead.kind:<30} {dead.reason:<20} last {dead.last:%Y-%m-%d %H:%M:%S} UTC, {again}"


def _as_json(value: datetime | timedelta) -> str | float:
    return value.isoformat() if isinstance(value, datetime) else value.total_seconds()
