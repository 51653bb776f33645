"""Privacy is a test: what people write to each other, and who they are, is found nowhere, whatever goes wrong."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Any
from urllib.parse import quote

import httpx
import psycopg
from psycopg import sql
from redis import Redis

from chat.kinds import KINDS
from project.supervisor import Stack
from simulator.client import RefusedError, Simulator
from tests.e2e.admin_pages import pages
from tests.e2e.journey import connect
from tests.e2e.traces import in_database, in_logs, in_redis

CANARY = "канарейка7f3a"
# What comes with a file, a contact, a place and the like, beside the words.
DETAILS = {
    "contact": {"phone_number": "+380671117331", "first_name": CANARY, "last_name": CANARY},
    "poll": {"question": CANARY},
    "venue": {"title": CANARY, "address": CANARY},
    "document": {"file_name": f"{CANARY}.pdf"},
    "audio": {"title": CANARY, "performer": CANARY},
}
TROUBLES: tuple[dict[str, Any], ...] = (
    {"status": 400},
    {"status": 429, "retry_after": 1},
    {"status": 500},
    {"status": 401},
    {"drop_answer": True},
    {"down": True},
)
SECRETS = (CANARY, "380671117331")


def forms(secret: str) -> set[str]:
    """As it is, and as JSON, Python and addresses write it."""
    return {secret, json.dumps(secret)[1:-1], secret.encode("unicode_escape").decode(), quote(secret)}


def found(stack: Stack, secrets: tuple[str, ...]) -> list[str]:
    """Where any of the secrets is: tables, Redis keys, logs, metrics, pages of the admin."""
    places = []
    for needle in chain.from_iterable(map(forms, secrets)):
        for search in (in_database, in_redis, in_logs):
            places += [f"{needle} in {place}" for place in search(stack, needle)]
    read = 0
    for address, text in pages(stack):
        read += 1
        places += [f"{secret} on {address}" for secret in secrets if secret in text]
    assert read > 30, "looked in the wrong place"
    return places


def breathe(stack: Stack) -> None:
    """A minute later, as far as the limit of messages knows."""
    with Redis.from_url(stack.environment["REDIS_URL"]) as redis:
        for key in redis.scan_iter(f"{stack.environment['REDIS_PREFIX']}:flood*"):
            redis.delete(key)


def test_what_people_write_is_found_nowhere(sim: Simulator, stack: Stack) -> None:
    """C3: words, captions, file names, contacts of every kind, passed on, held back, refused, edited, deleted."""
    mira, andrey = connect(sim)
    mira.sends(f"{CANARY} прямо")
    shown = andrey.sees(f"{CANARY} прямо")
    andrey.sends(f"{CANARY} ответ", reply_to=shown)
    andrey.reacts(shown, "👍")
    mira.edits(mira.sends(f"{CANARY} правка"), f"{CANARY} исправлено")
    mira.sends("/del", reply_to=mira.sends(f"{CANARY} удалено"))
    mira.sends(f"@{CANARY}_me, {CANARY}@ukr.net, t.me/{CANARY}")
    mira.sends(f"/unknown {CANARY}")
    for kind in KINDS:
        breathe(stack)
        try:
            mira.sends_media(kind.name, f"{CANARY} подпись", details=DETAILS.get(kind.name))
        except RefusedError:
            # No words come with it.
            mira.sends_media(kind.name, details=DETAILS.get(kind.name))
    for number in range(3):
        mira.sends_media("photo", f"{CANARY} альбом {number}", album="a", wait=False)
    mira.sends_media("unsupported")
    sim.wait_idle()
    for needle in forms(CANARY):
        assert in_database(stack, needle) == in_redis(stack, needle) == in_logs(stack, needle) == []
    andrey.taps("Показать")
    for _ in range(20):
        mira.sends(f"{CANARY} поток", wait=False)
    sim.wait_idle()
    andrey.sends("/end")
    andrey.taps("Завершить")
    mira.sees("Разговор закончился")
    mira.sends(f"{CANARY} в пустоту")
    assert found(stack, SECRETS) == []


def test_whatever_telegram_answers(sim: Simulator, stack: Stack) -> None:
    """C3, P8: calls that fail are counted and logged without what they would have said, to whom, or the token."""
    mira, andrey = connect(sim)
    for number, trouble in enumerate(TROUBLES):
        for method in ("copyMessage", "sendMessage"):
            sim.breaks(method, andrey, **trouble)
        mira.sends(f"{CANARY} с трудом {number}", wait=False)
        andrey.sends(f"{CANARY} ответ {number}", wait=False)
        # The next trouble comes after this one.
        sim.wait_idle(within=30)
        sim.heals()
    sim.breaks("copyMessage", andrey, status=403)
    mira.sends(f"{CANARY} напоследок")
    mira.sees("разговор закончился", within=30)
    assert found(stack, (*SECRETS, mira.username, mira.last_name, andrey.username)) == []
    for needle in (str(mira.person_id), str(andrey.person_id), stack.environment["TELEGRAM_BOT_TOKEN"]):
        assert in_logs(stack, needle) == []
        assert in_redis(stack, needle) == []


@contextmanager
def broken_table(stack: Stack, name: str) -> Iterator[None]:
    """A table is missing for a while, as after a deployment that went wrong: a bug wherever it is asked for."""
    rename = sql.SQL("ALTER TABLE {} RENAME TO {}")
    names = sql.Identifier(name), sql.Identifier(f"{name}_away")
    with psycopg.connect(stack.environment["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(rename.format(*names))
        try:
            yield
        finally:
            connection.execute(rename.format(*reversed(names)))


@contextmanager
def database_away(stack: Stack) -> Iterator[None]:
    """Nobody gets into the database, and whoever was in there is thrown out."""
    name = psycopg.conninfo.conninfo_to_dict(stack.environment["DATABASE_URL"])["dbname"]
    allow = sql.SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS {}")
    elsewhere = psycopg.conninfo.make_conninfo(stack.environment["DATABASE_URL"], dbname="postgres")
    with psycopg.connect(elsewhere, autocommit=True) as connection:
        connection.execute(allow.format(sql.Identifier(str(name)), sql.SQL("false")))
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        try:
            yield
        finally:
            connection.execute(allow.format(sql.Identifier(str(name)), sql.SQL("true")))


def until(condition: Callable[[], bool], *, within: float = 10) -> None:
    """Wait for what only a log tells."""
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_whatever_breaks_in_here(sim: Simulator, stack: Stack) -> None:
    """C3, P8: bugs in handlers, in the sender and in tasks, a database that is away, Redis that hangs up."""
    mira, andrey = connect(sim)
    with broken_table(stack, "profiles_prompt"):
        mira.sends(f"{CANARY} и ошибка")
        andrey.sends(f"/profile {CANARY}", wait=False)
        until(lambda: "webhook.bug" in stack.log("web").read_text())
    with broken_table(stack, "matching_poolentry"):
        until(lambda: "celery.app.trace" in stack.log("worker").read_text())
    sim.breaks("copyMessage", andrey, status=429, retry_after=1, times=3)
    mira.sends(f"{CANARY} в очереди")
    with broken_table(stack, "chat_chatsession"):
        until(lambda: "outbox.render_failed" in stack.log("deliver").read_text())
    with database_away(stack):
        mira.sends(f"{CANARY} без базы", wait=False)
        until(lambda: "webhook.passing_trouble" in stack.log("web").read_text())
    with Redis.from_url(stack.environment["REDIS_URL"]) as redis:
        for _ in range(3):
            redis.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            mira.sends(f"{CANARY} без связи", wait=False)
    sim.wait_idle(within=60)
    assert found(stack, (*SECRETS, mira.username, mira.last_name, andrey.username)) == []
    for needle in (str(mira.person_id), str(andrey.person_id), stack.environment["TELEGRAM_BOT_TOKEN"]):
        assert in_logs(stack, needle) == []


GARBAGE = (
    CANARY,
    f'{{"update_id": "{CANARY}"}}',
    f'{{"update_id": 1, "message": "{CANARY}"}}',
    f'{{"update_id": 2, "{CANARY}": {{}}}}',
    f'{{"update_id": 3, "message": {{"message_id": "{CANARY}", "date": "{CANARY}", "chat": {{}}}}}}',
    f'{{"update_id": 4, "callback_query": {{"id": "1", "data": "{CANARY}", "from": {{"id": 77123777123}}}}}}',
    "[" * 100_000 + CANARY,
    f'{{"update_id": 5, "{CANARY}": "{"x" * 1_100_000}"}}',
)


def test_garbage_at_the_webhook(sim: Simulator, stack: Stack) -> None:
    """C3, A3: with the right secret, and with the canary for a secret."""
    for body in GARBAGE:
        for secret in (stack.environment["TELEGRAM_WEBHOOK_SECRET"], "canary-of-a-secret"):
            headers = {"X-Telegram-Bot-Api-Secret-Token": secret}
            httpx.post(f"{stack.web_url}/telegram/webhook?q={CANARY}", content=body.encode(), headers=headers)
    for needle in (*forms(CANARY), "canary-of-a-secret", "77123777123"):
        assert in_logs(stack, needle) == []
        assert in_redis(stack, needle) == []
        assert in_database(stack, needle) == []


def test_nobodys_telegram_identity_is_where_it_does_not_belong(sim: Simulator, stack: Stack) -> None:
    """P8, D4: Telegram ids stand in one column, usernames and names nowhere; logs, Redis and admin have none of it."""
    mira, andrey = connect(sim)
    mira.sends("/report")
    mira.taps("Спам")
    assert in_database(stack, str(mira.person_id)) == ["delivery_recipient"]
    identities = [who for each in (mira, andrey) for who in (str(each.person_id), each.username, each.last_name)]
    for identity in (*identities, stack.environment["TELEGRAM_BOT_TOKEN"]):
        assert in_redis(stack, identity) == []
        assert in_logs(stack, identity) == []
    for identity in identities:
        assert identity.isdecimal() or in_database(stack, identity) == []
    read = dict(pages(stack))
    assert [(address, who) for address, text in read.items() for who in identities if who in text] == []
    assert "/admin/profiles/profile/" in [address for address, text in read.items() if "Мира" in text]
