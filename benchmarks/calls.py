"""Which calls to AWS a piece of work makes, and how long it waits for them."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient

_make_api_call = BaseClient._make_api_call  # type: ignore[attr-defined]


@dataclass
class Calls:
    names: list[str] = field(default_factory=list)
    seconds: float = 0.0


@contextmanager
def counted_calls() -> Iterator[Calls]:
    """Count the calls of this thread through every client of boto3, whoever made the client."""
    calls = Calls()
    here = threading.get_ident()

    def count(client: Any, operation: str, request: dict[str, Any]) -> Any:
        if threading.get_ident() != here:
            return _make_api_call(client, operation, request)
        calls.names.append(operation)
        started = time.perf_counter()
        try:
            return _make_api_call(client, operation, request)
        finally:
            calls.seconds += time.perf_counter() - started

    with patch.object(BaseClient, "_make_api_call", count):
        yield calls
