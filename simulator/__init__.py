"""A Telegram of one's own: the Bot API over HTTP, webhook delivery, a page with two phones, a client for tests."""
