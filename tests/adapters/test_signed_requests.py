"""Requests signed without botocore: the same signature, and the same words for what goes wrong."""

import calendar
import time
from collections.abc import Callable, Iterator

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from adapters import signed_requests
from adapters.aws import _BUSY, client
from adapters.definitions import name_of
from adapters.errors import NotThere, Refused, TryLater
from adapters.signed_requests import get_item, signed_headers
from tests.planned_answers import Answers, planned_answers

TARGET = "DynamoDB_20120810.GetItem"


@pytest.fixture
def stand_in(monkeypatch) -> Iterator[Callable[..., type[Answers]]]:
    yield from planned_answers(monkeypatch)


@pytest.mark.parametrize("token", [None, "a/session+token=="])
@pytest.mark.parametrize("host", ["dynamodb.eu-central-1.amazonaws.com", "127.0.0.1:4566"])
def test_the_signature_is_the_one_that_botocore_makes(monkeypatch, token, host):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    if token:
        monkeypatch.setenv("AWS_SESSION_TOKEN", token)
    body = '{"Key": "grün"}'.encode()
    golden = AWSRequest(
        "POST",
        f"https://{host}/",
        headers={"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": TARGET},
        data=body,
    )
    secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
    SigV4Auth(Credentials("AKIDEXAMPLE", secret, token), "dynamodb", "eu-central-1").add_auth(
        golden
    )
    at = calendar.timegm(time.strptime(golden.headers["X-Amz-Date"], "%Y%m%dT%H%M%SZ"))

    ours = signed_headers(TARGET, body, host=host, at=at)

    assert ours["authorization"] == golden.headers["Authorization"]
    assert ours.get("x-amz-security-token") == golden.headers.get("X-Amz-Security-Token")


def test_an_item_is_read_with_every_kind_of_value_that_we_store():
    item = {
        "user_id": {"S": "sub-1"},
        "empty": {"S": ""},
        "count": {"N": "42"},
        "share": {"N": "0.5"},
        "open": {"BOOL": True},
        "words": {"SS": ["b", "a"]},
        "mixed": {"L": [{"S": "x"}, {"N": "1"}]},
        "nested": {"M": {"inner": {"NULL": True}}},
    }
    client("dynamodb").put_item(TableName=name_of("permissions"), Item=item)

    read = get_item(name_of("permissions"), {"user_id": "sub-1"})

    assert read == {
        "user_id": "sub-1",
        "empty": "",
        "count": 42,
        "share": 0.5,
        "open": True,
        "words": ["a", "b"],
        "mixed": ["x", 1],
        "nested": {"inner": None},
    }


def test_an_item_that_is_not_there_is_none():
    assert get_item(name_of("permissions"), {"user_id": "sub-9"}) is None


def test_a_table_that_is_not_there_says_so():
    with pytest.raises(NotThere):
        get_item("gatehouse-local-nothing", {"user_id": "sub-1"})


def test_a_kind_that_we_never_store_is_refused(stand_in):
    stand_in((200, {"Item": {"photo": {"B": "AAAA"}}}))

    with pytest.raises(Refused, match="kind B"):
        get_item("people", {"user_id": "sub-1"})


@pytest.mark.parametrize(("options", "consistent"), [({}, True), ({"consistent": False}, False)])
def test_a_read_is_consistent_unless_told_otherwise(stand_in, options, consistent):
    server = stand_in()

    get_item("people", {"user_id": "sub-1"}, **options)

    assert server.bodies == [
        {
            "TableName": "people",
            "Key": {"user_id": {"S": "sub-1"}},
            "ConsistentRead": consistent,
        }
    ]


def test_a_second_read_uses_the_same_connection(stand_in):
    server = stand_in()

    get_item("people", {"user_id": "sub-1"})
    get_item("people", {"user_id": "sub-1"})

    assert (server.connections, server.calls) == (1, 2)


def test_a_connection_that_went_stale_is_replaced(stand_in):
    server = stand_in(hang_up_after_answer=True)

    get_item("people", {"user_id": "sub-1"})
    get_item("people", {"user_id": "sub-1"})

    assert server.connections == 2


@pytest.mark.parametrize(
    "busy",
    [(500, {}), (400, {"__type": "com.amazonaws.dynamodb#ThrottlingException"}), None],
)
def test_a_busy_moment_is_asked_once_more(stand_in, busy):
    server = stand_in(busy, (200, {"Item": {"role": {"S": "owner"}}}))

    item = get_item("people", {"user_id": "sub-1"})

    assert item == {"role": "owner"}
    assert server.calls == 2


def test_a_table_that_stays_busy_says_try_later(stand_in):
    server = stand_in(*[(503, {})] * 9)

    with pytest.raises(TryLater):
        get_item("people", {"user_id": "sub-1"})

    assert server.calls == 2


def test_a_wrong_call_is_refused_and_not_repeated(stand_in):
    server = stand_in(*[(400, {"__type": "x#AccessDeniedException"})] * 2)

    with pytest.raises(Refused, match="AccessDeniedException"):
        get_item("people", {"user_id": "sub-1"})

    assert server.calls == 1


def test_nobody_at_the_address_says_try_later(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1")

    with pytest.raises(TryLater):
        get_item("people", {"user_id": "sub-1"})


def test_a_silent_server_is_given_up_in_time_for_cognito(stand_in, monkeypatch):
    server = stand_in()
    monkeypatch.setattr(server, "do_POST", lambda self: time.sleep(4))
    started = time.monotonic()

    with pytest.raises(TryLater):
        get_item("people", {"user_id": "sub-1"})

    assert time.monotonic() - started < 4.5


def test_without_credentials_it_is_refused(monkeypatch):
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")

    with pytest.raises(Refused, match="AWS_SECRET_ACCESS_KEY"):
        get_item("people", {"user_id": "sub-1"})


def test_without_an_address_of_its_own_it_calls_the_region(monkeypatch):
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("AWS_REGION", "eu-west-1")

    assert signed_requests._endpoint() == "https://dynamodb.eu-west-1.amazonaws.com"


def test_what_is_busy_here_is_busy_everywhere():
    assert signed_requests.BUSY <= _BUSY
