"""What `make run` says at its end about the bot: what to do next."""

from dataclasses import replace

import pytest

from project.supervisor.configuration import Configuration
from project.supervisor.ports import free_port
from project.supervisor.welcome import advice


@pytest.fixture
def configuration() -> Configuration:
    """Nothing but a port."""
    return Configuration.read({"PORT": str(free_port("127.0.0.1"))})


def said(configuration: Configuration) -> str:
    """The advice."""
    return "\n".join(advice(configuration))


def test_beside_the_simulator_a_token_is_all_that_is_missing(configuration: Configuration) -> None:
    """O4: a real bot needs no https."""
    text = said(configuration)
    assert "TELEGRAM_BOT_TOKEN" in text
    assert "PUBLIC_URL" not in text


def test_a_real_bot_without_an_address_fetches(configuration: Configuration) -> None:
    """O4: and may get an address later."""
    text = said(replace(configuration, simulator_port=None))
    assert "The bot fetches its messages from Telegram" in text
    assert "PUBLIC_URL" in text


def test_a_real_bot_with_an_address_needs_nothing(configuration: Configuration) -> None:
    """O4: only how to stop."""
    text = said(replace(configuration, simulator_port=None, public_url="https://example.org"))
    assert text.rstrip().splitlines()[-1].strip() == "Ctrl-C stops everything."
    assert "PUBLIC_URL" not in text
