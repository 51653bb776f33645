"""Django's registration of the app."""

from django.apps import AppConfig


class ChatConfig(AppConfig):
    """Conversations: accepting, sessions, relay, endings."""

    name = "chat"
