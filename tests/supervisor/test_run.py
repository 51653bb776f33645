"""`make run` as a person meets it, in a checkout of its own: starts, is unique, and leaves nothing, however it ends."""

import contextlib
import os
import shutil
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil
import pytest

from project.supervisor import dotenv, placement
from project.supervisor.ports import free_port, is_taken
from tests.supervisor.waiting import until

_CHECKOUT = Path(__file__).resolve().parents[2]
_LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "build", "tests")
_HOST = "127.0.0.1"


@dataclass
class Checkout:
    """A copy of this one, with the same packages, where `make run` was never called."""

    path: Path
    port: int = field(default_factory=lambda: free_port(_HOST))
    simulator_port: int = field(default_factory=lambda: free_port(_HOST))
    runs: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def output(self) -> Path:
        """What the last run printed."""
        return self.path / f"output-{len(self.runs)}"

    def make_run(self) -> subprocess.Popen[bytes]:
        """Call `make run` as from a terminal of its own."""
        with (self.path / f"output-{len(self.runs) + 1}").open("wb") as output:
            run = subprocess.Popen(
                ["make", "run"],
                cwd=self.path,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.runs.append(run)
        return run

    def is_up(self) -> bool:
        """Whether the last run has printed its addresses; fails when it has ended instead."""
        assert self.runs[-1].poll() is None, self.output.read_text()
        return "is running" in self.output.read_text()

    def family(self) -> list[psutil.Process]:
        """The supervisor of the last run and everything below it."""
        return psutil.Process(self.runs[-1].pid).children(recursive=True)

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        return kept | {"PORT": str(self.port), "SIMULATOR_PORT": str(self.simulator_port)}


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Checkout]:
    """An own checkout; whatever a failed test left running in it is ended."""
    path = tmp_path / "checkout"
    shutil.copytree(_CHECKOUT, path, ignore=_LEFT_OUT)
    (path / ".venv").symlink_to(_CHECKOUT / ".venv")
    checkout = Checkout(path)
    yield checkout
    for run in checkout.runs:
        if run.poll() is None:
            for process in psutil.Process(run.pid).children(recursive=True):
                # Those that it asks to end meanwhile are gone first.
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
            run.kill()
            run.wait()
    placement.discard(path / ".local")


@pytest.mark.timeout(240)
def test_a_run_leaves_nothing_however_it_ends(checkout: Checkout) -> None:
    """O4: up, answering, only once; killed at the supervisor, killed at make, and at last ended with Ctrl-C."""
    checkout.make_run()
    until(checkout.is_up, within=90)
    assert httpx.get(f"http://{_HOST}:{checkout.port}/healthz").status_code == 200
    assert httpx.get(f"http://{_HOST}:{checkout.simulator_port}/").status_code == 200
    assert stat.S_IMODE((checkout.path / ".env").stat().st_mode) == 0o600
    secrets = dotenv.read(checkout.path / ".env")

    first = checkout.family()
    _second_run_is_refused(checkout)
    _supervisor(first).kill()
    checkout.runs[0].wait(timeout=10)
    checkout.make_run()
    until(checkout.is_up, within=90)
    assert not _alive(first)

    second = checkout.family()
    checkout.runs[-1].kill()
    # Not waiting for anything: the next run has to.
    checkout.make_run()
    until(checkout.is_up, within=90)
    assert not _alive(second)
    assert dotenv.read(checkout.path / ".env") == secrets

    third = checkout.family()
    os.killpg(checkout.runs[-1].pid, signal.SIGINT)
    checkout.runs[-1].wait(timeout=60)
    assert checkout.output.read_text().splitlines()[-1].startswith(("Stopped.", "make: "))
    assert not _alive(third)
    assert not is_taken(_HOST, checkout.port)
    assert not is_taken(_HOST, checkout.simulator_port)
    assert _left_behind(checkout) == []


def test_a_taken_port_is_one_line(checkout: Checkout) -> None:
    """And nothing was started for it."""
    with socket.create_server((_HOST, checkout.port)):
        lines = _failed_run(checkout)
    assert len(lines) == 1
    assert lines[0].startswith(f"Port {checkout.port} of {_HOST} is taken: stop what listens there, or choose another")
    assert not (checkout.path / ".local" / "postgres").exists()


def test_a_broken_env_file_is_one_line(checkout: Checkout) -> None:
    """With its number."""
    (checkout.path / ".env").write_text("PORT 8000\n")
    assert _failed_run(checkout) == [".env, line 1 can't be read: write it as NAME=value."]


def _second_run_is_refused(checkout: Checkout) -> None:
    began = time.monotonic()
    lines = _failed_run(checkout)
    pid = _supervisor(psutil.Process(checkout.runs[0].pid).children()).pid
    where = f"http://{_HOST}:{checkout.port}"
    assert lines == [f"It is already running at {where}: stop it first (Ctrl-C there, or kill {pid})."]
    assert time.monotonic() - began < 10


def _failed_run(checkout: Checkout) -> list[str]:
    """The lines of a run that must not come up, without make's own."""
    assert checkout.make_run().wait(timeout=30) != 0
    return [line for line in checkout.output.read_text().splitlines() if not line.startswith("make: ")]


def _supervisor(family: list[psutil.Process]) -> psutil.Process:
    return next(process for process in family if "project.supervisor" in process.cmdline())


def _alive(processes: list[psutil.Process]) -> list[str]:
    is_alive: Callable[[psutil.Process], bool] = psutil.Process.is_running
    return [str(process) for process in processes if is_alive(process) and process.status() != psutil.STATUS_ZOMBIE]


def _left_behind(checkout: Checkout) -> list[Path]:
    """Sockets, records and locks, wherever the run may have put them."""
    places = placement.choose(checkout.path / ".local")
    folders = [checkout.path / ".local", places.sockets, places.postgres.parent]
    found = [path for folder in folders for path in folder.rglob("*")]
    return [
        path
        for path in found
        if path.is_socket() or path.name in {"postmaster.pid", "supervisor"} or path.suffix in {".pid", ".lock"}
    ]
