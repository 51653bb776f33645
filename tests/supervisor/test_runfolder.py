"""A folder belongs to one run at a time; what a killed run left in it is ended, and nothing else is."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from project.supervisor.orphans import Record
from project.supervisor.runfolder import Busy, RunFolder
from tests.supervisor.waiting import until


@pytest.fixture
def orphan(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process as a killed run leaves it; it notes that it was asked to end."""
    code = (
        "import pathlib, signal, sys, time\n"
        f"def end(*_): pathlib.Path({str(tmp_path / 'asked')!r}).touch(); sys.exit()\n"
        f"signal.signal(signal.SIGTERM, end); pathlib.Path({str(tmp_path / 'up')!r}).touch(); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-I", "-c", code]) as process:
        until((tmp_path / "up").exists)
        yield process
        process.kill()


def test_the_folder_is_gone_afterwards(tmp_path: Path) -> None:
    """Neither the folder nor a lock is left."""
    with RunFolder(tmp_path / "run") as folder:
        (folder.path / "something").touch()
    assert not (tmp_path / "run").exists()


def test_a_second_holder_is_refused(tmp_path: Path) -> None:
    """Two runs at once never share a folder."""
    with RunFolder(tmp_path / "run"), pytest.raises(Busy), RunFolder(tmp_path / "run"):
        pytest.fail("both have it")


def test_a_killed_holder_holds_nothing(tmp_path: Path) -> None:
    """After kill -9 the folder is free, and empty for the next."""
    path = tmp_path / "run"
    code = (
        "import pathlib, time; from project.supervisor.runfolder import RunFolder\n"
        f"with RunFolder(pathlib.Path({str(path)!r})) as folder: (folder.path / 'held').touch(); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parents[2])
    until((path / "held").exists)
    with pytest.raises(Busy), RunFolder(path):
        pass
    holder.kill()
    holder.wait()
    with RunFolder(path):
        assert list(path.iterdir()) == []


def test_an_orphan_is_asked_to_end(tmp_path: Path, orphan: subprocess.Popen[bytes]) -> None:
    """A recorded process that still runs gets its signal, and is gone before the new run begins."""
    Record.of(orphan.pid, signal.SIGTERM).write(_recorded(tmp_path))
    with RunFolder(tmp_path / "run"):
        assert (tmp_path / "asked").exists()
        assert not psutil.pid_exists(orphan.pid)


def test_a_stranger_with_the_same_number_is_left_alone(tmp_path: Path, orphan: subprocess.Popen[bytes]) -> None:
    """Numbers are used again; the start time tells."""
    true = Record.of(orphan.pid, signal.SIGTERM)
    Record(pid=true.pid, started=true.started - 100, stop_signal=true.stop_signal).write(_recorded(tmp_path))
    with RunFolder(tmp_path / "run"):
        assert orphan.poll() is None


def test_a_damaged_record_does_not_stop_the_run(tmp_path: Path) -> None:
    """A machine that lost power may leave half a record."""
    _recorded(tmp_path).write_text('{"pid": 1')
    with RunFolder(tmp_path / "run") as folder:
        assert os.listdir(folder.path) == []


def _recorded(tmp_path: Path) -> Path:
    (tmp_path / "run").mkdir()
    return tmp_path / "run" / "sample.pid"
