"""A message on its way to the partner, when something changes in the meantime."""

from time import monotonic
from typing import Any

import pytest
from telegram.error import NetworkError

from chat import services
from chat.models import ChatSession
from chat.relay import Fate, Outcome, Relay, Written
from chat.routing import Route
from delivery.limits import SendLimit
from delivery.models import OutboxMessage
from profiles.models import Profile
from project.threads import in_thread
from tests.base import person
from tests.outbox import told
from tests.safety.scenes import NOON, conversation

from .relaying import CountingBot, with_relay

pytestmark = pytest.mark.django_db(transaction=True)


class NoBudget(SendLimit):
    """A budget of which nothing is left."""

    async def wait_for(self, priority: Any, *args: Any, **kwargs: Any) -> float:
        """Not now."""
        return 1.0


@pytest.fixture
def mira() -> Profile:
    """Who writes."""
    return person("Мира")


@pytest.fixture
def session(mira: Profile) -> ChatSession:
    """Her conversation with Олег, in which nothing waits."""
    session = conversation(mira, person("Олег"))
    OutboxMessage.objects.all().delete()
    return session


def written(mira: Profile, session: ChatSession, *, seconds_ago: float = 0) -> Written:
    """A message of hers that came so long ago."""
    received = monotonic() - seconds_ago
    return Written(mira.recipient.telegram_id, 41, 1041, session.started_at, "text", received)


async def routed(relay: Relay, message: Written) -> Route:
    """Where it goes."""
    route = await relay.route(message)
    assert route is not None
    return route


def test_what_took_long_is_asked_again(mira: Profile, session: ChatSession) -> None:
    """C5, S2: the conversation has ended since it was asked where it goes: not a word, and its writer is told."""
    bot, message = CountingBot(), written(mira, session, seconds_ago=1)

    async def scenario(relay: Relay) -> Outcome:
        route = await routed(relay, message)
        await in_thread(services.end, session_id=session.pk, profile_id=session.peer_of(mira.pk), now=NOON)
        return await relay.pass_on(route, message)

    with_relay(bot, scenario)
    assert bot.copies == 0
    assert "chat.unsent" in told(mira)


def test_without_budget_a_message_waits_its_turn(mira: Profile, session: ChatSession) -> None:
    """C4: nobody waits for Telegram's budget with an old answer to who talks with whom."""
    bot, message = CountingBot(), written(mira, session)

    async def scenario(relay: Relay) -> Outcome:
        return await relay.pass_on(await routed(relay, message), message)

    assert with_relay(bot, scenario, limit=NoBudget) == Outcome(Fate.QUEUED)
    assert (bot.copies, OutboxMessage.objects.get().possibly_doubled) == (0, False)


def test_what_may_have_gone_out_before_is_marked_in_the_queue(mira: Profile, session: ChatSession) -> None:
    """C4: routed, perhaps sent, then killed; brought again it has to wait, and is counted as possibly doubled."""
    message = written(mira, session)

    async def scenario(relay: Relay) -> Outcome:
        await routed(relay, message)
        return await relay.pass_on(await routed(relay, message), message)

    with_relay(CountingBot(), scenario, limit=NoBudget)
    assert OutboxMessage.objects.get().possibly_doubled


def test_what_telegram_refuses_is_not_counted(mira: Profile, session: ChatSession) -> None:
    """C3: taken back once, and counted anew where the same update comes again."""
    message = written(mira, session)

    async def scenario(relay: Relay) -> None:
        route = await routed(relay, message)
        for _ in range(2):
            await relay.uncount(route, message)
        await routed(relay, message)

    with_relay(CountingBot(NetworkError("away")), scenario)
    session.refresh_from_db()
    assert (session.msg_count_a, session.msg_count_b) == (1, 0)
