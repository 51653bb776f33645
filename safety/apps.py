"""Django's registration of the app."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class SafetyConfig(AppConfig):
    """Keeping people safe: hotlines, reports and the cases they form, sanctions, blocks."""

    name = "safety"

    def ready(self) -> None:
        """Let the roles follow every migrate."""
        from .roles import sync_after_migrate

        post_migrate.connect(sync_after_migrate)
