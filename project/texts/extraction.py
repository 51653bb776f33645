"""Collecting every translatable text of the product, from Python code and from templates."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from babel.messages import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir, extract_python
from django.utils.translation.template import templatize

from .catalogues import ROOT

_KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
_COMMENT_TAGS = ["Translators:"]
_METHODS = [("**.py", "python"), ("**.html", "project.texts.extraction:extract_template")]


def extract(root: Path = ROOT) -> Catalog:
    """Every text of the apps and templates under `root`, as a catalogue without translations."""
    catalogue = Catalog(project="Ты не один")
    for source in _sources(root):
        for file, _, text, comments, context in extract_from_dir(
            source, method_map=_METHODS, keywords=_KEYWORDS, comment_tags=_COMMENT_TAGS, strip_comment_tags=True
        ):
            path = (source / file).relative_to(root).as_posix()
            catalogue.add(text, locations=[(path, 0)], auto_comments=comments, context=context)
    return catalogue


def extract_template(file: IO[bytes], keywords: dict[str, Any], comment_tags: list[str], options: Any) -> Iterator[Any]:
    """Babel's extraction method for Django templates: Django itself turns a template into calls of gettext."""
    code = templatize(file.read().decode())
    # What a template indents would be an indentation error in Python.
    lines = (line.lstrip() for line in code.splitlines())
    yield from extract_python(BytesIO("\n".join(lines).encode()), keywords, comment_tags, options)


def _sources(root: Path) -> list[Path]:
    apps = sorted(path.parent for path in root.glob("*/apps.py"))
    return [*apps, root / "templates"]
