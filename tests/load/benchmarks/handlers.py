"""What people do beside talking: a button, /find, /end, each answered by one call or two of the Bot API."""

from tests.load.figures import Figure, Goal, typical
from tests.load.relay.steady import percentile
from tests.load.surroundings import Surroundings

_REPETITIONS = 5
_SECONDS = 4.0
_RATE = 10.0
_WARM_UP_SECONDS = 2.0
_PAIRS = 20
_NEWCOMERS = 160  # four times as many as the mean of what is written in a round
_GOAL = Goal("≤", 50)


def measure(around: Surroundings) -> list[Figure]:
    """The product's processes as in production, people who talk and, for /find, people who do not yet."""
    talking = list(around.talking(_PAIRS))
    # So many that nobody has to search twice; some of them are proposed to each other.
    newcomers = around.idle(_REPETITIONS * _NEWCOMERS)
    times: dict[str, list[float]] = {"button": [], "end": [], "find": []}
    with around.product() as webhook:

        def p95(act: str, people: list[int], seconds: float = _SECONDS) -> float:
            sent = around.write(webhook, people, seconds=seconds, rate=_RATE, act=act).sent
            return percentile([(one.answered - one.began) * 1000 for one in sent], 95)

        for act in ("chat:stay:0", "/end"):
            p95(act, talking, _WARM_UP_SECONDS)
        for repetition in range(_REPETITIONS):
            times["button"].append(p95("chat:stay:0", talking))
            times["end"].append(p95("/end", talking))
            times["find"].append(p95("/find", newcomers[repetition * _NEWCOMERS :][:_NEWCOMERS]))
    how = (
        f"p95 from the POST to the webhook until it is answered 200, a Bot API without latency, {_RATE:.0f} a second at"
        f" random moments, {_SECONDS:.0f} s each time"
    )
    return [typical(f"handlers.{name}_p95_ms", values, "ms", how, _GOAL) for name, values in times.items()]
