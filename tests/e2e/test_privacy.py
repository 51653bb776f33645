"""Privacy is a test: what people write to each other is found nowhere."""

from project.supervisor import Stack
from simulator.client import Simulator
from tests.e2e.journey import connect
from tests.e2e.traces import in_database, in_logs, in_redis

CANARY = "канарейка7f3a"


def test_what_people_write_is_found_nowhere(sim: Simulator, stack: Stack) -> None:
    """C3: no message content in the database, Redis, logs, Celery or metrics, on the good path and on every bad one."""
    mira, andrey = connect(sim)
    mira.sends(f"{CANARY} прямо")
    andrey.sees(f"{CANARY} прямо")
    sim.breaks("copyMessage", andrey, status=429, retry_after=1)
    mira.sends(f"{CANARY} через очередь")
    andrey.sees(f"{CANARY} через очередь", within=10)
    sim.breaks("copyMessage", andrey, status=400)
    mira.sends(f"{CANARY} отказ")
    sim.breaks("copyMessage", andrey, drop_answer=True)
    mira.sends(f"{CANARY} потерянный ответ")
    mira.sends_media("photo", f"{CANARY} подпись")
    mira.edits(mira.sends(f"{CANARY} правка"), f"{CANARY} исправлено")
    mira.sends(f"/unknown {CANARY}")
    andrey.sends("/end")
    andrey.taps("Завершить")
    mira.sees("Разговор закончился")
    mira.sends(f"{CANARY} в пустоту")

    for encoded in (CANARY, CANARY.encode("unicode_escape").decode()):
        assert in_database(stack, encoded) == []
        assert in_redis(stack, encoded) == []
        assert in_logs(stack, encoded) == []


def test_nobodys_telegram_identity_is_where_it_does_not_belong(sim: Simulator, stack: Stack) -> None:
    """P8: Telegram ids stand in one column; usernames and names nowhere; none of it in logs, Redis or metrics."""
    mira, _ = connect(sim)
    assert in_database(stack, str(mira.person_id)) == ["delivery_recipient"]
    for identity in (str(mira.person_id), mira.username, mira.last_name, stack.environment["TELEGRAM_BOT_TOKEN"]):
        assert in_redis(stack, identity) == []
        assert in_logs(stack, identity) == []
    for identity in (mira.username, mira.last_name):
        assert in_database(stack, identity) == []
