"""One lock per AWS service in front of moto, which is threaded and otherwise not atomic."""

import re
import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import unquote

_SCOPE = re.compile(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/aws4_request")

# A receive call may wait 20 s for a message: under a lock it would stop every sender.
_NEVER_LOCKED = {"", "sqs"}

# Customers call these without a signature; the operation is in the target header.
_UNSIGNED = {"AWSCognitoIdentityProviderService": "cognito-idp"}


class Locks:
    def __init__(self) -> None:
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()
        self._mine = threading.local()

    @contextmanager
    def held(self, service: str) -> Iterator[None]:
        with self._lock(service):
            self._mine.service = service
            try:
                yield
            finally:
                self._mine.service = None

    @contextmanager
    def let_go(self, service: str) -> Iterator[None]:
        """Give the lock back while this thread waits for code that may call the same service."""
        if getattr(self._mine, "service", None) != service:
            yield
            return
        lock = self._lock(service)
        lock.release()
        try:
            yield
        finally:
            lock.acquire()

    @contextmanager
    def all_held(self) -> Iterator[None]:
        with ExitStack() as stack:
            for service in sorted(self._locks):
                stack.enter_context(self._lock(service))
            yield

    def _lock(self, service: str) -> threading.Lock:
        with self._guard:
            return self._locks.setdefault(service, threading.Lock())


LOCKS = Locks()


class OneAtATime:
    """The WSGI application in front of moto: calls of one service run one after another."""

    def __init__(self, application: Any) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        service = service_of(environ)
        if service in _NEVER_LOCKED:
            answer: Iterable[bytes] = self._application(environ, start_response)
            return answer
        with LOCKS.held(service):
            return list(self._application(environ, start_response))


def service_of(environ: dict[str, Any]) -> str:
    """Return the service a request is signed for, or '' where nothing tells."""
    signed = environ.get("HTTP_AUTHORIZATION", "")
    if found := _SCOPE.search(signed):
        return found.group(1)
    query = unquote(environ.get("QUERY_STRING", ""))
    if found := _SCOPE.search(query):
        return found.group(1)
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    return _UNSIGNED.get(target.partition(".")[0], "")
