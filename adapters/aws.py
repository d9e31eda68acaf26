"""How this project talks to AWS: clients with bounded patience, and errors in our words."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError

from adapters.errors import AlreadyThere, NotThere, OutsideError, Refused, TryLater

# A lease lasts 30 s (backoffice/leases.py) and API Gateway gives a page up after 29 s; three tries
# with their pauses end within 15 s.
# API Gateway's control plane allows few calls per second: standard mode backs off with jitter.
PATIENCE = Config(
    connect_timeout=2,
    read_timeout=4,
    retries={"total_max_attempts": 3, "mode": "standard"},
    max_pool_connections=40,
)
# For what an answer must never wait for, such as a statistic: half a second, once.
HURRY = PATIENCE.merge(
    Config(connect_timeout=0.5, read_timeout=0.5, retries={"total_max_attempts": 1})
)
# boto3's clients may be shared by threads, but not made by two of them at once.
MAKING = Lock()

_BUSY = {
    "InternalError",
    "InternalErrorException",
    "InternalFailure",
    "InternalServerError",
    "InternalServiceErrorException",
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestTimeout",
    "ServiceUnavailable",
    "ServiceUnavailableException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionConflictException",
    "TransactionInProgressException",
}
_MISSING = {
    "NoSuchKey",
    "NotFoundException",
    "ResourceNotFoundException",
    "UserNotFoundException",
}
_EXISTS = {"ConflictException", "UsernameExistsException", "AliasExistsException"}


@cache
def client(service: str, *, repeats: bool = True, hurried: bool = False) -> Any:
    """Return this process's client of one AWS service. Clients are safe to share by threads.

    With `repeats=False` a call is sent once. boto3 sends a call again when its answer is lost, so
    a call that makes a second thing the second time needs such a client. With `hurried` a call is
    sent once, too, and given up after half a second.
    """
    patience = PATIENCE if repeats else PATIENCE.merge(Config(retries={"total_max_attempts": 1}))
    patience = HURRY if hurried else patience
    # boto3 itself reads AWS_DEFAULT_REGION only; Lambda and our settings say AWS_REGION.
    with MAKING:
        made = boto3.client(service, region_name=os.environ.get("AWS_REGION"), config=patience)
        # boto3 makes the classes of its errors at first sight. Two threads that saw them first at
        # once would get a set each, and `except` would miss the other's.
        _ = made.exceptions
        return made


@contextmanager
def speaking_to(service: str) -> Iterator[None]:
    """Translate what boto3 raises into TryLater, NotThere, AlreadyThere or Refused.

    The table is closed by default: what is not listed is Refused, and somebody looks at it.
    """
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise meaning_of(service, error) from error


def meaning_of(service: str, error: BaseException) -> OutsideError:
    """Return what an error that came from boto3 means to us."""
    if isinstance(error, ClientError):
        return _translated(service, error)
    if isinstance(error, (ConnectionError, HTTPClientError)):
        return TryLater(f"{service} did not answer: {type(error).__name__}")
    return Refused(f"{service}: {error}")


def _translated(service: str, error: ClientError) -> OutsideError:
    code = str(error.response.get("Error", {}).get("Code", "Unknown"))
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    said = f"{service} {error.operation_name}: {code}"
    if code in _BUSY or status >= 500:
        return TryLater(said)
    if code in _MISSING:
        return NotThere(said)
    if code in _EXISTS:
        return AlreadyThere(said)
    return Refused(said)
