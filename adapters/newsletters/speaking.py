"""One request to a newsletter platform, and what its answer means in our words.

Addresses stand in paths and answers, keys in headers. So an error's text has the platform, what
was asked and the status, and nothing that the platform or the HTTP library said.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

from adapters.errors import NotThere, OutsideError, Refused, TryLater
from adapters.newsletters.platforms import NotLetIn

# Both together stay well below a lease of 30 s (backoffice/leases.py).
CONNECT_SECONDS, READ_SECONDS = 2, 5
BUSY = (408, 425, 429)


@dataclass(frozen=True)
class Answer:
    status: int
    body: dict[str, Any]
    # Whether the platform itself answered, and not something before it.
    is_json: bool


@dataclass(frozen=True)
class Line:
    """A line to one platform, under one key."""

    platform: str
    address: str
    before_call: Callable[[], None]
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    auth: tuple[str, str] | None = field(default=None, repr=False)

    def ask(
        self,
        method: str,
        path: str,
        what: str,
        *,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
        expected: tuple[int, ...] = (),
    ) -> Answer:
        """Return the answer if its status is 2xx or expected.

        Raises TryLater where the platform is busy or away, NotLetIn for 401 and 403, NotThere for
        404, Refused for the rest.
        """
        answer = self._send(method, path, what, body, query)
        if 200 <= answer.status < 300 or answer.status in expected:
            return answer
        raise self.meaning(answer, what)

    def meaning(self, answer: Answer, what: str) -> OutsideError:
        said = f"{self.platform}, {what}: status {answer.status}"
        if answer.status in BUSY or answer.status >= 500:
            return TryLater(said)
        if answer.status in (401, 403):
            return NotLetIn(said)
        return NotThere(said) if answer.status == 404 else Refused(said)

    def _send(
        self,
        method: str,
        path: str,
        what: str,
        body: Mapping[str, Any] | None,
        query: Mapping[str, str] | None,
    ) -> Answer:
        self.before_call()
        try:
            response = requests.request(
                method,
                self.address.rstrip("/") + path,
                json=body,
                params=query,
                headers={"Accept": "application/json", **self.headers},
                auth=self.auth,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
            )
        except requests.RequestException as error:
            kind = type(error).__name__
            # Not `from error`: the library's words hold the URL, and some URLs hold an address.
            raise TryLater(f"{self.platform}, {what}: no answer ({kind})") from None
        return _read(response)


def _read(response: requests.Response) -> Answer:
    try:
        body = response.json()
    except requests.JSONDecodeError:
        return Answer(response.status_code, {}, is_json=False)
    return Answer(response.status_code, body if isinstance(body, dict) else {}, is_json=True)
