"""`manage.py match_stats`: who waits, what comes of proposals, and whether the matcher is well."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from matching import statistics
from matching.statistics import Overview


class Command(BaseCommand):
    """Prints a page for people, or JSON for programs."""

    help = "Show the pool, the last hour's proposals and the matcher's health."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How to print."""
        parser.add_argument("--json", action="store_true", help="as JSON; lengths of time in seconds")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read and print."""
        overview = statistics.overview(now=timezone.now())
        if options["json"]:
            self.stdout.write(json.dumps(asdict(overview), default=_as_json, ensure_ascii=False, indent=2))
            return
        for title, rows in _page(overview).items():
            self.stdout.write(title)
            for name, value in rows:
                self.stdout.write(f"  {name:<34}{value}")


def _as_json(value: datetime | timedelta) -> str | float:
    return value.isoformat() if isinstance(value, datetime) else value.total_seconds()


def _page(overview: Overview) -> dict[str, list[tuple[str, str]]]:
    """The sections with their rows, in order."""
    return {"Pool": _pool(overview), "Proposals": _proposals(overview), "Matcher": _matcher(overview)}


def _pool(overview: Overview) -> list[tuple[str, str]]:
    pool = overview.pool
    return [
        ("waiting", str(pool.waiting)),
        ("of them on call", str(pool.on_call)),
        ("the longest for", _span(pool.oldest)),
        ("with an allowed partner now", f"{_share(pool.with_partner)} of {pool.sampled} drawn"),
        ("by language", _counts(pool.languages)),
        ("by topic", _counts(pool.topics)),
    ]


def _proposals(overview: Overview) -> list[tuple[str, str]]:
    ended, waits = overview.ended, overview.waits
    return [
        ("open", str(overview.open_proposals)),
        ("ended in the last hour", str(ended.closed)),
        ("", f"{ended.accepted} accepted, {ended.declined} declined, {ended.expired} expired"),
        ("accepted by both", _share(overview.accept_rate)),
        ("search to first proposal, half in", _span(waits.median if waits else None)),
        ("nine of ten in", _span(waits.p90 if waits else None)),
    ]


def _matcher(overview: Overview) -> list[tuple[str, str]]:
    patience, sweep = overview.patience, overview.last_sweep
    on = f"on, asks for {patience.asked_at_first:.2f} at first" if patience.asked_at_first else "off"
    swept = "never" if sweep is None else f"{sweep.began_at:%Y-%m-%d %H:%M:%S} UTC, took {_span(sweep.took)}"
    rows = [
        ("searches begun a second", f"{patience.arrivals_per_second:.2f}"),
        ("patience", on),
        ("listeners ready", str(overview.listeners_ready)),
        ("last sweep", swept),
    ]
    if sweep is not None:
        rows.append(("", f"{sweep.waiting} waiting, {sweep.proposed} proposals, {sweep.held_back} held back"))
    return [*rows, ("lag", _span(overview.lag))]


def _span(span: timedelta | None) -> str:
    """A length of time with as much precision as it deserves."""
    if span is None:
        return "–"
    seconds = span.total_seconds()
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def _share(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"


def _counts(counts: dict[str, int]) -> str:
    """The largest first; nothing of what nobody has."""
    ordered = sorted(counts.items(), key=lambda item: -item[1])
    return ", ".join(f"{name} {count}" for name, count in ordered if count) or "–"
