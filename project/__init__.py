"""Wiring: settings, routes, the ASGI app, the webhook, the bot. No models."""
