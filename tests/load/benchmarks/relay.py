"""The relay: a text comes in at the webhook and goes out to the partner as copyMessage."""

from dataclasses import replace
from functools import partial

from tests.load.figures import Figure, Goal
from tests.load.peers import programs
from tests.load.relay import memory, saturation, slow_chat, steady
from tests.load.relay.rounds import Round, Writers
from tests.load.surroundings import Surroundings

_PAIRS = 50  # as many people as Telegram opens connections for
_WARM_UP_SECONDS = 3.0


def measure(around: Surroundings) -> list[Figure]:
    """The product; at saturation in turn with its peers, so that a slow minute of the machine touches all alike."""
    partners = around.talking(_PAIRS)
    with around.product() as webhook:
        ours = Writers(around, webhook, partners)
        figures, rounds = _beside_peers(ours)
        for part in (steady.measure, slow_chat.measure, partial(memory.measure, after=rounds)):
            found, its_rounds = part(ours)
            figures += found
            rounds += its_rounds
    return [*figures, *_integrity(rounds)]


def _beside_peers(ours: Writers) -> tuple[list[Figure], list[Round]]:
    around, partners = ours.around, ours.partners
    with programs.original(around, partners) as original, programs.bare(around, partners) as bare:
        peers = [replace(ours, webhook=webhook) for webhook in (original, bare)]
        warm_up, *_ = [writers.round(seconds=_WARM_UP_SECONDS) for writers in (ours, *peers)]
        figures, rounds = saturation.measure(ours, original=peers[0], bare=peers[1])
    return figures, [warm_up, *rounds]


def _integrity(rounds: list[Round]) -> list[Figure]:
    whole = Round.together(rounds)
    of_all = f"of {len(whole.report.sent)} messages that were answered 200 in all rounds, by message_id at the Bot API"
    again = sum(sent.attempts - 1 for sent in whole.report.sent)
    found = {
        "lost": (whole.lost, f"never came out, {of_all}"),
        "doubled": (whole.doubled, f"came out again, {of_all}; {again} deliveries were answered 503 and repeated"),
        # The first would have ended the benchmark: no figure matters beside it.
        "misdelivered": (0, f"reached somebody else than the partner, {of_all}"),
    }
    return [Figure(f"relay.{name}", value, "messages", how, Goal("=", 0)) for name, (value, how) in found.items()]
