"""The catalogues, and the tool that keeps them complete."""

import re
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages import Catalog
from django.utils import translation
from django.utils.translation import gettext

from project.texts import catalogues
from project.texts.extraction import extract, extract_template
from project.texts.findings import TELEGRAM_TAGS, findings

KEYWORDS = {"gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2), "_": None}


@pytest.mark.parametrize("language", catalogues.TRANSLATED)
def test_every_text_is_translated(language: str) -> None:
    """P6: Russian and Ukrainian are complete, with the placeholders and tags of the English."""
    assert list(findings(catalogues.read(language), extract())) == []


def test_english_is_shown_though_the_default_is_russian() -> None:
    """P6: an English reader reads the msgids, not the translations of the default language."""
    text = "It is good that you reached out. You do not have to carry this alone."
    with translation.override("en"):
        assert gettext(text) == text
    with translation.override("ru"):
        russian = gettext(text)
    with translation.override("uk"):
        ukrainian = gettext(text)
    assert len({text, russian, ukrainian}) == 3


def test_templates_are_read_as_django_reads_them() -> None:
    """P6: indentation, plurals, contexts, quotes and emoji of a template all reach the catalogue."""
    template = """{% load i18n %}{% if a %}
        {% blocktranslate trimmed count n=n %}
            {{ n }} message isn't "here" 👋
        {% plural %}
            {{ n }} messages <b>100%</b>
        {% endblocktranslate %}
      {% endif %}it's
    {# Translators: a hint #}
    {% translate "Ok" context "button" %}"""
    found = list(extract_template(BytesIO(template.encode()), KEYWORDS, ["Translators:"], {}))
    (_, kind, (singular, plural, *_), _), (_, _, (context, text), hints) = found
    assert (kind, singular, plural) == ("ngettext", '%(n)s message isn\'t "here" 👋', "%(n)s messages <b>100%%</b>")
    assert (context, text, hints) == ("button", "Ok", ["Translators: a hint"])


def test_code_and_templates_of_every_app_are_searched(tmp_path: Path) -> None:
    """P6: an app's code and the templates are read, tests and what is no app are not."""
    for path, content in {
        "talks/apps.py": "",
        "talks/deep/words.py": 'gettext("from code")\nngettext("%(n)s hour", "%(n)s hours", n)',
        "templates/talks/a.html": '{% load i18n %}{% translate "from a template" %}',
        "tests/test_words.py": 'gettext("from a test")',
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(content, encoding="utf-8")
    texts = {message.id for message in extract(tmp_path) if message.id}
    assert texts == {"from code", ("%(n)s hour", "%(n)s hours"), "from a template"}


def catalogue(*texts: tuple[str | tuple[str, ...], str | tuple[str, ...]], flags: tuple[str, ...] = ()) -> Catalog:
    """A Russian catalogue of (msgid, msgstr)."""
    made = Catalog(locale="ru")
    for text, translated in texts:
        made.add(text, translated, flags=flags)
    return made


ENGLISH = "Hi %(name)s, <b>you</b>"
RUSSIAN = "Привет, %(name)s, <b>ты</b>"


@pytest.mark.parametrize(
    ("translations", "flags", "expected"),
    [
        ({ENGLISH: RUSSIAN}, (), []),
        ({ENGLISH: ""}, (), ["missing"]),
        ({}, (), ["missing"]),
        ({ENGLISH: "Привет, %(nom)s, <b>ты</b>"}, (), ["unknown named placeholder 'nom'", "other placeholders"]),
        ({ENGLISH: "Привет, <b>ты</b>"}, (), ["other placeholders"]),
        ({ENGLISH: "Привет, %(name)s, ты"}, (), ["other tags"]),
        ({ENGLISH: "Привет, %(name)s, </b>ты<b>"}, (), ["</b> closes nothing", "<b> is not closed"]),
        ({ENGLISH: RUSSIAN}, ("fuzzy",), ["fuzzy"]),
        ({ENGLISH: RUSSIAN, "Bye": "Пока"}, (), ["obsolete"]),
    ],
    ids=["right", "empty", "absent", "renamed", "dropped", "tag lost", "tags crossed", "fuzzy", "obsolete"],
)
def test_what_is_wrong_is_found(translations: dict[str, str], flags: tuple[str, ...], expected: list[str]) -> None:
    """P6: each kind of mistake in a translation is named, and a right one is not."""
    found = findings(catalogue(*translations.items(), flags=flags), catalogue((ENGLISH, "")))
    assert [finding.rsplit(": ", 1)[0] for finding in found] == expected


@pytest.mark.parametrize(
    ("forms", "right"),
    [
        (("%(n)s час", "%(n)s часа", "%(n)s часов"), True),
        (("%(n)s час", "%(n)s часа"), False),
        (("%(n)s час", "%(n)s часа", ""), False),
        (("час", "%(n)s часа", "%(n)s часов"), False),
    ],
    ids=["right", "too few", "empty", "without the number"],
)
def test_plurals_need_all_their_forms(forms: tuple[str, ...], right: bool) -> None:
    """P6: Russian and Ukrainian have three plural forms, each with the number (the first is for 21 as well)."""
    text = ("%(n)s hour", "%(n)s hours")
    assert (list(findings(catalogue((text, forms)), catalogue((text, "")))) == []) is right


def test_tags_unknown_to_telegram_are_found() -> None:
    """P6: a tag that Telegram would refuse is found even where the English has it too."""
    made = catalogue(("<p>Hi</p>", "<p>Привет</p>"))
    assert any("<p>" in finding for finding in findings(made, catalogue(("<p>Hi</p>", ""))))


MESSAGES = [path for path in (catalogues.ROOT / "templates").rglob("*.html") if "admin" not in path.parts]


@pytest.mark.parametrize("template", MESSAGES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_templates_use_telegrams_tags_only(template: Path) -> None:
    """P6: no message holds a tag that Telegram would refuse."""
    text = re.sub(r"{%.*?%}|{{.*?}}", "", template.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert set(re.findall(r"</?([a-zA-Z-]+)", text)) <= TELEGRAM_TAGS


def test_compiling_twice_does_it_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """O4: only what is out of date is compiled, and what comes out is what Django reads."""
    monkeypatch.setattr(catalogues, "LOCALE", tmp_path)
    catalogues.write(catalogue(("Hello", "Здравствуй")), "ru")
    assert [path.name for path in catalogues.compile_newer(("ru",))] == ["django.mo"]
    assert catalogues.compile_newer(("ru",)) == []
    assert "Здравствуй".encode() in (tmp_path / "ru/LC_MESSAGES/django.mo").read_bytes()
