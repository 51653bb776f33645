"""Django's registration of the app."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class ChatConfig(AppConfig):
    """Conversations: accepting, sessions, relay, endings."""

    name = "chat"

    def ready(self) -> None:
        """Let the kinds of notification register that stand in modules of their own."""
        autodiscover_modules("showing_messages", "holding_messages")
