"""The fault run at full size: Telegram stumbles, processes and servers are killed; who got what."""

from project.supervisor.console import ticked
from project.supervisor.programs import CHECKOUT
from tests.load.faults.run import FULL, Result, run
from tests.load.figures import Figure, Goal
from tests.load.surroundings import Surroundings

_FOLDER = CHECKOUT / ".local" / "faults"
# One slow chat and one flood change nothing for the others within noise, which is large while calls fail at random.
_EFFECT = 1.5


def measure(around: Surroundings) -> list[Figure]:
    """Once, with servers of its own, since they are killed; the report says what happened."""
    result = run(FULL, _FOLDER, step=ticked)
    print(f"\n{result.report()}\n")
    return [*_promises(result), *_delays(result)]


def _promises(result: Result) -> list[Figure]:
    verdict = result.verdict
    of_all = f"of {verdict.written} messages in {result.size.pairs} conversations"
    uncounted = max(verdict.doubled - result.counted, 0)
    kept = Goal("=", 0)
    return [
        Figure("faults.lost", len(verdict.lost), "messages", f"not there, and nobody was told; {of_all}", kept),
        Figure("faults.misdelivered", len(verdict.misdelivered), "messages", f"in a wrong chat; {of_all}", kept),
        Figure("faults.reordered", len(verdict.reordered), "messages", f"before an earlier one; {of_all}", kept),
        Figure(
            "faults.doubled_without_reason",
            len(verdict.doubled_without_reason),
            "messages",
            f"came again though the answer was heard and nobody died; {of_all}",
            kept,
        ),
        Figure(
            "faults.doubled_uncounted", uncounted, "messages", "more than the product says may have come twice", kept
        ),
        Figure("faults.doubled", verdict.doubled, "messages", f"{result.counted} counted by the product; {of_all}"),
        Figure("faults.told", verdict.told, "messages", f"did not arrive, and their writers know; {of_all}"),
    ]


def _delays(result: Result) -> list[Figure]:
    how = "from writing until the bot first asks for the copy, 5 % of all calls failing"
    beside = f"{how}; all others while one chat answers 429 for {result.size.slow_seconds} s and one person floods"
    calm, others = (result.verdict.percentile(phase, 95) for phase in ("calm", "beside"))
    return [
        Figure("faults.p95_ms_calm", round(calm, 1), "ms", how),
        Figure("faults.p95_ms_beside", round(others, 1), "ms", beside),
        Figure("faults.beside_effect", round(others / calm, 2), "×", "the second ÷ the first", Goal("≤", _EFFECT)),
    ]
