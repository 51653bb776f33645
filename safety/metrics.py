"""What is measured about reports and blocks."""

from prometheus_client import Counter, Histogram

reports = Counter("reports_total", "Reports made.", ["reason"])
blocks = Counter("blocks_total", "People blocked.")
time_to_action = Histogram(
    "report_time_to_action_seconds",
    "From a report to the moderator's decision.",
    buckets=(60, 300, 900, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 24 * 3600, 3 * 24 * 3600, 7 * 24 * 3600),
)
