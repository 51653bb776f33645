"""pytest plugin: a run in which something was skipped did not show what it should, so it fails and names it."""

import pytest


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Turn an otherwise green run with skipped tests into a failed one."""
    if _skipped(session.config) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name what was skipped."""
    skipped = _skipped(terminalreporter.config)
    if skipped:
        terminalreporter.section("Skipped, so this run fails", red=True)
        for report in skipped:
            terminalreporter.line(report.nodeid)


def _skipped(config: pytest.Config) -> list[pytest.TestReport]:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return list(reporter.stats.get("skipped", [])) if reporter else []
