"""An address on this machine that publishes a user pool's keys, and counts who asks."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa

from adapters.base64url import encoded


@dataclass
class KeySet:
    address: str = ""
    keys: dict[str, rsa.RSAPrivateKey] = field(default_factory=dict)
    asked: int = 0
    status: int = 200
    silent_seconds: float = 0
    text: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def body(self) -> bytes:
        if self.text is not None:
            return self.text
        return json.dumps({"keys": [entry(name, key) for name, key in self.keys.items()]}).encode()


def entry(key_id: str, key: rsa.RSAPrivateKey) -> dict[str, str]:
    modulus = key.public_key().public_numbers().n
    n = encoded(modulus.to_bytes((modulus.bit_length() + 7) // 8, "big"))
    return {"kid": key_id, "kty": "RSA", "alg": "RS256", "use": "sig", "e": "AQAB", "n": n}


@contextmanager
def key_set() -> Iterator[KeySet]:
    published = KeySet()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            published.asked += 1
            time.sleep(published.silent_seconds)
            body = published.body()
            self.send_response(published.status)
            for name, value in published.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Keep the test's output quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    published.address = f"http://127.0.0.1:{server.server_port}/pool/.well-known/jwks.json"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield published
    server.shutdown()
    server.server_close()
