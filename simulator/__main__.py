"""`python -m simulator --port 8081 --token 1234567890:AA…`"""

from __future__ import annotations

import argparse
import re

from simulator.delivery import ANSWER_TIMEOUT_SECONDS, Delivery
from simulator.limits import OVERALL, PER_CHAT, FloodLimits, Rate
from simulator.server import run
from simulator.state import World
from simulator.telegram import Telegram


def _token(written: str) -> str:
    if not re.fullmatch(r"\d{3,20}:[A-Za-z0-9_-]{3,100}", written):
        raise argparse.ArgumentTypeError("a bot's token looks like 1234567890:AAbbCC")
    return written


def _rate(written: str) -> Rate:
    per_second, _, burst = written.partition(":")
    try:
        rate = Rate(float(per_second), int(burst))
    except ValueError:
        raise argparse.ArgumentTypeError("a limit looks like 1:30, messages a second and at once") from None
    if not 0 < rate.per_second < float("inf") or rate.burst < 1:
        raise argparse.ArgumentTypeError("a limit lets something through")
    return rate


def command_line() -> argparse.ArgumentParser:
    """Return what the command line may say."""
    parser = argparse.ArgumentParser(prog="python -m simulator", description="A Telegram for trying and testing a bot.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8081, help="port to listen on (default: %(default)s)")
    parser.add_argument("--token", type=_token, required=True, help="the bot's token")
    parser.add_argument(
        "--backoff-scale", type=float, default=1.0, help="multiplies every pause before an update is sent again"
    )
    parser.add_argument(
        "--answer-timeout",
        type=float,
        default=ANSWER_TIMEOUT_SECONDS,
        help="seconds the webhook has to answer (default: %(default)s)",
    )
    parser.add_argument("--no-limits", action="store_true", help="never refuse a bot that is too quick")
    parser.add_argument(
        "--chat-limit", type=_rate, default=PER_CHAT, metavar="RATE:BURST", help="messages a second to one chat"
    )
    parser.add_argument(
        "--overall-limit", type=_rate, default=OVERALL, metavar="RATE:BURST", help="messages a second to all chats"
    )
    parser.add_argument("--seed", type=int, default=0, help="decides which calls a fault with a probability hits")
    return parser


def main() -> None:
    """Read the command line and serve."""
    options = command_line().parse_args()
    world = World(options.token)
    limits = FloodLimits(world.clock, not options.no_limits, options.chat_limit, options.overall_limit)
    delivery = Delivery(world, backoff_scale=options.backoff_scale, answer_timeout=options.answer_timeout)
    run(Telegram(world, delivery, limits, seed=options.seed), options.host, options.port)


if __name__ == "__main__":
    main()
