"""Show: a table of every kind of message that Telegram knows, each row tried."""

import os
import time
from collections import Counter
from pathlib import Path

from chat.kinds import KINDS, UNKNOWN, Kind, Treatment
from project.supervisor.programs import CHECKOUT
from simulator.client import Message, Person, Simulator
from simulator.schema import load
from tests.e2e.journey import connect
from tests.e2e.kinds_table import COMES_WITH, document, told

TABLE = CHECKOUT / "docs" / "messages.md"


def _talking(sim: Simulator) -> tuple[Person, Person]:
    """Two people who have heard of each other, so that nothing of the beginning is still on its way."""
    mira, andrey = connect(sim)
    for one, other in ((mira, andrey), (andrey, mira)):
        one.sends("слышно?")
        other.sees("слышно?")
    return mira, andrey


def _kinds(treatment: Treatment) -> list[Kind]:
    return [kind for kind in KINDS if kind.treatment is treatment]


def test_every_field_of_a_message_is_in_the_table() -> None:
    """C1: whatever a Message may hold is a kind, or comes with one; nothing is in there twice or made up."""
    listed = Counter([kind.name for kind in KINDS] + [name for names in COMES_WITH.values() for name in names])
    assert listed == Counter(load().types["Message"].fields.keys())


def test_the_table_in_the_docs_is_up_to_date() -> None:
    """C1: docs/messages.md says what the code does. WRITE_DOCS=1 writes it anew."""
    if os.environ.get("WRITE_DOCS"):
        TABLE.write_text(document())
    assert Path(TABLE).read_text() == document(), "WRITE_DOCS=1 make test ARGS=tests/e2e/test_kinds.py"


def test_every_kind_that_is_passed_on(sim: Simulator) -> None:
    """C1: each arrives as what it is, once; the first picture waits until its reader agrees."""
    mira, andrey = _talking(sim)
    agreed = False
    for kind in _kinds(Treatment.COPIED):
        sent = mira.sends("словами") if kind.name == "text" else mira.sends_media(kind.name)
        if kind.name == "document":
            # Its name is shown as well: its writer confirms that first (C9).
            mira.taps("Всё равно отправить")
        if kind.shown and not agreed:
            assert _copies(andrey, kind, sent) == 0
            andrey.taps("Показать")
            agreed = True
        deadline = time.monotonic() + 10
        while not _copies(andrey, kind, sent) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert _copies(andrey, kind, sent) == 1, f"{kind.name}\n{andrey.transcript()}"


def _copies(reader: Person, kind: Kind, sent: Message) -> int:
    wanted = sent.raw[kind.name]
    return sum(message.by_bot and message.raw.get(kind.name) == wanted for message in reader.chat())


def test_every_kind_that_is_refused(sim: Simulator) -> None:
    """C1: each is answered with its reason, and the partner sees nothing of it."""
    mira, andrey = _talking(sim)
    before = len(andrey.chat())
    for kind in _kinds(Treatment.REFUSED):
        sent = mira.sends_media(kind.name)
        answer = mira.last_message
        assert answer.text == told(kind, language="ru"), kind.name
        assert answer.raw["reply_to_message"]["message_id"] == sent.message_id, kind.name
    mira.sends_media("unsupported")
    assert mira.last_message.text == told(UNKNOWN, language="ru")
    assert len(andrey.chat()) == before, andrey.transcript()


def test_what_telegram_says_is_not_passed_on(sim: Simulator) -> None:
    """C1: service messages are nobody's words: no copy, no answer."""
    mira, andrey = _talking(sim)
    before = len(andrey.chat())
    for kind in _kinds(Treatment.SERVICE):
        mira.sends_media(kind.name)
        assert not mira.last_message.by_bot, f"{kind.name}\n{mira.transcript()}"
    assert len(andrey.chat()) == before, andrey.transcript()


def test_what_comes_with_a_message(sim: Simulator) -> None:
    """C1, C2: formatting, a caption above, a spoiler and a quote survive."""
    mira, andrey = _talking(sim)
    mira.sends("начало и конец", [{"type": "bold", "offset": 0, "length": 6}])
    first = andrey.sees("начало")
    answer = andrey.sends("про конец?", reply_to=first, quote="начало и")
    seen = mira.sees("про конец?").raw
    assert seen["reply_to_message"]["text"] == "начало и конец"
    assert (seen["quote"]["text"], seen["quote"]["entities"]) == (
        "начало и",
        [{"type": "bold", "offset": 0, "length": 6}],
    )
    assert answer.message_id != seen["message_id"]
    caption = [{"type": "spoiler", "offset": 0, "length": 5}]
    mira.sends_media("photo", "тайна", entities=caption, spoiler=True, caption_above=True)
    andrey.taps("Показать")
    picture = andrey.sees("тайна").raw
    assert picture["caption_entities"] == caption
    assert (picture["has_media_spoiler"], picture["show_caption_above_media"]) == (True, True)


def test_what_nobody_may_take_elsewhere(sim: Simulator) -> None:
    """C1, C4: Telegram does not let the bot copy a protected message, and its writer knows."""
    mira, andrey = _talking(sim)
    before = len(andrey.chat())
    sent = mira.sends("только здесь", protected=True)
    assert mira.last_message.raw["reply_to_message"]["message_id"] == sent.message_id
    assert len(andrey.chat()) == before
