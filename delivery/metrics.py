"""Counters of what leaves for Telegram."""

from prometheus_client import Counter

telegram_api_errors = Counter("telegram_api_errors_total", "Calls that Telegram or the network refused.", ["code"])
possibly_doubled = Counter(
    "relay_possibly_doubled_total", "Messages sent again because it is unknown whether the first copy arrived."
)
