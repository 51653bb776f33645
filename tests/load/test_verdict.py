"""What the fault run would say about a relay that loses, doubles, misdirects or mixes up."""

from collections.abc import Sequence

import pytest

from tests.load.faults.verdict import Call, Chat, Line, Verdict, judge, unsent_in

MIRA, ANDREY, VERA, IGOR = range(1, 5)
ONE = Line(MIRA, ANDREY, 10, "раз", 100.0, "calm")
TWO = Line(MIRA, ANDREY, 11, "два", 101.0, "calm")
HERS = Line(VERA, IGOR, 20, "три", 101.0, "calm")


def call(line: Line, at: float, *, done: bool = True, heard: bool = True, reader: int | None = None) -> Call:
    """The bot asking for the copy of a line."""
    return Call(reader or line.reader, line.writer, (line.message_id,), at, done, heard)


def judged(
    *arrived: str, calls: Sequence[Call] = (), deaths: Sequence[float] = (), mira: Chat | None = None, igor: str = ""
) -> Verdict:
    """What is said when Mira wrote two lines and these arrived at Andrey's."""
    chats = {
        MIRA: mira or Chat(()),
        ANDREY: Chat(arrived),
        VERA: Chat(()),
        IGOR: Chat((HERS.mark, igor) if igor else (HERS.mark,)),
    }
    return judge([ONE, TWO, HERS], calls, chats, deaths)


def test_everything_arrived() -> None:
    """Each once, in order, at its reader's."""
    verdict = judged("раз", "два", calls=[call(ONE, 100.05), call(TWO, 101.15), call(HERS, 101.01)])
    assert verdict.broken == []
    assert (verdict.written, verdict.arrived, verdict.told, verdict.doubled) == (3, 3, 0, 0)
    assert sorted(verdict.milliseconds["calm"]) == pytest.approx([10, 50, 150])


def test_a_lost_line() -> None:
    """What did not arrive is lost unless its writer was told of exactly that, or of so many."""
    assert judged("раз").lost == ["два (calm)"]
    assert judged("раз", mira=Chat((), frozenset([10]))).lost == ["два (calm)"]
    for told in (Chat((), frozenset([11])), Chat((), unsent=1)):
        verdict = judged("раз", mira=told)
        assert (verdict.lost, verdict.told) == ([], 1)
    assert judged(mira=Chat((), unsent=1)).lost == ["раз (calm)", "два (calm)"]


def test_a_line_in_a_wrong_chat() -> None:
    """Somebody else's reader sees it, or the bot only tried."""
    assert judged("раз", "два", igor="раз").misdelivered == ["раз"]
    tried = judged("раз", "два", calls=[call(ONE, 100.0, reader=IGOR, done=False)])
    assert len(tried.misdelivered) == 1


def test_lines_out_of_order() -> None:
    """The first copies count: a late double of an earlier line changes nothing."""
    assert judged("два", "раз").reordered == ["два"]
    heard = [call(ONE, 100.0, heard=False), call(ONE, 102.0), call(TWO, 101.0)]
    assert judged("раз", "два", "раз", calls=heard).broken == []


def test_a_double_needs_a_reason() -> None:
    """An answer that was lost, or a death right after the call; each excuses one copy."""
    twice = [call(ONE, 100.0), call(ONE, 102.0)]
    assert judged("раз", "раз", "два", calls=twice).doubled_without_reason == ["раз"]
    assert judged("раз", "раз", "два", calls=twice, deaths=[99.0, 300.0]).doubled_without_reason == ["раз"]
    assert judged("раз", "раз", "два", calls=twice, deaths=[100.5]).broken == []
    deaf = [call(ONE, 100.0, heard=False), call(ONE, 102.0)]
    assert judged("раз", "раз", "два", calls=deaf).broken == []
    thrice = judged("раз", "раз", "раз", "два", calls=[*deaf, call(ONE, 103.0)])
    assert (thrice.doubled, thrice.doubled_without_reason) == (2, ["раз"])


def test_what_the_bot_says_of_what_did_not_arrive() -> None:
    """As people read it in Russian."""
    assert unsent_in("⚠️ 2 твоих сообщения не дошли до собеседника: разговор закончился раньше.") == 2
    assert unsent_in("⚠️ 2 сообщения из этого альбома не дошли до собеседника: они были удалены раньше.") == 2
    assert unsent_in("⚠️ Твоё сообщение не дошло до собеседника: разговор закончился раньше.") == 1
    assert unsent_in("⚠️ Твоё сообщение не дошло до собеседника: разговор закончился раньше.", is_answer=True) == 0
    assert unsent_in("Сейчас этого никто не читает: ты ни с кем не разговариваешь.") == 1
    assert unsent_in("На связи!") == 0
