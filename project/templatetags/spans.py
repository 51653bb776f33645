"""Lengths of time as staff read them."""

from datetime import timedelta

from django import template

register = template.Library()


@register.filter
def short_span(span: timedelta) -> str:
    """The two largest units of a length of time: "3 d 4 h", "2 h 10 min", "under a minute"."""
    minutes = int(span.total_seconds()) // 60
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    largest = [(days, "d"), (hours, "h"), (minutes, "min")]
    if days:
        largest = largest[:2]
    return " ".join(f"{count} {unit}" for count, unit in largest if count) or "under a minute"
