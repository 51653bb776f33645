"""The project as a Django app: it has no models, only system checks and templates."""

from django.apps import AppConfig


class ProjectConfig(AppConfig):
    """Registers the system checks."""

    name = "project"

    def ready(self) -> None:
        """Register the checks that turn a misconfiguration into one clear line."""
        from project import checks  # noqa: F401  (registering is its import)
