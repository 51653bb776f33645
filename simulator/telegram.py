"""The simulated Telegram as a whole: what both the bot's side and the people's side work on."""

from __future__ import annotations

from dataclasses import dataclass, field

from simulator.calls import CallLog, Faults
from simulator.delivery import Delivery
from simulator.state import World


@dataclass(slots=True)
class Telegram:
    """State, delivery of updates, log of calls and the trouble to come."""

    world: World
    delivery: Delivery
    calls: CallLog = field(default_factory=CallLog)
    faults: Faults = field(default_factory=Faults)

    def reset(self) -> None:
        """Forget people, chats, updates, calls and faults; the bot's profile, the webhook and the ids go on."""
        self.delivery.reset()
        self.world.reset()
        self.calls.clear()
        self.faults.coming.clear()
