"""What it costs to look through a message that somebody wrote to make it cost as much as it can.

Every message is looked through where all the others wait for it.
"""

import time
from collections.abc import Iterator
from itertools import product

import pytest

from chat.anonymity import Author, Writing, look_through

LONGEST = 4096
# Generous: many times what it takes.
MOST_SECONDS = 0.06
# The worst of authors: everything that they write begins with their name.
NAMED = Author(username="a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a", first_name="аа " * 21, last_name="аа " * 19 + "ааов")
# Their names are looked for in all their cases, and may share the letters out in many ways.
DECLINED = Author(username="a_a_a", first_name="аа аа", last_name="ааов")
# Where each may have an end, and it is looked for in all the rest.
OPENED = ("a.com/(", "a.com/[", "a.com/{", "a.com/[a](")
# What the patterns hang on.
ANCHORS = (
    *("tg", "тг", "ник", "e-mail", "my tg is", "тг мой ник", "инст", "снап", "телеграмм"),
    *("собака", "а собака а", "at", "точка", "a точка", "gmail", "proton", "слеш", "t слеш", "вк"),
    *("@", "a@", "@a", "a@a.", "#", "aaaa#123", "_", "a_", "a._", "_a:", "a_.", "://", "http", "www."),
    *(".", "a.", "a.com", "a.com/(", "a.co", "http://a.com/(", "so.So", "a.рф", "t.me", "t . m", "id12345"),
    *("1", "12-", "+7", "1.1.", "2020-", "1 2 3 ", "звони 123456 ", "один", "плюс один ", "1O", "(800)"),
    *("a", "aa", "aaa", "aaaa", "а", "аа", "aа", "p e t y a", "a b ", "аа аа", "—:", "-", "(", "[at]", "( at )"),
    # Each stands for many characters.
    *("㏂", "℡", "ﷺ", "⑽", "a\u200b"),
)
RUNS = ("a", "а", "_", ".", "-", "a.", "a_", " ", "1", "a-", "@", "(", "\u200b", "a._", "tg ", "a.b/")
ENDS = ("", "!", "ж", "1", "_", " _a", "@", ".c", "/", " @a.ru", " точка ru", "a_b", "\n")


def adversaries() -> Iterator[str]:
    """Texts as long as Telegram takes them: repeated, in turn, and a few anchors before one long run."""
    for anchor, gap in product(ANCHORS, ("", " ", "-", "a")):
        yield filled("", anchor + gap)
    for anchor, run in product(ANCHORS, ("a", "а", "a.")):
        yield filled(f"{anchor} " * 8, run)
    for run, end in product(RUNS, ENDS):
        yield filled("p e t y a " + "tg " * 8 + "my tg is ", run, end)


def filled(beginning: str, repeated: str, end: str = "") -> str:
    """A text of the greatest length that Telegram takes."""
    return (beginning + repeated * LONGEST)[: LONGEST - len(end)] + end


def seconds(text: str, author: Author) -> float:
    """The processor's time for one text."""
    began = time.process_time()
    look_through(Writing(author=author, text=text))
    return time.process_time() - began


@pytest.mark.parametrize("author", [Author(), NAMED, DECLINED], ids=["nobody", "named", "declined"])
def test_no_message_keeps_the_others_waiting(author: Author) -> None:
    """C9, C10: whatever the words, far less than anybody notices."""
    slow = {
        text[:40] + text[-20:]: least
        for text in dict.fromkeys(adversaries())
        if seconds(text, author) > MOST_SECONDS
        and (least := min(seconds(text, author) for _ in range(3))) > MOST_SECONDS
    }
    assert slow == {}


@pytest.mark.parametrize("opened", OPENED)
def test_a_longer_text_costs_more_in_proportion(opened: str) -> None:
    """C9, C10: eight times as much, where looking for what has no end again and again costs 64 times as much."""
    short, long = (min(seconds(opened * times, Author()) for _ in range(3)) for times in (512, 4096))
    assert long < 24 * short
