"""Offsets from UTC or from Moscow's time, and readings of a clock, as people type them (P3)."""

import re
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from . import timezones

_NUMBER = r"(?P<hours>\d{1,2})(?:[:.]?(?P<minutes>[0-5]\d))?"
_BASE = r"(?:(?P<base>utc|gmt|z|msk|мск)\s*)?"
_SIGNED = re.compile(rf"{_BASE}(?P<sign>[+\-\u2212\u2013])\s*{_NUMBER}", re.IGNORECASE)
_UNSIGNED = re.compile(rf"{_BASE}{_NUMBER}", re.IGNORECASE)
_CLOCK = re.compile(r"(?P<hours>[01]?\d|2[0-3])[:.](?P<minutes>[0-5]\d)")
_BEHIND = frozenset("-\u2212\u2013")
_MOSCOW = timedelta(hours=3)
_WEST, _EAST = timedelta(hours=-12), timedelta(hours=14)
# A wall clock is a few minutes off, and typing takes a while.
_CLOCK_OFF_BY = timedelta(minutes=10)
_DAY = timedelta(days=1)


def zone(typed: str, *, now: datetime) -> str | None:
    """The zone that has the typed offset, such as "UTC+3", all year round: Etc/GMT∓n for a whole number of hours.

    None for what is no offset, has no sign, or belongs to no such zone.
    """
    match = _SIGNED.fullmatch(typed)
    return None if match is None else _constant(_offset(match, match["sign"]), now)


def guesses(typed: str, *, now: datetime) -> tuple[str, ...]:
    """The zones that may be meant by a clock's reading ("15:04"), an offset without a sign, or one of today only."""
    if (match := _CLOCK.fullmatch(typed)) is not None and (read := _showing(_size(match), now)):
        return read
    if (match := _SIGNED.fullmatch(typed)) is not None:
        return _with_offset_now(_offset(match, match["sign"]), now)
    if (match := _UNSIGNED.fullmatch(typed)) is not None:
        both = (_constant(_offset(match, sign), now) for sign in "+-")
        return tuple(dict.fromkeys(name for name in both if name is not None))
    return ()


def _size(match: re.Match[str]) -> timedelta:
    return timedelta(hours=int(match["hours"]), minutes=int(match["minutes"] or 0))


def _offset(match: re.Match[str], sign: str) -> timedelta:
    size = -_size(match) if sign in _BEHIND else _size(match)
    return size + _MOSCOW if (match["base"] or "").lower() in ("msk", "мск") else size


def _constant(offset: timedelta, now: datetime) -> str | None:
    if not _WEST <= offset <= _EAST:
        return None
    hours, rest = divmod(offset, timedelta(hours=1))
    if rest:
        return next((name for name in timezones.clocks() if _all_year(name, now.year) == {offset}), None)
    # The signs of Etc/GMT±n are the other way round.
    return f"Etc/GMT{-hours:+}" if hours else "Etc/UTC"


@cache
def _all_year(name: str, year: int) -> frozenset[timedelta | None]:
    return frozenset(datetime(year, month, 1, tzinfo=UTC).astimezone(ZoneInfo(name)).utcoffset() for month in (1, 7))


def _with_offset_now(offset: timedelta, now: datetime) -> tuple[str, ...]:
    return tuple(name for name in timezones.clocks() if now.astimezone(ZoneInfo(name)).utcoffset() == offset)


def _showing(time: timedelta, now: datetime) -> tuple[str, ...]:
    """The zones on offer where the clock shows about this time of day."""
    return tuple(name for name in timezones.OFFERED if _apart(time, now.astimezone(ZoneInfo(name))) <= _CLOCK_OFF_BY)


def _apart(time: timedelta, there: datetime) -> timedelta:
    apart = abs(timedelta(hours=there.hour, minutes=there.minute) - time)
    return min(apart, _DAY - apart)
