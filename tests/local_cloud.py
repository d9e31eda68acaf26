"""A pytest plugin: start one local cloud per test process, before Django reads its settings.

pytest-django reads the settings while it loads the first conftest.py, so a conftest would be late.
"""

import os
from collections.abc import Iterator

import pytest

from localcloud.cloud import LocalCloud

# Playwright's synchronous API keeps an event loop in the test's thread.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

_running: list[LocalCloud] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--allow-no-skips", action="store_true", help="a skipped test fails the run (CI)"
    )
    parser.addoption(
        "--long",
        action="store_true",
        help="races with 64 threads and 20 rounds, and a batch of 100,000 codes: an hour or so",
    )


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    """With several processes the first one only hands out tests and needs no cloud."""
    is_worker = "PYTEST_XDIST_WORKER" in os.environ
    if is_worker or not getattr(early_config.known_args_namespace, "numprocesses", None):
        cloud = LocalCloud.start(stage="local")
        os.environ["API_URL"] = cloud.addresses.api
        os.environ["RATE_LIMITS"] = "on"
        _running.append(cloud)
    return (yield)


def pytest_unconfigure() -> None:
    while _running:
        _running.pop().stop()


def running_cloud() -> LocalCloud:
    return _running[0]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for report in terminalreporter.stats.get("passed", []) + terminalreporter.stats.get(
        "failed", []
    ):
        for name, value in report.user_properties:
            if name == "figures" and report.when == "call":
                terminalreporter.write_line(f"  {value}")
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped:
        terminalreporter.section(f"{len(skipped)} TESTS WERE SKIPPED: see above why", sep="!")


def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and reporter.stats.get("skipped") and session.config.getoption("allow_no_skips"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
