"""A platform as an HTTP server on a free port of the loopback: what all of them share.

Whatever the contract does not allow is answered 4xx and noted in `complaints`.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


class Broken(Exception):
    """The request is against the contract."""


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


@dataclass
class Subscriber:
    """One person there; `state` is in the platform's own words."""

    id: str
    email: str
    state: str
    first_name: str = ""
    tags: set[str] = field(default_factory=set)


Reply = tuple[int, Any]


class StandIn:
    """A platform that keeps `people` by address."""

    key = "secret-key-of-tests"
    audience = ""
    # What the platform calls these: subscribed, waiting for a confirmation, opted out, no address.
    active = pending = opted_out = invalid = ""
    tag = "launch-2026"

    def __init__(self) -> None:
        self.people: dict[str, Subscriber] = {}
        self.requests: list[Request] = []
        self.complaints: list[str] = []
        # Addresses that are answered as no address at all.
        self.no_addresses: set[str] = set()
        self.came_at: list[float] = []
        self.url = ""
        self.most_at_once = 0
        self._inside = 0
        self._failures: list[tuple[int, str]] = []
        self._before_writing: list[Callable[[], None]] = []
        self._lock = threading.Lock()

    # What a test has happen there

    def add(self, email: str, state: str) -> Subscriber:
        person = Subscriber(str(1000 + len(self.people)), email, state)
        self.people[email] = person
        return person

    def fail(self, status: int, times: int = 1, text: str = "Retry later") -> None:
        """Answer the next requests so; 0 hangs up without an answer."""
        self._failures += [(status, text)] * times

    def before_writing(self, happen: Callable[[], None]) -> None:
        """Let this happen between our look and our first writing request."""
        self._before_writing.append(happen)

    def opt_out(self, email: str) -> None:
        self.people.setdefault(email, Subscriber("77", email, self.active))
        self.people[email].state = self.opted_out

    def standing(self, email: str) -> str:
        return self.people[email].state if email in self.people else "absent"

    # The server

    def answer(self, request: Request) -> Reply:
        """Raises Broken for what is not in the contract."""
        raise NotImplementedError

    def handle(self, request: Request) -> Reply | None:
        with self._lock:
            self.requests.append(request)
            self.came_at.append(time.monotonic())
            if self._failures:
                status, text = self._failures.pop(0)
                return (status, text) if status else None
            if request.method != "GET" and self._before_writing:
                self._before_writing.pop(0)()
            try:
                return self.answer(request)
            except Broken as error:
                self.complaints.append(f"{request.method} {request.path}: {error}")
                return 400, {"title": "Contract", "detail": str(error)}

    @contextmanager
    def counting(self) -> Iterator[None]:
        with self._lock:
            self._inside += 1
            self.most_at_once = max(self.most_at_once, self._inside)
        try:
            yield
        finally:
            with self._lock:
                self._inside -= 1

    @contextmanager
    def running(self) -> Iterator["StandIn"]:
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


def require(is_so: bool, what: str) -> None:
    if not is_so:
        raise Broken(what)


def _handler_of(platform: StandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _do(self) -> None:
            with platform.counting():
                reply = platform.handle(self._request())
            self.close_connection = True
            if reply is None:
                return
            status, body = reply
            self._send(status, body)

        def _request(self) -> Request:
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            raw = self.rfile.read(length)
            if raw and self.headers.get("Content-Type") != "application/json":
                platform.complaints.append("a body that is not said to be JSON")
            return Request(
                self.command,
                parts.path,
                dict(parse_qsl(parts.query, keep_blank_values=True)),
                {name.lower(): value for name, value in self.headers.items()},
                json.loads(raw) if raw else None,
            )

        def _send(self, status: int, body: Any) -> None:
            is_text = isinstance(body, str)
            data = b"" if status == 204 else (body if is_text else json.dumps(body)).encode()
            self.send_response(status)
            kind = "text/plain" if is_text else "application/json"
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _do

        def log_message(self, *arguments: Any) -> None:
            return None

    return Handler
