"""A process: brings updates to a webhook as Telegram does. Standard input brings a Plan, standard output gets a Report.

Of each chat one update is under way at a time; the next comes after a 200, and a 503 is tried again when it says so.
"""

import asyncio
import random
import sys
import time
from itertools import count, cycle

import aiohttp
import uvloop

from .traffic import Plan, Report, Sent
from .updates import update

_CONNECTIONS = 100  # what the bot asks for when it registers its webhook
_PATIENCE = 60.0  # seconds that Telegram waits for an answer


class Crowd:
    """Everybody who writes."""

    def __init__(self, plan: Plan, session: aiohttp.ClientSession) -> None:
        self._plan = plan
        self._session = session
        self._headers = {"X-Telegram-Bot-Api-Secret-Token": plan.secret, "Content-Type": "application/json"}
        self._numbers = count(plan.first_number)
        self._turns = {telegram_id: asyncio.Lock() for telegram_id in plan.people}
        self._sent: list[Sent] = []

    async def write(self) -> Report:
        """Carry the plan out; what is under way when the time is over is finished."""
        began = time.monotonic()
        end = began + self._plan.seconds
        async with asyncio.TaskGroup() as group:
            if self._plan.rate is None:
                for telegram_id in self._plan.people:
                    group.create_task(self._write_on_and_on(telegram_id, until=end))
            else:
                await self._write_now_and_then(group, rate=self._plan.rate, until=end)
        return Report(began=began, ended=end, sent=self._sent)

    async def _write_on_and_on(self, telegram_id: int, *, until: float) -> None:
        while time.monotonic() < until:
            await self._write(telegram_id)

    async def _write_now_and_then(self, group: asyncio.TaskGroup, *, rate: float, until: float) -> None:
        chance = random.Random(self._plan.seed)
        due = time.monotonic()
        for telegram_id in cycle(self._plan.people):
            due += chance.expovariate(rate)
            if due > until:
                return
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            group.create_task(self._write(telegram_id))

    async def _write(self, telegram_id: int) -> None:
        async with self._turns[telegram_id]:
            number = next(self._numbers)
            body = update(act=self._plan.act, telegram_id=telegram_id, number=number)
            began = time.monotonic()
            attempts = 1
            while (pause := await self._deliver(body)) is not None:
                if time.monotonic() - began > _PATIENCE:
                    raise TimeoutError(f"update {number} was not taken within {_PATIENCE:.0f} s")
                attempts += 1
                await asyncio.sleep(pause)
            self._sent.append(Sent(telegram_id, number, began, time.monotonic(), attempts))

    async def _deliver(self, body: bytes) -> float | None:
        """Deliver once; returns the seconds until it must come again, None when it was taken."""
        async with self._session.post(self._plan.webhook, data=body, headers=self._headers) as response:
            if response.status == 503:
                return float(response.headers["Retry-After"])
            response.raise_for_status()
            return None


async def _carry_out(plan: Plan) -> Report:
    connector = aiohttp.TCPConnector(limit=_CONNECTIONS, keepalive_timeout=60)
    timeout = aiohttp.ClientTimeout(total=_PATIENCE)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        return await Crowd(plan, session).write()


def main() -> None:
    """Read the plan, carry it out, report."""
    plan = Plan.from_json(sys.stdin.read())
    sys.stdout.write(uvloop.run(_carry_out(plan)).to_json())


if __name__ == "__main__":
    main()
