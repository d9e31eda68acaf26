"""The token endpoint of Cognito's hosted pages, on this machine: codes are good once, for the
client, the address and the PKCE verifier that they were given for."""

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlparse

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from tests.tokens import id_claims, signed

Pages = TypeVar("Pages", bound="HostedPages")


@dataclass
class HostedPages:
    url: str = ""
    asked: dict[str, dict[str, str]] = field(default_factory=dict)
    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    trouble: tuple[int, str] | None = None
    change: dict[str, Any] = field(default_factory=dict)
    key: RSAPrivateKey | None = None
    # Of the last exchange.
    headers: dict[str, str] = field(default_factory=dict)

    def sign_in(self, address: str, **person: Any) -> dict[str, str]:
        """What a person does there; return what they bring back."""
        asked = {name: values[0] for name, values in parse_qs(urlparse(address).query).items()}
        code = f"code-{len(self.asked)}"
        self.asked[code], self.people[code] = asked, person
        return {"code": code, "state": asked["state"]}

    def answer(self, form: dict[str, str]) -> tuple[int, str]:
        if self.trouble:
            return self.trouble
        asked = self.asked.pop(form["code"], None)
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        good = asked and form["grant_type"] == "authorization_code"
        good = good and (asked["client_id"], asked["redirect_uri"], asked["code_challenge"]) == (
            form["client_id"],
            form["redirect_uri"],
            challenge,
        )
        if not good:
            return 400, json.dumps({"error": "invalid_grant"})
        claims = self.claims(aud=form["client_id"], nonce=asked["nonce"])
        claims |= self.people[form["code"]] | self.change
        token = signed(claims, key=self.key)
        return 200, json.dumps({"id_token": token, "access_token": "an-access-token"})

    def claims(self, **more: str) -> dict[str, Any]:
        return id_claims(**more)

    def configuration(self) -> tuple[int, str]:
        return 404, ""


@contextmanager
def hosted_pages() -> Iterator[HostedPages]:
    with served(HostedPages()) as pages:
        yield pages


@contextmanager
def served(pages: Pages) -> Iterator[Pages]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.reply(*pages.configuration())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            pages.headers = dict(self.headers)
            self.reply(*pages.answer(form))

        def reply(self, status: int, text: str) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: Any) -> None:
            """Nothing: the log would have the path of each call."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    pages.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield pages
    server.shutdown()
    server.server_close()
