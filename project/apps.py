"""The project as a Django app: it has no models, only system checks and templates."""

from django.apps import AppConfig
from django.conf import settings

from project import error_reports


class ProjectConfig(AppConfig):
    """Registers the system checks, and tells of errors where somebody is to be told."""

    name = "project"

    def ready(self) -> None:
        """Register the checks that turn a misconfiguration into one clear line; begin to report errors."""
        from project import checks  # noqa: F401  (registering is its import)

        error_reports.start(dsn=settings.SENTRY_DSN, environment=settings.ENVIRONMENT)
