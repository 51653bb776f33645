"""How long a message takes when there is room: at 30 a second, and at 100 a second with a slow Bot API."""

from statistics import quantiles

from tests.load.figures import Figure, Goal, typical

from .rounds import Round, Writers

_REPETITIONS = 5
_SECONDS = 10.0
_RATE = 30.0
_SLOW_SECONDS = 6.0
_SLOW_RATE = 100.0
_LATENCY = 0.05


def measure(writers: Writers) -> tuple[list[Figure], list[Round]]:
    """The figures, and their rounds."""
    steady, slow = [], []
    for _ in range(_REPETITIONS):
        steady.append(writers.round(seconds=_SECONDS, rate=_RATE))
        writers.around.mood(latency=_LATENCY)
        slow.append(writers.round(seconds=_SLOW_SECONDS, rate=_SLOW_RATE))
        writers.around.mood()
    return [*_of_steady(steady), _of_slow(slow)], [*steady, *slow]


def percentile(values: list[float], percent: int) -> float:
    """That percentile of at least two values."""
    return quantiles(values, n=100, method="inclusive")[percent - 1]


def _of_steady(rounds: list[Round]) -> list[Figure]:
    how = (
        "from the POST to the webhook until copyMessage arrives at a Bot API without latency,"
        f" {_RATE:.0f} messages a second at random moments, {_SECONDS:.0f} s each time"
    )
    return [
        typical(f"relay.p{p}_ms_30", [percentile(one.milliseconds, p) for one in rounds], "ms", how, goal)
        for p, goal in ((50, None), (95, Goal("≤", 10)), (99, None))
    ]


def _of_slow(rounds: list[Round]) -> Figure:
    how = (
        f"from the POST to the webhook until it is answered 200, less the {_LATENCY * 1000:.0f} ms of the Bot API,"
        f" {_SLOW_RATE:.0f} messages a second at random moments, {_SLOW_SECONDS:.0f} s each time"
    )
    values = [percentile(one.milliseconds_to_answer, 95) - _LATENCY * 1000 for one in rounds]
    return typical("relay.p95_ms_100_slow_api", values, "ms", how, Goal("≤", 20))
