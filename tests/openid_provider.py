"""A provider of single sign-on on this machine."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.hosted_pages import HostedPages, served


@dataclass
class OpenIdProvider(HostedPages):
    told: dict[str, Any] = field(default_factory=dict)

    def claims(self, **more: str) -> dict[str, Any]:
        now = int(time.time())
        return {"iss": self.url, "iat": now, "exp": now + 300, **more}

    def configuration(self) -> tuple[int, str]:
        said = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize?tenant=ours",
            "token_endpoint": f"{self.url}/token",
        }
        return self.trouble or (200, json.dumps(said | self.told))


@contextmanager
def openid_provider() -> Iterator[OpenIdProvider]:
    with served(OpenIdProvider()) as provider:
        yield provider
