"""Text with formatting: HTML parsed as strictly as Telegram does, entities checked, links and commands found.

Offsets and lengths are counted in UTF-16 code units, as everywhere in the Bot API.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, NoReturn

from simulator.errors import BadRequestError

Entity = dict[str, Any]

SIMPLE_TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "code": "code",
}
OTHER_TAGS = {"a", "span", "pre", "blockquote", "tg-emoji"}
CHARACTER_REFERENCES = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}

REFERENCE = re.compile(r"&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(lt|gt|amp|quot));?")
TAG_NAME_ENDS = frozenset(("", ">", " ", "\t", "\r", "\n"))
ATTRIBUTE = re.compile(r"\s*([^\s=>/\"']+)")
ATTRIBUTE_VALUE = re.compile(r"\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([a-zA-Z0-9.\-]+))")

# What a quote keeps of the formatting.
QUOTED_FORMATTING = {"bold", "italic", "underline", "strikethrough", "spoiler", "custom_emoji", "date_time"}

# Where formatting says "this is literal", Telegram looks for no links.
LITERAL = {"code", "pre", "text_link"}
FOUND_BY_TELEGRAM = (
    ("url", re.compile(r"(?:https?://|tg://)[^\s<>]+[^\s<>.,:;!?)\]]|(?<![\w@./])(?:[\w-]+\.)+(?:com|org|net|me|ru|ua|io|dev)\b(?:/[^\s<>]*)?")),
    ("email", re.compile(r"(?<![\w.@])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")),
    ("mention", re.compile(r"(?<![\w@.])@[A-Za-z][A-Za-z0-9_]{3,31}\b")),
    ("hashtag", re.compile(r"(?<![\w#&/])#\w*[^\W\d]\w*")),
    ("bot_command", re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,32}(?:@[A-Za-z0-9_]{3,32})?(?![\w/])")),
    ("phone_number", re.compile(r"(?<![\w+])\+\d[\d\s()-]{7,16}\d\b")),
)  # fmt: skip


def utf16_length(text: str) -> int:
    """Return the length of `text` in UTF-16 code units."""
    return len(text.encode("utf-16-le", errors="surrogatepass")) // 2


@dataclass(frozen=True, slots=True)
class FormattedText:
    """A text and the entities that lie on it, outermost first."""

    text: str
    entities: tuple[Entity, ...] = ()

    def as_fields(self, text_field: str, entities_field: str) -> dict[str, Any]:
        """Return the fields of a Message that hold it; what is empty is left out, as Telegram does."""
        fields: dict[str, Any] = {text_field: self.text} if self.text else {}
        return fields | ({entities_field: list(self.entities)} if self.entities else {})


@dataclass(slots=True)
class _OpenTag:
    name: str
    entity: Entity | None


def parse_html(source: str) -> FormattedText:
    """Return what `source`, in Telegram's HTML, says. Raises BadRequestError where Telegram can't parse it."""
    return _HtmlParser(source).parse()


def formatted(text: str, *, parse_mode: str | None, entities: list[Entity] | None) -> FormattedText:
    """Return `text` as Telegram would keep it: parsed or with the `entities` given, trimmed, links and commands found.

    Raises BadRequestError if it can't be parsed or an entity does not lie inside the text.
    """
    if parse_mode is None or parse_mode == "":
        result = FormattedText(text, tuple(_checked_entities(text, entities or [])))
    elif parse_mode.lower() == "html":
        result = parse_html(text)
    elif parse_mode.lower() in {"markdown", "markdownv2"}:
        raise BadRequestError(f"parse mode {parse_mode} is published but not simulated")
    else:
        raise BadRequestError("unsupported parse_mode")
    return _with_found_entities(_trimmed(result))


class _HtmlParser:
    """One pass over the source; the errors are worded, and their offsets counted in bytes, as Telegram's are."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.position = 0
        self.pieces: list[str] = []
        self.length = 0
        self.entities: list[Entity] = []
        self.open: list[_OpenTag] = []

    def parse(self) -> FormattedText:
        while self.position < len(self.source):
            character = self.source[self.position]
            if character == "<":
                self._tag()
            elif character == "&":
                self._reference()
            else:
                self._emit(character)
                self.position += 1
        if self.open:
            self._fail(f'Can\'t find end tag corresponding to start tag "{self.open[-1].name}"')
        kept = [entity for entity in self.entities if entity["length"] > 0]
        kept.sort(key=lambda entity: (entity["offset"], -entity["length"]))
        return FormattedText("".join(self.pieces), tuple(_with_merged_pre(kept)))

    def _emit(self, text: str) -> None:
        self.pieces.append(text)
        self.length += utf16_length(text)

    def _reference(self) -> None:
        match = REFERENCE.match(self.source, self.position)
        character = _referenced(match) if match else None
        if match is None or character is None:
            self._emit("&")
            self.position += 1
        else:
            self._emit(character)
            self.position = match.end()

    def _tag(self) -> None:
        begin = self.position
        self.position += 1
        if self.source.startswith("/", self.position):
            self.position += 1
            self._end_tag(begin)
        else:
            self._start_tag(begin)

    def _name(self) -> str:
        begin = self.position
        while self.source[self.position : self.position + 1] not in TAG_NAME_ENDS:
            self.position += 1
        return self.source[begin : self.position].lower()

    def _start_tag(self, begin: int) -> None:
        name = self._name()
        if self.position >= len(self.source):
            self._fail("Unclosed start tag", begin)
        if name not in SIMPLE_TAGS and name not in OTHER_TAGS:
            self._fail(f'Unsupported start tag "{name}"', begin)
        attributes = self._attributes(name, begin)
        entity = self._entity(name, attributes, begin)
        if entity is not None:
            self.entities.append(entity)
        self.open.append(_OpenTag(name, entity))

    def _attributes(self, tag: str, begin: int) -> dict[str, str]:
        attributes: dict[str, str] = {}
        while True:
            while self.source[self.position : self.position + 1].isspace():
                self.position += 1
            if self.position >= len(self.source):
                self._fail("Unclosed start tag", begin)
            if self.source[self.position] == ">":
                self.position += 1
                return attributes
            name = ATTRIBUTE.match(self.source, self.position)
            if name is None:
                self._fail(f'Empty attribute name in the tag "{tag}"', begin)
            value = ATTRIBUTE_VALUE.match(self.source, name.end())
            bare = name.group(1).lower() == "expandable"
            if value is None and not bare:
                self._fail(f'Expected equal sign in declaration of an attribute of the tag "{tag}"', begin)
            written = next((group for group in value.groups() if group is not None), "") if value else ""
            attributes[name.group(1).lower()] = REFERENCE.sub(
                lambda match: _referenced(match) or match.group(), written
            )
            self.position = value.end() if value else name.end()

    def _entity(self, name: str, attributes: dict[str, str], begin: int) -> Entity | None:
        entity: Entity = {"type": SIMPLE_TAGS.get(name, name), "offset": self.length, "length": 0}
        if name == "code" and (language := attributes.get("class", "")).startswith("language-"):
            entity["language"] = language.removeprefix("language-")
        elif name == "span":
            if attributes.get("class") != "tg-spoiler":
                self._fail('Tag "span" must have class "tg-spoiler"', begin)
            entity["type"] = "spoiler"
        elif name == "blockquote":
            entity["type"] = "expandable_blockquote" if "expandable" in attributes else "blockquote"
        elif name == "tg-emoji":
            entity |= {"type": "custom_emoji", "custom_emoji_id": attributes.get("emoji-id", "")}
        elif name == "a":
            # Telegram drops a link that leads nowhere and keeps its text.
            if "://" not in (url := attributes.get("href", "")) and "." not in url:
                return None
            entity |= {"type": "text_link", "url": url if "://" in url else f"http://{url}/"}
        return entity

    def _end_tag(self, begin: int) -> None:
        name = self._name()
        while self.source[self.position : self.position + 1].isspace():
            self.position += 1
        if self.source[self.position : self.position + 1] != ">":
            self._fail("Unclosed end tag", begin)
        self.position += 1
        if not self.open:
            self._fail("Unexpected end tag", begin)
        opened = self.open.pop()
        if name not in ("", opened.name):
            self._fail("Unmatched end tag", begin, f', expected "</{opened.name}>", found "</{name}>"')
        if opened.entity is not None:
            opened.entity["length"] = self.length - opened.entity["offset"]

    def _fail(self, reason: str, position: int | None = None, details: str = "") -> NoReturn:
        where = "" if position is None else f" at byte offset {len(self.source[:position].encode())}"
        raise BadRequestError(f"can't parse entities: {reason}{where}{details}")


