"""The packages as Lambda gets them, unzipped, and a way to invoke what is in them."""

import fcntl
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest

from infra import packages

# What AWS's Python runtimes bring along, and nothing else of this environment.
RUNTIME = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six.py", "urllib3")
HARNESS = Path(__file__).parent / "bare_python.py"


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build once for all test processes, for the Python that runs the tests."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    with (folder / "packages.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "build/whole").exists():
            packages.build(folder / "build", here=True)
            (folder / "build/whole").touch()
    return folder / "build"


@pytest.fixture(scope="session")
def portal_package(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unzipped(built / "portal.zip", tmp_path_factory.mktemp("portal"))


@pytest.fixture(scope="session")
def functions_package(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unzipped(built / "functions.zip", tmp_path_factory.mktemp("functions"))


def unzipped(package: Path, folder: Path) -> Path:
    with zipfile.ZipFile(package) as content:
        content.extractall(folder)
    return folder


@pytest.fixture(scope="session")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runtime")
    installed = Path(boto3.__file__).parent.parent
    for name in RUNTIME:
        (folder / name).symlink_to(installed / name)
    return folder


@pytest.fixture
def invoke(runtime: Path) -> Callable[..., list[Any]]:
    """Send events to a handler of a package, one after the other, in one bare Python."""

    def send(
        package: Path, handler: str, *events: object, brings: Path | None = runtime, **env: str
    ) -> list[Any]:
        aws = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
        run = subprocess.run(
            [sys.executable, "-I", "-S", "-B", HARNESS, package, brings or "", handler],
            input=json.dumps(events),
            env={**aws, "STAGE": "local", **env},
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stderr[-3000:]
        answers: list[Any] = json.loads(run.stdout)
        return answers

    return send


@pytest.fixture
def run_without() -> Callable[[Path], AbstractContextManager[None]]:
    """Take a file or folder out of a package for a while."""

    @contextmanager
    def without(path: Path) -> Iterator[None]:
        aside = path.with_name(f"{path.name}.aside")
        path.rename(aside)
        try:
            yield
        finally:
            aside.rename(path)

    return without
