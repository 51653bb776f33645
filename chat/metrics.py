"""What is measured about the relay."""

from prometheus_client import Counter, Histogram

relayed_messages = Counter("relayed_messages_total", "Messages copied to a partner.", ["kind"])
relay_latency = Histogram(
    "relay_latency_seconds",
    "From the webhook's decision to Telegram's answer.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.5, 3.0),
)
