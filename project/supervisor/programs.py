"""The product's processes as programs: how each is started, and by what it is known to be ready."""

import sys
from collections.abc import Mapping
from pathlib import Path

import httpx
import psycopg

from .process import Program

CHECKOUT = Path(__file__).resolve().parent.parent.parent
_PYTHON = (sys.executable, "-m")
_GRACE = 20  # seconds for requests that are in flight when the web process is asked to end


def simulator(environment: Mapping[str, str], *, host: str, port: int, backoff_scale: float) -> Program:
    """The Telegram simulator."""
    token = environment["TELEGRAM_BOT_TOKEN"]
    return Program(
        name="simulator",
        command=(
            *_PYTHON, "simulator", "--host", host, "--port", str(port), "--token", token,
            "--backoff-scale", str(backoff_scale),
        ),
        environment=environment,
        ready=lambda: _answers(f"http://{host}:{port}/control/health"),
        directory=CHECKOUT,
    )  # fmt: skip


def web(environment: Mapping[str, str], *, host: str, port: int, simulator_url: str | None) -> Program:
    """The web process; with a simulator that brings updates it is ready when that one knows where to."""
    brought = simulator_url and environment.get("PUBLIC_URL")
    webhook = f"{simulator_url}/bot{environment['TELEGRAM_BOT_TOKEN']}/getWebhookInfo" if brought else None
    return Program(
        name="web",
        command=(
            *_PYTHON, "uvicorn", "project.asgi:application", "--host", host, "--port", str(port),
            "--loop", "uvloop", "--http", "httptools", "--lifespan", "on", "--no-access-log", "--log-level", "warning",
            "--timeout-graceful-shutdown", str(_GRACE),
        ),
        environment=environment,
        ready=lambda: _answers(f"http://{host}:{port}/healthz") and (webhook is None or _webhook_is_set(webhook)),
        patience=_GRACE + 5,
        directory=CHECKOUT,
    )  # fmt: skip


def poll(environment: Mapping[str, str], *, run: Path) -> Program:
    """What fetches updates where Telegram can't bring them; ready when it has asked for the first time."""
    sign = run / "poll-ready"
    return Program(
        name="poll",
        command=(sys.executable, "manage.py", "poll", "--ready-file", str(sign)),
        environment=environment,
        ready=sign.exists,
        # What it has brought to the web process is answered within that process's own patience.
        patience=_GRACE + 5,
        directory=CHECKOUT,
        marks=(sign,),
    )


def deliver(environment: Mapping[str, str]) -> Program:
    """The sender of the outbox; ready when the database hears it listen."""
    return Program(
        name="deliver",
        command=(sys.executable, "manage.py", "deliver"),
        environment={**environment, "PGAPPNAME": "deliver"},
        ready=lambda: _listens(environment["DATABASE_URL"], "deliver"),
        patience=20.0,
        directory=CHECKOUT,
    )


def worker(environment: Mapping[str, str], *, run: Path) -> Program:
    """The Celery worker, for all queues."""
    sign = run / "worker-ready"
    return Program(
        name="worker",
        command=(
            *_PYTHON, "celery", "-A", "project", "worker", "-Q", "celery,match.find", "--concurrency", "2",
            "-l", "WARNING", "--without-gossip", "--without-mingle", "--include", "project.supervisor.ready_sign",
        ),
        environment={**environment, "WORKER_READY_FILE": str(sign)},
        ready=sign.exists,
        patience=35.0,
        directory=CHECKOUT,
        marks=(sign,),
    )  # fmt: skip


def beat(environment: Mapping[str, str], *, run: Path) -> Program:
    """The Celery clock; ready when it has opened its schedule, in whichever format this machine's Python writes it."""
    schedule = run / "beat-schedule"
    forms = tuple(schedule.with_suffix(suffix) for suffix in ("", ".db", ".dat", ".dir", ".bak"))
    return Program(
        name="beat",
        command=(*_PYTHON, "celery", "-A", "project", "beat", "-s", str(schedule), "-l", "WARNING"),
        environment=environment,
        ready=lambda: any(form.exists() for form in forms),
        directory=CHECKOUT,
        marks=forms,
    )


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def _webhook_is_set(url: str) -> bool:
    try:
        return bool(httpx.get(url, timeout=2).json()["result"]["url"])
    except (httpx.HTTPError, ValueError, KeyError):
        return False


def _listens(database_url: str, name: str) -> bool:
    listening = (
        "SELECT EXISTS (SELECT FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name = %s AND query ILIKE 'LISTEN %%')"
    )
    try:
        with psycopg.connect(database_url, connect_timeout=2) as connection:
            row = connection.execute(listening, [name]).fetchone()
    except psycopg.OperationalError:
        return False
    return bool(row and row[0])
