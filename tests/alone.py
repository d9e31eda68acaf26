"""A pytest plugin: a test marked `alone` runs while the other processes of the run wait.

It measures time, and the other tests would be in the figure.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

# The first process makes a folder for the locks; the others inherit its name.
FOLDER = "GATEHOUSE_TEST_LOCKS"


def pytest_configure() -> None:
    if "PYTEST_XDIST_WORKER" not in os.environ:
        os.environ[FOLDER] = tempfile.mkdtemp(prefix="gatehouse-locks-")


def pytest_unconfigure() -> None:
    if "PYTEST_XDIST_WORKER" not in os.environ:
        shutil.rmtree(os.environ.pop(FOLDER), ignore_errors=True)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """All pass the turnstile, so that who waits to be alone is not overtaken for ever."""
    how = fcntl.LOCK_EX if item.get_closest_marker("alone") else fcntl.LOCK_SH
    turnstile = _lock("turnstile", fcntl.LOCK_EX)
    try:
        floor = _lock("floor", how)
    finally:
        os.close(turnstile)
    try:
        return (yield)
    finally:
        os.close(floor)


def _lock(name: str, how: int) -> int:
    file = os.open(Path(os.environ[FOLDER], name), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC)
    fcntl.flock(file, how)
    return file
