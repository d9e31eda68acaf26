"""The local gateway writes the line of each call that the stage's log asks for."""

import json

import boto3
import pytest

from adapters.access_log import log_group
from adapters.definitions import definition
from adapters.rights import PermissionItem, write_permission
from localcloud import access_log


@pytest.fixture
def lines(cloud):
    """Return the lines that were written since then, the oldest first."""
    logs = boto3.client("logs")

    def lines():
        events = logs.filter_log_events(logGroupName=log_group())["events"]
        return [json.loads(event["message"]) for event in events]

    return lines


def test_a_call_that_was_served_says_whose_it_was_and_how_long_it_took(
    call, echo, make_customer, log_in, make_key, lines
):
    who = make_customer().sub
    write_permission(PermissionItem(who, "tenant-1", "owner", ("me",), (), "pro", "open"))
    token = log_in()["IdToken"]
    key = make_key()

    answer = call(token=token, key=key.value)

    [line] = lines()
    assert line.keys() == definition("access_log")["line"].keys()
    assert line | {"time": "", "latency": "", "function_ms": ""} == {
        "time": "",
        "request_id": answer.headers["x-amz-apigw-id"],
        "method": "GET",
        "resource": "/v1/me",
        "status": "200",
        "refused_by": "-",
        "key_id": key.id,
        "tenant_id": "tenant-1",
        "latency": "",
        "function_ms": "",
        "answered_bytes": "2",
    }
    assert int(line["latency"]) >= int(line["function_ms"]) >= 0


def test_a_refused_call_says_by_what_and_never_got_to_the_function(call, token, lines):
    call(token=token, key="gk_nobodys")
    call(path="/v1/nothing")

    key_invalid, not_found = lines()
    assert (key_invalid["status"], key_invalid["refused_by"]) == ("403", "INVALID_API_KEY")
    assert key_invalid["key_id"] == "-"
    assert (key_invalid["resource"], key_invalid["function_ms"]) == ("/v1/me", "-")
    assert (not_found["refused_by"], not_found["resource"]) == (
        "MISSING_AUTHENTICATION_TOKEN",
        "-",
    )


def test_a_broken_function_is_a_refusal_of_no_type(call, token, make_key, run_function, lines):
    run_function("api", lambda event, context: 1 / 0)

    call(token=token, key=make_key().value)

    [line] = lines()
    assert (line["status"], line["refused_by"]) == ("500", "DEFAULT_5XX")


def test_a_line_holds_nothing_that_the_caller_chose(call, lines):
    call(path="/v1/me?who=alice@example.com", token="secret-token", key="gk_secret")

    text = json.dumps(lines())
    assert not [
        word for word in ("alice", "secret", "127.0.0.1", "python-requests") if word in text
    ]


def test_a_stage_without_a_log_serves_all_the_same(cloud, call, lines):
    boto3.client("logs").delete_log_group(logGroupName=log_group())

    assert call().status_code == 401


def test_the_oldest_lines_go(call, lines, monkeypatch):
    monkeypatch.setattr(access_log, "MOST_LINES", 2)

    ids = [call().headers["x-amz-apigw-id"] for _ in range(5)]

    assert [line["request_id"] for line in lines()] == ids[-2:]


def test_a_reset_forgets_the_lines_and_keeps_the_log(cloud, call, lines):
    call()

    cloud.reset()

    assert lines() == []
    call()
    assert len(lines()) == 1


def test_a_pattern_that_it_does_not_know_is_refused(cloud):
    logs = boto3.client("logs")

    with pytest.raises(logs.exceptions.InvalidParameterException):
        logs.filter_log_events(logGroupName=log_group(), filterPattern="{ $.status = 4* }")
