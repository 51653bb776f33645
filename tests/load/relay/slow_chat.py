"""Whether a chat for which Telegram asks to wait holds up the others."""

from dataclasses import replace

from tests.load.figures import Figure, Goal, typical
from tests.load.traffic import Report

from .rounds import Round, Writers
from .steady import percentile

_REPETITIONS = 5
_SECONDS = 6.0
_RATE = 60.0
_BUSY_SECONDS = 30.0
_LATECOMER_SECONDS = _BUSY_SECONDS + 10.0
# Rounds of identical code differ by as much.
_NOISE = 1.33


def measure(writers: Writers) -> tuple[list[Figure], list[Round]]:
    """The figure, and the rounds; every second of them with one pair more of which one chat answers 429.

    Each time it is another chat, so that every one has its 30 seconds.
    """
    pairs = [(one, other) for one, other in writers.partners.items() if one < other]
    others = {person for pair in pairs[_REPETITIONS:] for person in pair}
    ratios, rounds = [], []
    for pair in pairs[:_REPETITIONS]:
        slow = pair[1]
        without = writers.round(seconds=_SECONDS, rate=_RATE, people=others)
        writers.around.mood(busy={slow: _BUSY_SECONDS})
        beside = writers.round(seconds=_SECONDS, rate=_RATE, people=others.union(pair), slow={slow})
        ratios.append(_p95(beside, others) / _p95(without, others))
        rounds += [without, beside]
    rounds.append(_late(writers, rounds))
    how = (
        f"p95 of the others, POST to copyMessage, {_RATE:.0f} messages a second, while one chat answers 429 for"
        f" {_BUSY_SECONDS:.0f} s ÷ while none does, in turn; what waited for it counts as lost if it never comes"
    )
    return [typical("relay.slow_chat_effect", ratios, "×", how, Goal("≤", _NOISE))], rounds


def _p95(one: Round, people: set[int]) -> float:
    sent = [sent for sent in one.report.sent if sent.telegram_id in people]
    return percentile(Round(replace(one.report, sent=sent), one.copies).milliseconds, 95)


def _late(writers: Writers, rounds: list[Round]) -> Round:
    """What the slow chats got when they could be written to again."""
    whole = Round.together(rounds)
    expected = {sent.number for sent in whole.report.sent} - {copy.message_id for copy in whole.copies}
    copies = writers.arrived(expected, within=_LATECOMER_SECONDS)
    return Round(Report(began=whole.report.began, ended=whole.report.ended, sent=[]), copies)
