"""Lambda as deployments meet it: runs the package that was uploaded, with the function's settings.

Each process is a Python with the package, the runtime's boto3 and nothing of this repository. It
finds this cloud by a file of AWS's, because a stage refuses to start with AWS_ENDPOINT_URL, and our
clients without boto3 by the addresses of their services.
"""

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import zipfile
from pathlib import Path
from typing import Any

import boto3

from localcloud.functions_runtime import RUNNER, Context, FunctionFailed
from localcloud.place import REGION

# What AWS's Python runtimes bring along.
_BROUGHT_ALONG = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six.py", "urllib3")
_BARE_PYTHON = Path(__file__).with_name("bare_runtime.py")


class PackagesRuntime:
    """The processes of all functions. One that is busy is not waited for: another is started."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="local-lambda-"))
        self._idle: dict[str, list[subprocess.Popen[str]]] = {}
        self._all: list[subprocess.Popen[str]] = []
        self._guard = threading.Lock()
        self._before = RUNNER.run
        _link_runtime(self._folder / "runtime")

    def install(self) -> None:
        RUNNER.run = self.run
        point = f"[default]\nregion = {REGION}\nendpoint_url = {os.environ['AWS_ENDPOINT_URL']}\n"
        (self._folder / "aws.config").write_text(point)

    def run(self, function: Any, event: str, context: Context) -> str:
        """Return the answer as JSON. Raises FunctionFailed with the words of the function."""
        kind = _kind(function)
        process = self._taken(kind, function)
        line = json.dumps({"event": json.loads(event), "context": _told(context)})
        # As Lambda does: a process that takes too long is gone, whatever it was about to do.
        killer = threading.Timer(context.get_remaining_time_in_millis() / 1000, process.kill)
        killer.start()
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(f"{line}\n")  # type: ignore[union-attr]
            process.stdin.flush()  # type: ignore[union-attr]
        said = process.stdout.readline()  # type: ignore[union-attr]
        killer.cancel()
        if not said:
            raise FunctionFailed("Runtime exited without providing a reason")
        with self._guard:
            self._idle.setdefault(kind, []).append(process)
        told = json.loads(said)
        if "errorType" in told:
            raise FunctionFailed(f"{told['errorType']}: {told['errorMessage']}")
        return str(told["answer"])

    def stop(self) -> None:
        RUNNER.run = self._before
        for process in self._all:
            process.kill()
            process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _taken(self, kind: str, function: Any) -> subprocess.Popen[str]:
        with self._guard:
            if idle := self._idle.get(kind):
                return idle.pop()
            package = self._unzipped(function)
        process = self._started(function, package)
        with self._guard:
            self._all.append(process)
        return process

    def _unzipped(self, function: Any) -> Path:
        folder: Path = self._folder / function.code_sha_256.replace("/", "_")
        if not folder.exists():
            with zipfile.ZipFile(io.BytesIO(function.code_bytes)) as package:
                package.extractall(folder)
        return folder

    def _started(self, function: Any, package: Path) -> subprocess.Popen[str]:
        runtime = self._folder / "runtime"
        words = [sys.executable, "-I", "-S", "-B", _BARE_PYTHON, package, runtime, function.handler]
        return subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=self._environment(function),
            text=True,
        )

    def _environment(self, function: Any) -> dict[str, str]:
        """What Lambda sets, and what the function was deployed with; nothing of this process."""
        return {
            "PATH": os.environ["PATH"],
            "AWS_CONFIG_FILE": str(self._folder / "aws.config"),
            "AWS_ENDPOINT_URL_DYNAMODB": os.environ["AWS_ENDPOINT_URL"],
            "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": os.environ["AWS_ENDPOINT_URL"],
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_REGION": REGION,
            "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
            "LAMBDA_TASK_ROOT": str(self._folder),
            **function.environment_vars,
        }


def _kind(function: Any) -> str:
    """Another package, other settings or another handler is another process."""
    return json.dumps(
        [function.function_name, function.code_sha_256, function.handler, function.environment_vars]
    )


def _told(context: Context) -> dict[str, Any]:
    return {
        "function_name": context.function_name,
        "function_version": context.function_version,
        "invoked_function_arn": context.invoked_function_arn,
        "memory_limit_in_mb": context.memory_limit_in_mb,
        "aws_request_id": context.aws_request_id,
        "seconds": context.get_remaining_time_in_millis() / 1000,
    }


def _link_runtime(folder: Path) -> None:
    folder.mkdir()
    installed = Path(boto3.__file__).parent.parent
    for name in _BROUGHT_ALONG:
        (folder / name).symlink_to(installed / name)
