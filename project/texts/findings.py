"""What is wrong with a translation: one line a finding."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser

from babel.messages import Catalog
from babel.messages.catalog import Message

# https://core.telegram.org/bots/api#html-style
TELEGRAM_TAGS = frozenset(
    {
        "b",
        "strong",
        "i",
        "em",
        "u",
        "ins",
        "s",
        "strike",
        "del",
        "span",
        "tg-spoiler",
        "tg-emoji",
        "a",
        "code",
        "pre",
        "blockquote",
    }
)
_PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|\{\w*\}")
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")


def findings(catalogue: Catalog, wanted: Catalog) -> Iterator[str]:
    """What is wrong in `catalogue`, compared with `wanted`, the texts as they are in the sources now."""
    for message in _texts(wanted):
        translated = catalogue.get(message.id, message.context)
        if translated is None or not all(_forms(translated.string)):
            yield f"missing: {_name(message)}"
        else:
            yield from (f"{problem}: {_name(message)}" for problem in _problems(translated, catalogue))
    for message in _texts(catalogue):
        if wanted.get(message.id, message.context) is None:
            yield f"obsolete: {_name(message)}"
    yield from (f"obsolete: {_name(message)}" for message in catalogue.obsolete.values())


def _texts(catalogue: Catalog) -> Iterable[Message]:
    return (message for message in catalogue if message.id)


def _problems(message: Message, catalogue: Catalog) -> Iterator[str]:
    if message.fuzzy:
        yield "fuzzy"
    # Babel's own checks: the number of plural forms, types of placeholders.
    for error in message.check(catalogue):
        yield str(error)
    original = _forms(message.id)[-1]
    for translation in _forms(message.string):
        if set(_PLACEHOLDER.findall(original)) != set(_PLACEHOLDER.findall(translation)):
            yield "other placeholders"
        if Counter(_TAG.findall(original)) != Counter(_TAG.findall(translation)):
            yield "other tags"
        yield from _markup_problems(translation)


def _markup_problems(html: str) -> Iterator[str]:
    markup = _Markup()
    markup.feed(html)
    markup.close()
    yield from markup.problems
    if markup.open:
        yield f"<{markup.open[-1]}> is not closed"


def _forms(text: str | tuple[str, ...] | list[str] | None) -> list[str]:
    if text is None or isinstance(text, str):
        return [text or ""]
    return list(text)


def _name(message: Message) -> str:
    return repr(_forms(message.id)[0])


class _Markup(HTMLParser):
    """Follows the tags of one text: only Telegram's, closed in the order in which they were opened."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.problems: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TELEGRAM_TAGS:
            self.problems.append(f"Telegram does not know <{tag}>")
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.problems.append(f"</{tag}> closes nothing")
