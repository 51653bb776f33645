"""The alert rules: they ask for what is measured, each is tested, and say what to do when they can't be."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.cache import cache

from project.metrics import exposition
from tests.servers import ROOT

RULES = ROOT / "ops" / "prometheus"
ALERTS = (RULES / "alerts.yml").read_text()
_NAME = r"\b[a-z]+(?:_[a-z]+)+\b(?!\()"


@pytest.mark.django_db
def test_they_ask_for_what_is_measured() -> None:
    """O1, O2: every metric in a rule is one of those that /metrics has, so that a new name can't silence an alert."""
    asked = {name for rule in re.findall(r"expr: (.*)", ALERTS) for name in re.findall(_NAME, rule)}
    cache.clear()
    body, _ = exposition()
    measured = set(re.findall(r"^# TYPE (\S+)", body.decode(), flags=re.MULTILINE))
    assert len(asked) > 5
    assert {name.removesuffix("_bucket") for name in asked} <= measured


def test_each_is_seen_to_fire_and_to_be_quiet() -> None:
    """O2: each rule has a test with an alert and one without."""
    tests = "".join(path.read_text() for path in (RULES / "tests").glob("*.yml"))
    for name in re.findall(r"alert: (\w+)", ALERTS):
        assert re.search(rf"alertname: {name}\n", tests), name
        assert re.search(rf"alertname: {name}, exp_alerts: \[\]", tests), name


def test_without_promtool_one_line_says_what_to_do(tmp_path: Path) -> None:
    """O2: where none is installed and none can be fetched."""
    (tmp_path / ".ci").mkdir()
    script = shutil.copy(ROOT / ".ci" / "promtool.py", tmp_path / ".ci")
    done = subprocess.run([sys.executable, script], env={"PATH": ""}, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == ""
    assert re.fullmatch(r"There is no promtool .*: install Prometheus .* and run it again\.\n", done.stdout)
