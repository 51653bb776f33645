"""Telegram's HTML and the entities that come of it."""

from __future__ import annotations

from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.entities import formatted, parse_html, slice_utf16, utf16_length
from simulator.errors import BadRequestError


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("<b>жирный</b>", "жирный", [("bold", 0, 6, "жирный")]),
        ("😀<i>к</i>", "😀к", [("italic", 2, 1, "к")]),
        ("<b>а<i>б</i></b>", "аб", [("bold", 0, 2, "аб"), ("italic", 1, 1, "б")]),
        ("<tg-spoiler>х</tg-spoiler>", "х", [("spoiler", 0, 1, "х")]),
        ('<span class="tg-spoiler">х</span>', "х", [("spoiler", 0, 1, "х")]),
        ("<blockquote expandable>х</blockquote>", "х", [("expandable_blockquote", 0, 1, "х")]),
        ("<del>1</del><u>2</u>", "12", [("strikethrough", 0, 1, "1"), ("underline", 1, 1, "2")]),
        ("&lt;b&gt; &amp; &quot;&#1078;&quot; &nbsp;", '<b> & "ж" &nbsp;', []),
        ("<b></b>пусто", "пусто", []),
        ('<a href="https://a.org/?x=1&amp;y=2">сюда</a>', "сюда", [("text_link", 0, 4, "сюда")]),
        ("<a>никуда</a>", "никуда", []),
        ("<B>большие буквы</B>", "большие буквы", [("bold", 0, 13, "большие буквы")]),
    ],
)
def test_html_becomes_text_and_entities(source: str, text: str, entities: list[tuple[str, int, int, str]]) -> None:
    parsed = parse_html(source)
    assert parsed.text == text
    found = [
        (e["type"], e["offset"], e["length"], slice_utf16(parsed.text, e["offset"], e["length"]))
        for e in parsed.entities
    ]
    assert found == entities


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("<b>раз", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<b><i>раз</b></i>", 'Unmatched end tag at byte offset 12, expected "</i>", found "</b>"'),
        ("раз</b>", "Unexpected end tag at byte offset 6"),
        ("<br>", 'Unsupported start tag "br" at byte offset 0'),
        ("а < б", 'Unsupported start tag "" at byte offset 3'),
        ("<p>абзац</p>", 'Unsupported start tag "p" at byte offset 0'),
        ("<b", "Unclosed start tag at byte offset 0"),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ('<span class="red">x</span>', 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("<a href>x</a>", 'Expected equal sign in declaration of an attribute of the tag "a" at byte offset 0'),
    ],
)
def test_broken_html_is_refused_in_telegrams_words(source: str, reason: str) -> None:
    with pytest.raises(BadRequestError) as refused:
        parse_html(source)
    assert refused.value.description == f"Bad Request: can't parse entities: {reason}"


def test_a_language_belongs_to_the_block_of_code() -> None:
    (entity,) = parse_html('<pre><code class="language-python">x</code></pre>').entities
    assert entity == {"type": "pre", "offset": 0, "length": 1, "language": "python"}


def test_white_space_around_a_text_is_cut_and_entities_move_with_it() -> None:
    text = formatted("  \n<b> да </b>\n ", parse_mode="HTML", entities=None)
    assert (text.text, text.entities) == ("да", ({"type": "bold", "offset": 0, "length": 2},))


def test_commands_links_and_addresses_are_found_but_not_in_code() -> None:
    source = "/start <code>/end</code> https://a.org/x, почта me@a.org и @durov_bot #тег и/или 5/6"
    found = formatted(source, parse_mode="HTML", entities=None)
    kinds = [(e["type"], slice_utf16(found.text, e["offset"], e["length"])) for e in found.entities]
    assert kinds == [
        ("bot_command", "/start"),
        ("code", "/end"),
        ("url", "https://a.org/x"),
        ("email", "me@a.org"),
        ("mention", "@durov_bot"),
        ("hashtag", "#тег"),
    ]


def test_an_entity_outside_of_the_text_is_refused() -> None:
    with pytest.raises(BadRequestError, match="lies outside the text"):
        formatted("да", parse_mode=None, entities=[{"type": "bold", "offset": 1, "length": 2}])


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_escaped_text_comes_back_as_it_was(text: str) -> None:
    assert parse_html(escape(text, quote=False)).text == text


@given(st.lists(st.tuples(st.sampled_from("bisu"), st.text(st.characters(exclude_categories=["Cs"]), min_size=1))))
def test_each_entity_lies_on_what_its_tag_held(pieces: list[tuple[str, str]]) -> None:
    parsed = parse_html("".join(f"<{tag}>{escape(text)}</{tag}>" for tag, text in pieces).replace("&#x27;", "'"))
    assert [slice_utf16(parsed.text, e["offset"], e["length"]) for e in parsed.entities] == [text for _, text in pieces]
    assert sum(e["length"] for e in parsed.entities) == utf16_length(parsed.text)
