"""Starting cold: what a person waits for when Lambda begins a new process."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import boto3

from benchmarks.rows import Row, side_by_side
from infra import packages

RUNTIME = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six.py", "urllib3")

REQUEST = {
    "path": "/",
    "httpMethod": "GET",
    "headers": {"Host": "localhost"},
    "requestContext": {"identity": {"sourceIp": "192.0.2.1"}},
    "body": None,
}
DJANGO = "import django; django.setup()"
PORTAL = f"""
from portal.lambda_entry import handler
answer = handler({REQUEST!r}, None)
assert answer["statusCode"] == 200, answer
"""


def rows(folder: Path) -> list[Row]:
    return [_token_trigger(), _portal(folder)]


def _token_trigger() -> Row:
    instructions = shutil.which("valgrind") is not None
    figure = _instructions if instructions else _import_seconds
    _python("import functions.generate_token, botocore.session")  # compiled files are there now
    start = figure("pass")
    ours, peer, ratio = side_by_side(
        lambda: figure("import functions.generate_token") - start,
        lambda: figure("import botocore.session") - start,
        rounds=1 if instructions else 9,
    )
    return Row(
        name="import of the token trigger",
        ours=ours / 1e6 if instructions else ours * 1e3,
        peer=peer / 1e6 if instructions else peer * 1e3,
        ratio=ratio,
        unit="million instructions" if instructions else "ms of CPU time",
        against="import botocore.session",
        at_most=0.6,
        note="both without the start of Python",
    )


def _instructions(code: str) -> float:
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    told = _python(code, *command).stderr
    found = re.search(r"Collected : (\d+)", told)
    if not found:
        raise AssertionError(told[-500:])
    return float(found[1])


def _import_seconds(code: str) -> float:
    timed = f"import time; {code}; print(time.process_time())"
    return float(_python(timed).stdout)


def _python(code: str, *before: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*before, sys.executable, "-c", code],
        env={"PATH": os.environ["PATH"], "PYTHONHASHSEED": "0"},
        cwd=packages.ROOT,
        capture_output=True,
        text=True,
        check=True,
    )


def _portal(folder: Path) -> Row:
    package, runtime = _package(folder)
    ours, peer, ratio = side_by_side(
        lambda: _cold(package, runtime, PORTAL),
        lambda: _cold(package, runtime, DJANGO),
        rounds=5,
    )
    return Row(
        name="the portal's package: import and first page",
        ours=ours * 1e3,
        peer=peer * 1e3,
        ratio=ratio,
        unit="ms of CPU time",
        against="django.setup() with the same settings",
        at_most=1.35,
        note="nothing compiled before, as on Lambda's read-only disk; compiled it is 1.3",
    )


def _package(folder: Path) -> tuple[Path, Path]:
    built, _functions = packages.build(packages.ROOT / "build/here", here=True)
    package, runtime = folder / "package", folder / "runtime"
    with zipfile.ZipFile(built) as content:
        content.extractall(package)
    runtime.mkdir()
    for name in RUNTIME:
        (runtime / name).symlink_to(Path(boto3.__file__).parent.parent / name)
    return package, runtime


def _cold(package: Path, runtime: Path, code: str) -> float:
    """Return the CPU seconds that the code takes in a new Python with nothing but the package."""
    paths = json.dumps([str(package)]), json.dumps([str(runtime)])
    timed = (
        f"import sys, time; sys.path[:] = {paths[0]} + sys.path + {paths[1]}\n"
        f"started = time.process_time()\n{code}\n"
        "print('CPU', time.process_time() - started)"
    )
    told = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", timed],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "portal.settings"},
        cwd=package,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return float(told.rpartition("CPU ")[2])
