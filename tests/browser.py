"""A headless Chromium: one found on the machine, else Debian's package, else Playwright's own download."""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.servers import FOLDERS

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Root has no sandbox; containers have a small /dev/shm.
_ARGUMENTS = ["--disable-dev-shm-usage", *(["--no-sandbox"] if os.geteuid() == 0 else [])]


def pytest_collection_finish(session: pytest.Session) -> None:
    """Install a browser before the first test that wants one, outside of any test's time limit."""
    wanted = any("browser" in _fixtures(item) for item in session.items)
    if wanted and not session.config.option.collectonly and _find() is None:
        with _one_at_a_time():
            if _find() is None:
                _install()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, headless. Not for the whole session: while it is there, this thread counts as async for Django."""
    program = _find()
    if program is None:
        pytest.fail("There is no Chromium and none could be installed: apt install chromium, or playwright install.")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=_ARGUMENTS)
        yield chromium
        chromium.close()


def _fixtures(item: pytest.Item) -> list[str]:
    return list(getattr(item, "fixturenames", ()))


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Each of several workers wants the browser, and a package manager works for one only."""
    FOLDERS.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(FOLDERS, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _find() -> str | None:
    for name in _NAMES:
        if path := shutil.which(name):
            return path
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


def _install() -> None:
    if shutil.which("apt-get") and os.geteuid() == 0:
        _run("apt-get", "update", "-qq")
        if _run("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"):
            return
    _run(sys.executable, "-m", "playwright", "install", "chromium")


def _run(*command: str) -> bool:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False).returncode == 0
