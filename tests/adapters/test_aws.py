"""What boto3 raises, in our four words; and how long a call may take."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import boto3
import pytest
from botocore.config import Config
from botocore.errorfactory import ClientExceptionsFactory
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)

from adapters import aws
from adapters.aws import PATIENCE, client, speaking_to
from adapters.errors import AlreadyThere, NotThere, OutsideError, Refused, TryLater
from backoffice.leases import LEASE

URL = "https://example.com"


def refused(code, status=400):
    response = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "GetThing")


def meaning(error):
    with pytest.raises(OutsideError) as caught, speaking_to("some-service"):
        raise error
    return caught.value


@pytest.mark.parametrize(
    "code",
    [
        "InternalError",
        "InternalErrorException",
        "InternalFailure",
        "InternalServerError",
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
    ],
)
def test_a_busy_service_means_try_later(code):
    assert type(meaning(refused(code))) is TryLater


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_broken_service_means_try_later_whatever_it_calls_it(status):
    assert type(meaning(refused("NeverSeenBefore", status))) is TryLater


@pytest.mark.parametrize(
    "code", ["NotFoundException", "ResourceNotFoundException", "UserNotFoundException"]
)
def test_what_is_missing_is_not_there(code):
    assert type(meaning(refused(code))) is NotThere


@pytest.mark.parametrize(
    "code", ["ConflictException", "UsernameExistsException", "AliasExistsException"]
)
def test_what_exists_is_already_there(code):
    assert type(meaning(refused(code))) is AlreadyThere


@pytest.mark.parametrize(
    "code", ["ValidationException", "AccessDeniedException", "NeverSeenBefore", ""]
)
def test_every_other_error_is_refused(code):
    assert type(meaning(refused(code))) is Refused


def test_an_error_without_a_code_is_refused():
    assert type(meaning(ClientError({}, "GetThing"))) is Refused


@pytest.mark.parametrize(
    "error",
    [
        EndpointConnectionError(endpoint_url=URL),
        ConnectTimeoutError(endpoint_url=URL),
        ReadTimeoutError(endpoint_url=URL),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_service_that_does_not_answer_means_try_later(error):
    assert type(meaning(error)) is TryLater


def test_missing_credentials_are_refused_because_waiting_does_not_help():
    assert type(meaning(NoCredentialsError())) is Refused


def test_the_meaning_keeps_its_cause():
    error = refused("Throttling")

    assert meaning(error).__cause__ is error


def test_a_meaning_names_service_operation_and_code_and_no_message():
    response = {"Error": {"Code": "Throttling", "Message": "alice@example.com"}}

    assert str(meaning(ClientError(response, "GetThing"))) == "some-service GetThing: Throttling"


def test_what_is_no_answer_of_aws_passes_unchanged():
    with pytest.raises(ZeroDivisionError), speaking_to("some-service"):
        _ = 1 / 0


def test_a_refused_connection_means_try_later_at_once():
    stranger = _client_of(_closed_port(), PATIENCE)
    start = time.monotonic()

    with pytest.raises(TryLater), speaking_to("dynamodb"):
        stranger.list_tables()

    assert time.monotonic() - start < 5


def test_a_service_that_never_answers_means_try_later():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        hasty = PATIENCE.merge(Config(read_timeout=0.2))
        stranger = _client_of(silent.getsockname()[1], hasty)

        with pytest.raises(TryLater), speaking_to("dynamodb"):
            stranger.list_tables()


def test_the_longest_call_ends_before_a_lease_does():
    tries = PATIENCE.retries["total_max_attempts"]
    waiting = max(PATIENCE.connect_timeout, PATIENCE.read_timeout) * tries
    # Standard mode pauses up to 1, 2, 4 … seconds between tries.
    pauses = sum(2**number for number in range(tries - 1))

    assert waiting + pauses < LEASE.total_seconds()


def test_every_client_has_this_patience():
    for sender in (client("dynamodb"), client("cognito-idp", repeats=False)):
        assert sender.meta.config.read_timeout == PATIENCE.read_timeout
        assert sender.meta.config.connect_timeout == PATIENCE.connect_timeout


def test_a_client_that_must_not_repeat_sends_once():
    assert client("apigateway", repeats=False).meta.config.retries["total_max_attempts"] == 1


def test_clients_are_made_one_at_a_time(monkeypatch):
    making = []
    most = []

    def make(service, **_):
        making.append(service)
        most.append(len(making))
        time.sleep(0.01)
        making.remove(service)
        return SimpleNamespace(exceptions=None)

    monkeypatch.setattr(boto3, "client", make)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(aws.client.__wrapped__, [f"service-{number}" for number in range(8)]))

    assert max(most) == 1


def test_threads_that_begin_together_know_each_others_errors(monkeypatch):
    make = ClientExceptionsFactory._create_client_exceptions

    def make_slowly(self, model):
        time.sleep(0.02)
        return make(self, model)

    monkeypatch.setattr(ClientExceptionsFactory, "_create_client_exceptions", make_slowly)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", boto3.Session())

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: aws.client.__wrapped__("dynamodb").exceptions, range(4)))

    assert len({exceptions.ConditionalCheckFailedException for exceptions in made}) == 1


def _client_of(port, config):
    return boto3.client("dynamodb", endpoint_url=f"http://127.0.0.1:{port}", config=config)


def _closed_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]
