"""How many messages a second one web process passes on, beside its peers, and what a message costs it."""

import psutil

from tests.load.figures import Figure, Goal, typical

from .rounds import Round, Writers

_REPETITIONS = 5
_SECONDS = 5.0
# Whose processor time counts: everything between the webhook and the Bot API but the servers.
_PROCESSES = {"ours": ("web",), "original": ("original-bot", "original-api"), "bare": ("bare",)}


def measure(ours: Writers, *, original: Writers, bare: Writers) -> tuple[list[Figure], list[Round]]:
    """The figures, and our own rounds."""
    contenders = {"ours": ours, "original": original, "bare": bare}
    rates: dict[str, list[float]] = {name: [] for name in contenders}
    costs: dict[str, list[float]] = {name: [] for name in contenders}
    rounds = []
    for _ in range(_REPETITIONS):
        for name, writers in contenders.items():
            before = _processor_seconds(writers, name)
            one = writers.round(seconds=_SECONDS)
            costs[name].append((_processor_seconds(writers, name) - before) / len(one.report.sent) * 1000)
            rates[name].append(one.per_second)
            if name == "ours":
                rounds.append(one)
    return _figures(rates, costs, people=len(ours.partners)), rounds


def _processor_seconds(writers: Writers, name: str) -> float:
    times = [psutil.Process(writers.around.pid(process)).cpu_times() for process in _PROCESSES[name]]
    return float(sum(of_one.user + of_one.system for of_one in times))


def _figures(rates: dict[str, list[float]], costs: dict[str, list[float]], *, people: int) -> list[Figure]:
    how = f"copyMessage calls that come out while {people} people write without a pause, {_SECONDS:.0f} s in turn"
    spent = "processor time (user and system) of the web process a message, in the same rounds"
    return [
        typical("relay.vs_original", _ratios(rates, "original"), "×", _VS_ORIGINAL, Goal("≥", 3)),
        typical("relay.vs_bare_ptb", _ratios(rates, "bare"), "×", _VS_BARE, Goal("≥", 0.5)),
        typical("relay.per_second", rates["ours"], "1/s", f"{how}: one web process"),
        typical("relay.original_per_second", rates["original"], "1/s", f"{how}: the original's stack, two processes"),
        typical("relay.bare_ptb_per_second", rates["bare"], "1/s", f"{how}: a PTB handler that only makes the call"),
        typical("relay.cpu_ms", costs["ours"], "ms", spent),
        typical("relay.original_cpu_ms", costs["original"], "ms", f"{spent}: bot and API of the original's stack"),
        typical("relay.bare_ptb_cpu_ms", costs["bare"], "ms", f"{spent}: of the bare PTB handler"),
    ]


_VS_ORIGINAL = "relays a second at saturation ÷ those of the original's stack in the same repetition"
_VS_BARE = "the same ÷ a PTB handler on the same transport that does nothing but the call"


def _ratios(rates: dict[str, list[float]], peer: str) -> list[float]:
    return [ours / other for ours, other in zip(rates["ours"], rates[peer], strict=True)]
