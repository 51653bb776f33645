"""`python -m simulator --port 8081 --token 1234567890:AA…`"""

from __future__ import annotations

import argparse
import re

from simulator.delivery import ANSWER_TIMEOUT_SECONDS, Delivery
from simulator.server import run
from simulator.state import World
from simulator.telegram import Telegram


def _token(written: str) -> str:
    if not re.fullmatch(r"\d{3,20}:[A-Za-z0-9_-]{3,100}", written):
        raise argparse.ArgumentTypeError("a bot's token looks like 1234567890:AAbbCC")
    return written


def main() -> None:
    """Read the command line and serve."""
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
    options = parser.parse_args()
    world = World(options.token)
    delivery = Delivery(world, backoff_scale=options.backoff_scale, answer_timeout=options.answer_timeout)
    run(Telegram(world, delivery), options.host, options.port)


if __name__ == "__main__":
    main()