def _referenced(match: re.Match[str]) -> str | None:
    """Return the character that a reference stands for, or None if there is no such character."""
    decimal, hexadecimal, name = match.groups()
    if name:
        return CHARACTER_REFERENCES[name]
    code = int(decimal) if decimal else int(hexadecimal, 16)
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else None


def _with_merged_pre(entities: list[Entity]) -> Iterator[Entity]:
    """`<pre><code class="language-x">` is one entity with a language; a language anywhere else is dropped."""
    blocks = {(entity["offset"], entity["length"]): entity for entity in entities if entity["type"] == "pre"}
    for entity in entities:
        language = entity.pop("language", None) if entity["type"] == "code" else None
        block = blocks.get((entity["offset"], entity["length"]))
        if entity["type"] == "code" and block is not None:
            if language:
                block["language"] = language
            continue
        yield entity


def _checked_entities(text: str, entities: Iterable[Entity]) -> Iterator[Entity]:
    end = utf16_length(text)
    for entity in entities:
        if entity["offset"] < 0 or entity["length"] <= 0 or entity["offset"] + entity["length"] > end:
            raise BadRequestError(f"entity {entity['type']} at {entity['offset']} lies outside the text")
        if entity["type"] == "text_link" and not entity.get("url"):
            raise BadRequestError("entity text_link must have url")
        yield entity


