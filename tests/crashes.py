"""Dying, or being failed by AWS, at every single call of a piece of work.

The work runs in a forked process, so a kill is a kill: no `finally`, no `except`, nothing. What the
database and the cloud hold afterwards is what a real crash leaves.
"""

import itertools
import os
import signal
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ReadTimeoutError
from botocore.httpsession import URLLib3Session
from django.db import connection, connections
from kombu import pools
from kombu.transport.SQS import Channel

from adapters.aws import client
from portal.celery import app

KINDS = ("killed before", "killed after", "answer lost", "throttled", "broken")
SERVICES = ("dynamodb", "cognito-idp", "apigateway", "sqs", "sesv2")
LONGEST = 64


@dataclass
class Point:
    """One fault: what happens at which call (counted from 0) of the work."""

    kind: str
    call: int


class Fault:
    """Counts calls, and makes one of them go wrong however often boto3 repeats it."""

    def __init__(self, point: Point | None) -> None:
        self.point = point
        self.calls: list[str] = []

    def install(self) -> None:
        for service in SERVICES:
            for manner in ({}, {"repeats": False}, {"hurried": True}):
                self.watch(client(service, **manner))
        _after(Channel, "new_sqs_client", self.watch, of_result=True)

    def watch(self, sender: Any) -> None:
        sender._endpoint.http_session = URLLib3Session()  # sockets of the parent are not ours
        sender.meta.events.register("before-call", self._count)
        sender.meta.events.register("before-send", self._strike)

    def _count(self, model: Any, **_: Any) -> None:
        self.calls.append(model.name)

    def _strike(self, request: Any, **_: Any) -> AWSResponse | None:
        if self.point is None or len(self.calls) - 1 != self.point.call:
            return None
        match self.point.kind:
            case "killed before":
                os.kill(os.getpid(), signal.SIGKILL)
            case "killed after":
                URLLib3Session().send(request)
                os.kill(os.getpid(), signal.SIGKILL)
            case "answer lost":
                URLLib3Session().send(request)
                raise ReadTimeoutError(endpoint_url=request.url)
            case "throttled":
                return _answer(request, 400, "ThrottlingException")
            case "broken":
                return _answer(request, 500, "InternalServerError")
        return None


def calls_of(work: Callable[[], Any]) -> list[str]:
    """Do the work in a child and return the names of the AWS operations that it called."""
    reading, writing = os.pipe()
    fault = Fault(None)

    def report() -> None:
        os.write(writing, " ".join(fault.calls).encode())

    ended = _in_child(fault, work, report)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        names = pipe.read().split()
    assert ended == 0, "the work fails even without a fault"
    return names


def strike(work: Callable[[], Any], point: Point) -> bool:
    """Do the work in a child with one fault; say whether it got to its end."""
    return _in_child(Fault(point), work, lambda: None) == 0


def killed_after(work: Callable[[], Any], seconds: float) -> bool:
    """Do the work in a child and kill it from outside; say whether it was still at it."""
    pid = _child(Fault(None), work, lambda: None)
    time.sleep(seconds)
    os.kill(pid, signal.SIGKILL)
    return os.waitpid(pid, 0)[1] == signal.SIGKILL


def killed_before_statement(work: Callable[[], Any], number: int) -> bool:
    """Do the work in a child that dies before this statement of SQL, commits included; say whether
    it came so far. The first is number 0."""
    numbers = itertools.count()

    def strike() -> None:
        if next(numbers) == number:
            os.kill(os.getpid(), signal.SIGKILL)

    def counted(execute: Any, *args: Any) -> Any:
        strike()
        return execute(*args)

    def watched() -> None:
        commit = connection._commit
        connection._commit = lambda: (strike(), commit())
        with connection.execute_wrapper(counted):
            work()

    return _in_child(Fault(None), watched, lambda: None) == signal.SIGKILL


def _in_child(fault: Fault, work: Callable[[], Any], report: Callable[[], None]) -> int:
    return os.waitpid(_child(fault, work, report), 0)[1]


def _child(fault: Fault, work: Callable[[], Any], report: Callable[[], None]) -> int:
    """Return the number of the process, which has begun."""
    connections.close_all()
    pid = os.fork()
    if pid:
        return pid
    code = 3
    try:
        _forget_connections()
        fault.install()
        work()
        report()
        code = 0
    except BaseException:  # the child must never return into the test
        if fault.point is None:
            traceback.print_exc()
    finally:
        os._exit(code)


def _answer(request: Any, status: int, code: str) -> AWSResponse:
    response = AWSResponse(request.url, status, {"x-amzn-errortype": code}, None)
    response._content = b'{"__type": "%s", "message": "injected"}' % code.encode()
    return response


def _forget_connections() -> None:
    """Those of the parent would send messages past the fault: kombu keeps them where the child
    finds them, because its broker has the same address."""
    app._after_fork()
    pools.producers.clear()
    pools.connections.clear()


def _after(owner: type, name: str, then: Callable[[Any], None], *, of_result: bool = False) -> None:
    """Let `then` see what a method made, in this child only."""
    original = getattr(owner, name)

    def wrapped(self: Any, *args: Any, **kwargs: Any) -> Any:
        result = original(self, *args, **kwargs)
        then(result if of_result else self)
        return result

    setattr(owner, name, wrapped)


@contextmanager
def quiet_retries() -> Iterator[None]:
    """Let boto3 repeat without pausing: the faults here do not go away by waiting."""
    from botocore.retries import standard

    original = standard.ExponentialBackoff.delay_amount
    standard.ExponentialBackoff.delay_amount = lambda self, context: 0
    try:
        yield
    finally:
        standard.ExponentialBackoff.delay_amount = original
