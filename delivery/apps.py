"""Django's registration of the app."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class DeliveryConfig(AppConfig):
    """Everything that leaves for Telegram."""

    name = "delivery"

    def ready(self) -> None:
        """Let every app register its kinds of notification."""
        autodiscover_modules("messages")
