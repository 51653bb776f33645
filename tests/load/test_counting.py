"""What the relay benchmark would say about a relay that loses, doubles or misdirects."""

import pytest

from tests.load.figures import Figure, Goal, typical
from tests.load.relay.rounds import Round, WrongPartner, check_partners
from tests.load.surroundings import Copy
from tests.load.traffic import Report, Sent

MIRA, ANDREI = 7_000_000_001, 7_000_000_002
PARTNERS = {MIRA: ANDREI, ANDREI: MIRA}


def sent(number: int, began: float) -> Sent:
    """A message of Mira's that was answered 50 ms later."""
    return Sent(telegram_id=MIRA, number=number, began=began, answered=began + 0.05, attempts=1)


def copied(number: int, arrived: float) -> Copy:
    """Its copy to Andrei."""
    return Copy(chat_id=ANDREI, from_chat_id=MIRA, message_id=number, arrived=arrived)


def test_every_message_once() -> None:
    """Each copy is found by its message: its own time, nothing lost, nothing doubled, also when the order changed."""
    report = Report(began=10.0, ended=12.0, sent=[sent(1, 10.0), sent(2, 11.0)])
    one = Round(report, [copied(2, 11.010), copied(1, 10.030)])
    assert (one.lost, one.doubled, one.per_second) == (0, 0, 1.0)
    assert one.milliseconds == pytest.approx([30.0, 10.0])


def test_a_lost_message_and_a_doubled_one_do_not_cancel_out() -> None:
    """As many copies as messages can still be one too few and one too many; the first copy is the one that is timed."""
    report = Report(began=10.0, ended=12.0, sent=[sent(1, 10.0), sent(2, 11.0)])
    one = Round(report, [copied(1, 10.020), copied(1, 10.900)])
    assert (one.lost, one.doubled) == (1, 1)
    assert one.milliseconds == pytest.approx([20.0])


def test_what_is_late_in_one_round_is_not_lost_in_all() -> None:
    """What a slow chat had to wait for comes out while something else is measured."""
    first = Round(Report(began=10.0, ended=12.0, sent=[sent(1, 10.0), sent(2, 11.0)]), [copied(1, 10.1)])
    second = Round(Report(began=13.0, ended=14.0, sent=[sent(3, 13.0)]), [copied(2, 13.5), copied(3, 13.1)])
    assert (first.lost, second.lost) == (1, 0)
    whole = Round.together([first, second])
    assert (whole.lost, whole.doubled) == (0, 0)


def test_copies_outside_the_time_do_not_count_as_throughput() -> None:
    """What was under way when the time was over came out, but not within it."""
    report = Report(began=10.0, ended=12.0, sent=[sent(1, 10.0), sent(2, 11.999)])
    one = Round(report, [copied(1, 10.1), copied(2, 12.1)])
    assert one.per_second == 0.5
    assert one.lost == 0


def test_a_copy_to_somebody_else_ends_the_benchmark() -> None:
    """No figure is worth anything beside a message that reached the wrong person."""
    check_partners([copied(1, 10.0)], PARTNERS)
    with pytest.raises(WrongPartner):
        check_partners([Copy(chat_id=MIRA, from_chat_id=MIRA, message_id=1, arrived=10.0)], PARTNERS)


def test_a_figure_is_the_median_and_judged_by_its_goal() -> None:
    """One outlier among the repetitions decides nothing; the entry has the five fields that its readers know."""
    figure = typical("relay.p95_ms_30", [9.0, 8.0, 90.0], "ms", "from here to there", Goal("≤", 9))
    entry = figure.entry()
    assert (entry["value"], entry["unit"], entry["goal"], entry["holds"]) == (9.0, "ms", "≤ 9", True)
    assert set(entry) == {"value", "unit", "goal", "holds", "how"}
    assert "median of 3, 8 to 90" in entry["how"]
    assert Figure("relay.lost", 1, "messages", "", Goal("=", 0)).holds is False
    assert Figure("relay.p50_ms_30", 1, "ms", "").holds is None
