"""What the adapters' tests share: answers that AWS gives on a bad day."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.outages import answering


@pytest.fixture
def dynamodb_answers() -> Iterator[Callable[..., list[str]]]:
    """Answer the next `times` calls of an operation ourselves; return the bodies we were sent."""
    with ExitStack() as answers:

        def answer(operation: str, status: int, body: dict[str, Any], times: int = 99) -> list[str]:
            return answers.enter_context(
                answering("dynamodb", operation, status, body, times=times)
            )

        yield answer


@pytest.fixture
def cancelled() -> Callable[..., dict[str, Any]]:
    """The body of a cancelled transaction, with these reasons."""

    def body(*codes: str) -> dict[str, Any]:
        kind = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException"
        return {"__type": kind, "CancellationReasons": [{"Code": code} for code in codes]}

    return body
