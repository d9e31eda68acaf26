"""The public keys of a user pool: fetched when they are needed, kept, and fetched anew in measure.

https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html
"""

import json
import threading
import time
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from adapters.errors import OutsideError, Refused, TryLater
from adapters.token_signatures import PublicKey, public_key

# A pool can be given new keys, and the old ones go: they are asked for again after an hour, and
# not relied on after a day, however long the key set cannot be had.
FRESH_SECONDS = 3600
KEPT_SECONDS = 86_400
# Whoever writes tokens with keys of their own fancy makes us ask once in this time, and no more.
PAUSE_SECONDS = 60
# After a failure the next caller need not wait as long, and yet not everybody asks.
PAUSE_AFTER_FAILURE_SECONDS = 2

# Both end before a caller of the API or of a page gives up.
CONNECT_SECONDS = 1
READ_SECONDS = 2
# Cognito publishes two keys, in 1 KB.
MOST_BYTES = 65_536
LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class KeyUnknown(Exception):
    """The pool has no such key."""


class PoolKeys:
    """The keys at one address. Safe to share by threads: one asks, the others wait for it."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._keys: dict[str, PublicKey] = {}
        self._fetched_at = self._asked_at = float("-inf")
        self._failure: OutsideError | None = None
        self._lock = threading.Lock()

    def key(self, key_id: str) -> PublicKey:
        """Raises KeyUnknown, TryLater if the keys cannot be had, or Refused if they are none."""
        if key_id not in self._keys or self._age() > FRESH_SECONDS:
            with self._lock:
                self._refresh()
        if self._age() > KEPT_SECONDS:
            self._keys = {}
        if key := self._keys.get(key_id):
            return key
        if self._failure:
            # One of its own for each caller: a traceback would grow from one to the next.
            raise type(self._failure)(str(self._failure))
        raise KeyUnknown

    def _age(self) -> float:
        return time.monotonic() - self._fetched_at

    def _refresh(self) -> None:
        """Fetch the keys, unless another thread just has, or it is too early to ask again."""
        pause = PAUSE_AFTER_FAILURE_SECONDS if self._failure else PAUSE_SECONDS
        if time.monotonic() - self._asked_at < pause:
            return
        try:
            self._keys = fetch_keys(self._address)
        except OutsideError as error:
            self._failure = error
        else:
            self._failure, self._fetched_at = None, time.monotonic()
        self._asked_at = time.monotonic()


def fetch_keys(address: str) -> dict[str, PublicKey]:
    """Return the keys by their ids. Raises TryLater or Refused."""
    try:
        status, text = _get(address)
    except (OSError, HTTPException) as error:
        raise TryLater(f"key set did not answer: {type(error).__name__}") from error
    if status >= 500 or status == 429:
        raise TryLater(f"key set: HTTP {status}")
    if status != 200 or len(text) > MOST_BYTES:
        raise Refused(f"key set: HTTP {status}, {len(text)} bytes")
    return _read(text)


def _read(text: bytes) -> dict[str, PublicKey]:
    try:
        told: list[dict[str, Any]] = json.loads(text)["keys"]
        found = {str(each["kid"]): public_key(each) for each in told}
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Refused("key set: cannot be read") from error
    # A set may have keys of other kinds some day: they sign nothing that we take.
    return {key_id: key for key_id, key in found.items() if key}


def _get(address: str) -> tuple[int, bytes]:
    """No redirect is followed and no proxy asked: the keys come from this address or not at all."""
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        raise Refused("key set: not without TLS")
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=CONNECT_SECONDS)
    try:
        connection.connect()
        connection.sock.settimeout(READ_SECONDS)
        connection.request("GET", parts.path)
        answer = connection.getresponse()
        return answer.status, answer.read(MOST_BYTES + 1)
    finally:
        connection.close()
