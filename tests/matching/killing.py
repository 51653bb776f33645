"""A worker that is killed with SIGKILL, at any point of what it is doing in the database."""

import itertools
import os
import signal
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NoReturn
from unittest.mock import patch

from django.db import connection

from project.errors import DomainError


def killed_at(point: int, call: Callable[[], object]) -> bool:
    """Let a process do `call` that is killed before its statement number `point`; commits count twice, as what comes
    before and what comes after. Returns whether it came that far. What it leaves behind in the server is gone by then.
    """
    # Else the child would end the parent's session along with its own.
    connection.close()
    child = os.fork()
    if child == 0:
        _work_and_die(point, call)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "failed by itself, see above"
    _wait_until_alone()
    return os.WIFSIGNALED(status)


def _work_and_die(point: int, call: Callable[[], object]) -> NoReturn:
    passed = itertools.count(1)

    def step() -> None:
        if next(passed) == point:
            os.kill(os.getpid(), signal.SIGKILL)

    def statement(execute: Callable[..., Any], *arguments: Any) -> Any:
        step()
        return execute(*arguments)

    commit = connection.commit

    def commit_in_two_steps() -> None:
        step()
        commit()
        step()

    try:
        commits = patch.object(connection, "commit", commit_in_two_steps)
        with commits, connection.execute_wrapper(statement), suppress(DomainError):
            call()
        os._exit(0)
    except BaseException:  # noqa: BLE001  (nothing of pytest may run in this process)
        traceback.print_exc()
        os._exit(1)


def _wait_until_alone() -> None:
    """The server notices that the process is gone, and lets go of its locks."""
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    for _ in range(500):
        with connection.cursor() as cursor:
            cursor.execute(others)
            if cursor.fetchone() == (0,):
                return
        time.sleep(0.01)
    raise AssertionError("somebody is still connected")
