"""How much memory the web process takes, and whether that grows with what it passes on."""

from pathlib import Path

import psutil

from tests.load.figures import Figure, Goal

from .rounds import Round, Writers

_MESSAGES = 100_000
_SECONDS = 10.0
_MEGABYTE = 1024 * 1024


def measure(writers: Writers, *, after: list[Round]) -> tuple[list[Figure], list[Round]]:
    """The figures, and the rounds that it took to get to 100,000 messages, those of the rounds before included."""
    web = psutil.Process(writers.around.pid("web"))
    relayed = sum(len(one.report.sent) for one in after)
    at_half = 0.0
    rounds = []
    while relayed < _MESSAGES:
        rounds.append(writers.round(seconds=_SECONDS))
        relayed += len(rounds[-1].report.sent)
        if not at_half and relayed >= _MESSAGES / 2:
            at_half = _resident(web)
    at_end = _resident(web)
    peak = max(_peak(web), at_end)
    how = f"resident memory of the web process while it relays {relayed} messages"
    return [
        Figure("relay.web_mb", round(peak, 1), "MB", f"the most {how}", Goal("≤", 150)),
        Figure("relay.web_mb_growth", round(at_end - at_half, 1), "MB", f"{how}: end less half", Goal("≤", 5)),
    ], rounds


def _resident(process: psutil.Process) -> float:
    return float(process.memory_info().rss) / _MEGABYTE


def _peak(process: psutil.Process) -> float:
    """The most that it ever had, in MB; 0 where the system does not say."""
    status = Path(f"/proc/{process.pid}/status")
    if not status.exists():
        return 0.0
    (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024
