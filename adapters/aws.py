"""How this project talks to AWS: clients with bounded patience, and errors in our words."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError

from adapters.errors import AlreadyThere, NotThere, OutsideError, Refused, TryLater

# A provisioning makes about a dozen calls and its lease lasts 30 s, so no call may wait long.
# API Gateway's control plane allows few calls per second: standard mode backs off with jitter.
PATIENCE = Config(
    connect_timeout=3,
    read_timeout=10,
    retries={"max_attempts": 3, "mode": "standard"},
    max_pool_connections=40,
)

_BUSY = {
    "InternalError",
    "InternalErrorException",
    "InternalFailure",
    "InternalServerError",
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
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
_MISSING = {"NotFoundException", "ResourceNotFoundException", "UserNotFoundException"}
_EXISTS = {"ConflictException", "UsernameExistsException", "AliasExistsException"}


@cache
def client(service: str, *, repeats: bool = True) -> Any:
    """Return this process's client of one AWS service. Clients are safe to share by threads.

    With `repeats=False` a call is sent once. boto3 sends a call again when its answer is lost, so
    a call that makes a second thing the second time needs such a client.
    """
    if repeats:
        return boto3.client(service, config=PATIENCE)
    return boto3.client(service, config=PATIENCE.merge(Config(retries={"total_max_attempts": 1})))


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
