"""The catalogues in `locale/`: where they are, reading, writing, compiling."""

from pathlib import Path

from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent.parent
LOCALE = ROOT / "locale"
# English is the language of the msgids and needs no catalogue.
TRANSLATED = ("ru", "uk")

_HEADER = r"""msgid ""
msgstr ""
"Language: {language}\n"
"Plural-Forms: {plurals}\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"

"""


def catalogue_path(language: str) -> Path:
    """The catalogue of `language` ("ru" or "uk")."""
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def read(language: str) -> Catalog:
    """The catalogue of `language`; an empty one where there is none yet."""
    path = catalogue_path(language)
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def write(catalogue: Catalog, language: str) -> Path:
    """Write the catalogue of `language` without what changes by itself (line numbers, dates), and return its path."""
    path = catalogue_path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(_HEADER.format(language=language, plurals=catalogue.plural_forms).encode())
        write_po(
            file, catalogue, width=120, omit_header=True, sort_by_file=True, ignore_obsolete=True, include_lineno=False
        )
    return path


def compile_newer(languages: tuple[str, ...] = TRANSLATED) -> list[Path]:
    """Compile each catalogue that is newer than its `.mo` file; returns the files written."""
    written = []
    for language in languages:
        source = catalogue_path(language)
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        # Renamed when complete: a half-written file would be newer than its source for ever.
        unfinished = target.with_suffix(".mo.unfinished")
        with unfinished.open("wb") as file:
            write_mo(file, read(language))
        unfinished.replace(target)
        written.append(target)
    return written
