"""Processes are kept running, ended in good order, and given up when they can't be helped."""

import signal
import sys
from pathlib import Path

import psutil
import pytest

from project.supervisor import CannotStart
from project.supervisor.keeper import Keeper
from tests.supervisor.conftest import MakeProgram
from tests.supervisor.waiting import until

SLEEP = "import time; time.sleep(60)"


def always() -> bool:
    """A program that is ready as soon as it runs."""
    return True


def test_a_killed_process_is_started_again(keeper: Keeper, program: MakeProgram) -> None:
    """After kill -9 there is a new process under the same name."""
    keeper.start(program(SLEEP))
    keeper.watch()
    first = keeper.pid("sample")
    keeper.kill("sample")
    until(lambda: keeper.pid("sample") not in {None, first})


def test_a_stopped_process_stays_stopped_until_started(keeper: Keeper, program: MakeProgram) -> None:
    """Stopping on purpose is not a death."""
    keeper.start(program(SLEEP, ready=always))
    keeper.watch()
    keeper.stop("sample")
    with pytest.raises(AssertionError):
        until(lambda: keeper.pid("sample"), within=0.6)
    keeper.start_again("sample")
    keeper.wait_ready("sample", within=5)


def test_five_deaths_within_a_minute_are_the_end(keeper: Keeper, program: MakeProgram) -> None:
    """The keeper gives up with one line and the end of the log."""
    keeper.start(program("print('out of luck'); raise SystemExit(7)"))
    keeper.watch()
    assert keeper.failure.wait(15)
    assert keeper.trouble
    assert "sample died 5 times within a minute (exit code 7)" in str(keeper.trouble)
    assert keeper.trouble.details.splitlines() == ["out of luck"] * 5


def test_a_death_while_starting_is_told_at_once(keeper: Keeper, program: MakeProgram) -> None:
    """Nobody waits for a process that is gone."""
    keeper.start(program("print('no such thing'); raise SystemExit(3)"))
    with pytest.raises(CannotStart, match=r"sample ended while it was starting \(exit code 3\)") as caught:
        keeper.wait_ready("sample", within=30)
    assert caught.value.details == "no such thing"


def test_what_is_never_ready_is_told(keeper: Keeper, program: MakeProgram) -> None:
    """A process that runs but does not answer fails the start."""
    keeper.start(program(SLEEP))
    with pytest.raises(CannotStart, match="not ready within"):
        keeper.wait_ready("sample", within=0.2)


def test_stopping_lets_a_process_finish(keeper: Keeper, program: MakeProgram, tmp_path: Path) -> None:
    """The process is asked and may end its work."""
    started, finished = tmp_path / "started", tmp_path / "finished"
    code = (
        "import signal, sys, time, pathlib\n"
        f"def end(*_): time.sleep(0.2); pathlib.Path({str(finished)!r}).touch(); sys.exit()\n"
        f"signal.signal(signal.SIGTERM, end); pathlib.Path({str(started)!r}).touch(); time.sleep(60)"
    )
    keeper.start(program(code, ready=started.exists))
    keeper.wait_ready("sample", within=5)
    keeper.stop("sample")
    assert finished.exists()


def test_who_does_not_listen_is_killed_with_all_children(keeper: Keeper, program: MakeProgram, tmp_path: Path) -> None:
    """A process that ignores the signal ends when its patience is over, and so does what it started."""
    note = tmp_path / "child"
    code = (
        "import signal, subprocess, sys, time, pathlib\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        f"pathlib.Path({str(note)!r}).write_text(str(child.pid)); time.sleep(60)"
    )
    keeper.start(program(code, patience=0.3, ready=lambda: note.exists() and bool(note.read_text())))
    keeper.wait_ready("sample", within=5)
    keeper.stop("sample")
    assert keeper.pid("sample") is None
    until(lambda: not psutil.pid_exists(int(note.read_text())) or _is_zombie(int(note.read_text())))


def test_hurrying_ends_the_waiting(keeper: Keeper, program: MakeProgram, tmp_path: Path) -> None:
    """A second Ctrl-C, while a process takes its time, kills it."""
    started = tmp_path / "started"
    code = (
        "import signal, time, pathlib; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"pathlib.Path({str(started)!r}).touch(); time.sleep(60)"
    )
    keeper.start(program(code, patience=30, ready=started.exists))
    keeper.wait_ready("sample", within=5)
    signal.signal(signal.SIGALRM, lambda *_: keeper.hurry())
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    keeper.stop("sample")
    assert keeper.pid("sample") is None


def test_a_process_ends_with_whoever_started_it(tmp_path: Path) -> None:
    """After kill -9 of the supervisor its children are told by the kernel, without any next run."""
    note = tmp_path / "child"
    code = (
        "import os, pathlib, signal, subprocess, sys, time\n"
        "from project.supervisor.process import launching\n"
        f"command = launching((sys.executable, '-c', {SLEEP!r}), user=None, stop_signal=signal.SIGTERM)\n"
        "child = subprocess.Popen(command, start_new_session=True)\n"
        f"pathlib.Path({str(note)!r}).write_text(str(child.pid)); time.sleep(60)"
    )
    parent = psutil.Popen([sys.executable, "-c", code], cwd=Path(__file__).parents[2])
    until(lambda: note.exists() and note.read_text())
    child = psutil.Process(int(note.read_text()))
    # While it becomes the other program it has no command line at all.
    until(lambda: child.cmdline()[1:] == ["-c", SLEEP])
    parent.kill()
    parent.wait()
    child.wait(timeout=5)


def _is_zombie(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True
