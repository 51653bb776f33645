"""Django's command line, with this project's own commands first and a line on each."""

from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management import ManagementUtility, get_commands, load_command_class


class CommandLine(ManagementUtility):
    """`manage.py` as Django has it; only its overview says what our own commands do."""

    def main_help_text(self, commands_only: bool = False) -> str:
        """The overview that `manage.py` and `manage.py help` print; bare names with `commands_only`."""
        text = super().main_help_text(commands_only=commands_only)
        if commands_only:
            return text
        lines = [f"  {name:<24} {load_command_class(app, name).help}" for name, app in _own_commands()]
        return "\n".join(["This project's own commands:", *lines, "", text])


def _own_commands() -> list[tuple[str, str]]:
    """Names and apps of the commands whose code lies in this checkout."""
    folder: Path = settings.BASE_DIR
    own = {config.name for config in apps.get_app_configs() if Path(config.path).parent == folder}
    return sorted((name, app) for name, app in get_commands().items() if app in own)