def _trimmed(formatted_text: FormattedText) -> FormattedText:
    """Telegram strips the white space around a text, and moves or cuts the entities with it."""
    text = formatted_text.text
    stripped = text.strip()
    if stripped == text:
        return formatted_text
    start = utf16_length(text[: len(text) - len(text.lstrip())])
    end = start + utf16_length(stripped)
    moved = []
    for entity in formatted_text.entities:
        first = max(entity["offset"], start)
        last = min(entity["offset"] + entity["length"], end)
        if first < last:
            moved.append({**entity, "offset": first - start, "length": last - first})
    return FormattedText(stripped, tuple(moved))


def _with_found_entities(formatted_text: FormattedText) -> FormattedText:
    """Add what Telegram finds by itself: commands, links, mentions, hashtags, addresses, phone numbers."""
    text = formatted_text.text
    units = [0, *accumulate(utf16_length(character) for character in text)]
    taken = [(e["offset"], e["offset"] + e["length"]) for e in formatted_text.entities if e["type"] in LITERAL]
    given = {(entity["type"], entity["offset"]) for entity in formatted_text.entities}
    found: list[Entity] = []
    for kind, pattern in FOUND_BY_TELEGRAM:
        for match in pattern.finditer(text):
            first, last = units[match.start()], units[match.end()]
            if any(first < end and begin < last for begin, end in taken):
                continue
            taken.append((first, last))
            if (kind, first) not in given:
                found.append({"type": kind, "offset": first, "length": last - first})
    entities = sorted([*formatted_text.entities, *found], key=lambda e: (e["offset"], -e["length"]))
    return FormattedText(text, tuple(entities))


def slice_utf16(text: str, offset: int, length: int) -> str:
    """Return the part of `text` under an entity at `offset` of `length`, both in UTF-16 code units."""
    units = [0, *accumulate(utf16_length(character) for character in text)]
    return text[bisect_right(units, offset) - 1 : bisect_right(units, offset + length) - 1]


def quoted(text: str, entities: Iterable[Entity], part: str, position: int | None = None) -> dict[str, Any] | None:
    """Return the TextQuote of a `part` of a text, at or after `position`; None if it is not in there."""
    units = [0, *accumulate(utf16_length(character) for character in text)]
    start = text.find(part, bisect_right(units, position) - 1 if position else 0)
    if start < 0 or not part:
        return None
    first, last = units[start], units[start + len(part)]
    inside = []
    for entity in entities:
        begin, end = max(entity["offset"], first), min(entity["offset"] + entity["length"], last)
        if entity["type"] in QUOTED_FORMATTING and begin < end:
            inside.append({**entity, "offset": begin - first, "length": end - begin})
    return {"text": part, **({"entities": inside} if inside else {}), "position": first}
