"""What is printed once everything runs: where to go and what to do next."""

from .configuration import Configuration
from .console import paint
from .stack import Stack


def welcome(configuration: Configuration, stack: Stack, moderator: str) -> str:
    """The addresses; `moderator` is what the command that made the demo moderator printed."""
    rows = [
        ("Try the bot", f"{stack.simulator_url}/" if configuration.simulator else "in Telegram, with your own bot"),
        ("Admin", f"{stack.web_url}/admin/"),
        *[("", line.strip()) for line in moderator.splitlines() if line.strip()],
        ("API docs", f"{stack.web_url}/docs"),
        ("Metrics", f"{stack.web_url}/metrics"),
        ("Logs", f"{stack.log('web').parent}/"),
    ]
    lines = [f"  {name:<13}{value}" for name, value in rows]
    return "\n".join(["", paint("  Ты не один is running", 1), "", *lines, "", *advice(configuration), ""])


def advice(configuration: Configuration) -> list[str]:
    """What to do next, as lines."""
    if configuration.simulator:
        return [
            "  With a real bot: put TELEGRAM_BOT_TOKEN=… (from @BotFather) into .env, and start again.",
            "  Ctrl-C stops everything.",
        ]
    if not configuration.public_url:
        return [
            "  The bot fetches its messages from Telegram. With PUBLIC_URL=https://… (an address that leads to",
            f"  port {configuration.port} here) in .env Telegram brings them. Ctrl-C stops everything.",
        ]
    return ["  Ctrl-C stops everything."]
