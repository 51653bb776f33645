"""Django's registration of the app."""

from django.apps import AppConfig


class MatchingConfig(AppConfig):
    """Who is introduced to whom: the waiting pool, scoring, proposals, cooldowns, seats."""

    name = "matching"

    def ready(self) -> None:
        """Register the checks of the weights."""
        from matching import checks  # noqa: F401  (registering is its import)
