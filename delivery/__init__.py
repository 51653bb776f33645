"""Everything that leaves for Telegram: recipients, the outbox, the sender."""
