"""Lambda's stand-in: runs a function's handler from this repository, in this process.

Where deployments are rehearsed, localcloud/packages_runtime.py runs what was uploaded instead.
"""

import importlib
import json
import logging
import math
import threading
import time
import traceback
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from moto.awslambda.exceptions import UnknownFunctionException
from moto.awslambda.utils import get_backend
from moto.awslambda_simple.models import LambdaSimpleBackend

from localcloud.corrections import Corrections
from localcloud.place import ACCOUNT, REGION

corrections = Corrections()

_log = logging.getLogger(__name__)


class InvocationError(Exception):
    """There is no answer of the function."""


class UnknownFunction(InvocationError):
    """No function of this name was created."""


class FunctionFailed(InvocationError):
    """The handler raised, could not be imported, or answered what JSON cannot hold."""


class FunctionTimedOut(InvocationError):
    """The handler did not answer within the function's timeout."""


class CallerGaveUp(InvocationError):
    """The handler had time left, but who called it did not wait longer."""


@dataclass(frozen=True)
class Context:
    """What Lambda tells a handler about its own invocation."""

    function_name: str
    invoked_function_arn: str
    memory_limit_in_mb: str
    deadline: float
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    function_version: str = "$LATEST"
    log_stream_name: str = "local"
    identity: None = None
    client_context: None = None

    @property
    def log_group_name(self) -> str:
        return f"/aws/lambda/{self.function_name}"

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self.deadline - time.monotonic()) * 1000))


Runner = Callable[[Any, str, Context], str]


def _from_the_repository(function: Any, event: str, context: Context) -> str:
    return json.dumps(_imported(function.handler)(json.loads(event), context))


@dataclass
class _Runner:
    """How a function's event becomes its answer, both as JSON."""

    run: Runner = _from_the_repository


RUNNER = _Runner()


class _Invocation:
    """One call of a handler in a thread of its own, which is left alone when time is up."""

    def __init__(self, function: Any, event: Any) -> None:
        self._function = function
        self._event = json.dumps(event)
        self._seconds = float(function.timeout)
        self._answer: str | None = None
        self._error: FunctionFailed | None = None

    def run(self, at_most: float) -> Any:
        thread = threading.Thread(target=self._call, daemon=True)
        thread.start()
        thread.join(min(self._seconds, at_most))
        if thread.is_alive() and at_most <= self._seconds:
            raise CallerGaveUp(f"No answer after {at_most:.2f} seconds")
        if thread.is_alive():
            raise FunctionTimedOut(f"Task timed out after {self._seconds:.2f} seconds")
        if self._error:
            raise self._error
        return json.loads(self._answer or "null")

    def _call(self) -> None:
        # Lambda's runtime is the outermost door of a handler: whatever it raises becomes an answer.
        try:
            self._answer = RUNNER.run(self._function, self._event, self._context())
        except Exception as error:
            self._error = FunctionFailed(str(error))
            self._error.__cause__ = error
            _log.error("%s %s", self._function.function_name, _place_of(error))

    def _context(self) -> Context:
        return Context(
            function_name=self._function.function_name,
            invoked_function_arn=self._function.function_arn,
            memory_limit_in_mb=str(self._function.memory_size),
            deadline=time.monotonic() + self._seconds,
        )


@corrections.of(LambdaSimpleBackend, "invoke")
def answer_invoke(
    stock: Any,
    backend: Any,
    function_name: str,
    qualifier: str | None,
    body: Any,
    headers: Any,
    response_headers: dict[str, str],
) -> bytes:
    """Lambda's Invoke: moto sends the event back, this runs the handler."""
    try:
        answer = invoke(function_name, json.loads(body or "{}"), at_most=math.inf)
    except (FunctionFailed, FunctionTimedOut) as error:
        response_headers["x-amz-function-error"] = "Unhandled"
        answer = {"errorMessage": str(error), "errorType": type(error).__name__}
    return json.dumps(answer).encode()


def invoke(name_or_arn: str, event: Any, *, at_most: float) -> Any:
    """Run the function and return its answer as JSON would carry it.

    It has its own timeout, and the caller waits for `at_most` seconds. Raises
    UnknownFunction, FunctionFailed, FunctionTimedOut or CallerGaveUp.
    """
    return _Invocation(_function(name_or_arn), event).run(at_most)


def _function(name_or_arn: str) -> Any:
    try:
        return get_backend(ACCOUNT, REGION).get_function(name_or_arn)
    except UnknownFunctionException as error:
        raise UnknownFunction(name_or_arn) from error


def _imported(handler: str) -> Any:
    module, _, name = handler.rpartition(".")
    return getattr(importlib.import_module(module), name)


def _place_of(error: Exception) -> str:
    """Say what was raised and where, but not its text: that may quote a token or a key."""
    frames = traceback.extract_tb(error.__traceback__)
    last = frames[-1]
    return f"raised {type(error).__name__} in {last.name}, line {last.lineno} of {last.filename}"
