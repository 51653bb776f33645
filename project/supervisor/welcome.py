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
    return "\n".join(["", paint("  Ты не один is running", 1), "", *lines, "", *_advice(configuration), ""])


def _advice(configuration: Configuration) -> list[str]:
    if configuration.simulator:
        return [
            "  With a real bot: put TELEGRAM_BOT_TOKEN=… (from @BotFather) and PUBLIC_URL=https://… (an address",
            f"  that leads to port {configuration.port} here) into .env, and start again. Ctrl-C stops everything.",
        ]
    if not configuration.public_url:
        return [
            "  The bot hears nothing yet: put PUBLIC_URL=https://… (an address that leads to port",
            f"  {configuration.port} here) into .env, and start again. Ctrl-C stops everything.",
        ]
    return ["  Ctrl-C stops everything."]
