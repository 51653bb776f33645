"""Django's registration of the app."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ProfilesConfig(AppConfig):
    """Who people are: onboarding, prompts, topics, languages, standing."""

    name = "profiles"

    def ready(self) -> None:
        """Let the preset topics follow every migrate (and every flush of a test database)."""
        from .topics import sync_presets

        post_migrate.connect(sync_presets, sender=self)
