"""A stand-in for DynamoDB that answers as a test plans it, and remembers who asked."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


class Answers(BaseHTTPRequestHandler):
    """A stand-in that gives one answer a call, then empty ones; `None` hangs up instead."""

    protocol_version = "HTTP/1.1"
    planned: list[tuple[int, dict[str, Any]] | None]
    hang_up_after_answer = False
    connections: int
    calls: int
    bodies: list[dict[str, Any]]

    def setup(self) -> None:
        type(self).connections += 1
        super().setup()

    def do_POST(self) -> None:
        type(self).calls += 1
        self.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        plan = self.planned.pop(0) if self.planned else (200, {})
        if plan is None:
            self.close_connection = True
            return
        body = json.dumps(plan[1]).encode()
        self.send_response(plan[0])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        # Without telling the client, as a load balancer does with an idle connection.
        self.close_connection = self.hang_up_after_answer

    def log_message(self, *_: object) -> None:
        """Keep the test's output quiet."""


def planned_answers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., type[Answers]]]:
    servers: list[ThreadingHTTPServer] = []

    def start(*planned: Any, hang_up_after_answer: bool = False) -> type[Answers]:
        state = {"planned": list(planned), "connections": 0, "calls": 0, "bodies": []}
        kind = type("Planned", (Answers,), state | {"hang_up_after_answer": hang_up_after_answer})
        server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        address = f"http://127.0.0.1:{server.server_address[1]}"
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", address)
        return kind

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()
