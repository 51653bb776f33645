"""The command menu that Telegram shows beside the text field, and that /help repeats."""

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext


def commands(language: str) -> list[tuple[str, str]]:
    """(name, description) of every command in `language`, /sos first."""
    with translation.override(language):
        return [
            ("sos", gettext("🆘 Help right now: hotlines")),
            ("find", gettext("Find someone to talk to")),
            ("end", gettext("End the conversation")),
            ("del", gettext("Delete a message of yours on both sides: answer it with this")),
            ("block", gettext("Block the person you talk with")),
            ("report", gettext("Report the person you talk with")),
            ("cancel", gettext("Stop searching")),
            ("profile", gettext("See and change your profile")),
            ("available", gettext("Be ready to listen to somebody")),
            ("language", gettext("Language of the bot and of your conversations")),
            ("help", gettext("What I can do")),
            ("export", gettext("Everything stored about you, as a file")),
            ("delete", gettext("Delete everything about you")),
            ("privacy", gettext("What is stored about you")),
            ("terms", gettext("The rules")),
        ]


def command_menus() -> dict[str, list[tuple[str, str]]]:
    """The menu of each interface language, by its code."""
    return {language: commands(language) for language, _ in settings.LANGUAGES}
