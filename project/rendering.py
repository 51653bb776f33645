"""Texts that people read: Django templates in the reader's language."""

import re
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation

_SPACE_AROUND_LINES = re.compile(r"[ \t]*\n[ \t]*")
_EMPTY_LINES = re.compile(r"\n{3,}")


def render(template: str, context: dict[str, Any] | None = None, *, language: str) -> str:
    """Render `templates/<template>` in `language` ("ru", "uk", "en") as HTML for Telegram.

    A line break in the template is a line break in the message; indentation and more than one empty line are not kept.
    Values are escaped by the template engine.
    """
    with translation.override(language):
        text = render_to_string(template, context or {})
    return _EMPTY_LINES.sub("\n\n", _SPACE_AROUND_LINES.sub("\n", text)).strip()
