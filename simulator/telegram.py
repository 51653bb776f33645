"""The simulated Telegram as a whole: what both the bot's side and the people's side work on."""

from __future__ import annotations

from simulator.calls import CallLog
from simulator.delivery import Delivery
from simulator.limits import FloodLimits
from simulator.state import World
from simulator.trouble import Faults


class Telegram:
    """State, delivery of updates, log of calls, the trouble that is on, and limits for a bot that is too quick.

    `seed` decides which calls a fault with a probability hits.
    """

    def __init__(self, world: World, delivery: Delivery, limits: FloodLimits | None = None, *, seed: int = 0) -> None:
        self.world = world
        self.delivery = delivery
        self.calls = CallLog()
        self.limits = limits or FloodLimits(world.clock)
        self.faults = Faults(self._faults_changed, seed=seed)

    def reset(self) -> None:
        """Forget people, chats, updates, calls and faults; the bot's profile, the webhook and the ids go on."""
        self.faults.clear()
        self.delivery.reset()
        self.world.reset()
        self.calls.clear()
        self.limits.forget()

    def limits_changed(self) -> None:
        """Let everybody who looks know what the limits are now."""
        self.world.broadcast.publish(None, "limits", limits=self.limits.described())

    def _faults_changed(self) -> None:
        self.delivery.set_online(not self.faults.down)
        self.world.broadcast.publish(None, "faults", faults=[fault.described() for fault in self.faults])
