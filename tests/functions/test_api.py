"""The API's function: who may call, what is a fair request, and that every call is metered."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from adapters.definitions import definition
from adapters.errors import TryLater
from adapters.rights import AccessItem, write_access
from adapters.usage import hours_of, unknown_key
from functions import api, callers, metering
from functions.api import handler
from tests.outages import answering
from tests.tokens import id_token

KEY = AccessItem("key-1", "tenant-1", "open", "free", "", "grant:1")
CLAIMS = {
    "sub": "sub-1",
    "email": "alice@example.com",
    "tenant_id": "tenant-1",
    "role": "owner",
    "tier": "enterprise",
    "permissions": "me solve",
    "domains": "example.com",
}
QUBO = [[-1, 2], [0, -2]]


@pytest.fixture(autouse=True)
def open_key():
    write_access(KEY)


def event(route="POST /v1/solve", body=None, *, claims=None, key="key-1", request_id="request-1"):
    method, path = route.split()
    return {
        "httpMethod": method,
        "resource": path,
        "path": path,
        "headers": {"Authorization": id_token(**CLAIMS if claims is None else claims)},
        "body": json.dumps({"qubo": QUBO}) if body is None else body,
        "requestContext": {
            "requestId": request_id,
            "identity": {"apiKeyId": key} if key else {},
        },
    }


def call(*args, **kwargs):
    answer = handler(event(*args, **kwargs), None)
    return answer["statusCode"], json.loads(answer["body"])


def refused(*args, **kwargs):
    status, body = call(*args, **kwargs)
    return status, body["code"]


def solve(**fields):
    status, body = call(body=json.dumps(fields))
    return status, body.get("code"), body.get("message")


def used(tenant_id="tenant-1"):
    hours = hours_of(tenant_id, datetime.now(UTC) - timedelta(hours=1))
    return [(hour.api_key_id, hour.billing_source, hour.calls, hour.units) for hour in hours]


def missed(tenant_id="tenant-1"):
    hours = hours_of(tenant_id, datetime.now(UTC) - timedelta(hours=1))
    return [(hour.refused, hour.failed) for hour in hours]


def test_a_matrix_is_solved():
    assert call() == (200, {"solution": [0, 1], "energy": -2.0, "units": 1})


def test_a_solved_matrix_is_metered():
    call()

    assert used() == [("key-1", "grant:1", 1, 1)]


def test_me_answers_the_claims_with_the_tier_of_now():
    told = {name: CLAIMS[name] for name in CLAIMS if name not in ("sub", "tier")}

    assert call("GET /v1/me") == (200, {**told, "tier": "free"})


def test_me_counts_as_a_call_of_no_units():
    call("GET /v1/me")

    assert used() == [("key-1", "grant:1", 1, 0)]


def test_a_call_delivered_twice_is_answered_twice_and_counted_once():
    first, second = call(), call()

    assert first == second
    assert used() == [("key-1", "grant:1", 1, 1)]


def test_a_caller_who_chooses_the_request_id_is_counted_each_time():
    for extended in ("one=", "two="):
        sent = event(request_id="always-the-same")
        sent["requestContext"]["extendedRequestId"] = extended
        handler(sent, None)

    assert used() == [("key-1", "grant:1", 2, 2)]


@pytest.mark.parametrize("key", ["key-9", "", None])
def test_an_unknown_key_is_refused(key):
    assert refused(key=key) == (403, "key_unknown")


@pytest.mark.parametrize("tenant_id", ["tenant-2", None])
def test_a_key_of_another_tenant_than_the_token_is_refused(tenant_id):
    claims = {name: value for name, value in CLAIMS.items() if name != "tenant_id"}
    claims |= {"tenant_id": tenant_id} if tenant_id else {}

    assert refused(claims=claims) == (403, "key_of_another_tenant")


def test_a_closed_access_is_refused_at_once():
    write_access(replace(KEY, state="closed"))

    assert refused() == (403, "access_closed")


@pytest.mark.parametrize(("seconds", "answer"), [(0, (403, "key_ended")), (30, (200, None))])
def test_a_key_is_refused_from_its_end_on(seconds, answer):
    ends_at = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=seconds)
    write_access(replace(KEY, ends_at=ends_at))

    status, body = call()

    assert (status, body.get("code")) == answer


@pytest.mark.parametrize("permissions", ["", "me", "solver resolve"])
def test_a_token_without_the_permission_is_refused(permissions):
    assert refused(claims={**CLAIMS, "permissions": permissions}) == (403, "permission_missing")


def test_the_key_is_judged_before_the_permission_and_the_body():
    write_access(replace(KEY, state="closed"))

    assert refused(body="not json", claims={**CLAIMS, "permissions": ""}) == (403, "access_closed")


def test_an_address_that_we_do_not_serve_is_not_found():
    assert refused("DELETE /v1/me") == (404, "not_found")


def test_what_is_refused_is_counted_and_costs_no_units():
    refused(body="not json", request_id="request-1")
    refused(claims={**CLAIMS, "permissions": ""}, request_id="request-2")

    assert used() == [("key-1", "grant:1", 0, 0)]
    assert missed() == [(2, 0)]


def test_a_refused_call_delivered_twice_is_counted_once():
    for _ in range(2):
        refused(body="not json")

    assert missed() == [(1, 0)]


def test_a_call_with_a_token_of_another_tenant_is_counted_on_the_key_s_tenant():
    refused(claims={**CLAIMS, "tenant_id": "tenant-2"})

    assert (missed("tenant-1"), missed("tenant-2")) == ([(1, 0)], [])


def test_a_call_with_a_key_that_nobody_has_is_counted_on_the_key():
    refused(key="key-9")

    assert missed(unknown_key("key-9")) == [(1, 0)]


def test_a_call_that_breaks_is_counted_as_failed(monkeypatch):
    monkeypatch.setattr(api, "solve", lambda *_args, **_kwargs: 1 / 0)

    call()

    assert missed() == [(0, 1)]


def test_a_call_that_could_not_be_metered_is_counted_as_failed():
    with answering("dynamodb", "TransactWriteItems", 500, {}, times=3):
        assert refused() == (503, "try_again")

    assert used() == [("key-1", "grant:1", 0, 0)]
    assert missed() == [(0, 1)]


def test_a_refusal_that_cannot_be_counted_is_answered_all_the_same(capsys):
    with answering("dynamodb", "TransactWriteItems", 500, {}):
        assert refused(body="not json") == (400, "body_not_json")

    assert "not counted" in json.loads(capsys.readouterr().out)["error"]


@pytest.mark.parametrize("body", ["", "{", "[]", "null", "[" * 100_000, "1" * 10_000])
def test_a_body_that_is_no_json_object_is_refused(body):
    assert refused(body=body) == (400, "body_not_json")


def test_an_unknown_field_is_named():
    status, code, message = solve(qubo=QUBO, sed=1)

    assert (status, code) == (400, "field_unknown")
    assert '"sed"' in message


def test_a_missing_matrix_is_named():
    status, code, message = solve(seed=1)

    assert (status, code) == (400, "field_missing")
    assert '"qubo"' in message


@pytest.mark.parametrize("qubo", [[], {}, "x", None, 5, True])
def test_a_matrix_that_is_no_list_of_rows_is_refused(qubo):
    assert solve(qubo=qubo)[:2] == (400, "qubo_invalid")


@pytest.mark.parametrize("row", [[1], [1, 2, 3], 7, None, "ab", {"a": 1, "b": 2}])
def test_a_row_of_another_length_is_named(row):
    status, code, message = solve(qubo=[[1, 2], row])

    assert (status, code) == (400, "qubo_invalid")
    assert "row 2" in message


@pytest.mark.parametrize(
    "number", ["true", "null", '"1"', "NaN", "Infinity", "-Infinity", "1e999", "1e301", "[1]"]
)
def test_what_is_not_a_finite_number_is_named_by_row_and_column(number):
    status, body = call(body=f'{{"qubo": [[1, {number}], [0, 1]]}}')

    assert (status, body["code"]) == (400, "qubo_invalid")
    assert "row 1, column 2" in body["message"]


@pytest.mark.parametrize("seed", [-1, 2**32, 1.5, True, "1", None])
def test_a_seed_out_of_range_is_refused(seed):
    assert solve(qubo=QUBO, seed=seed)[:2] == (400, "seed_invalid")


@pytest.mark.parametrize("seed", [0, 2**32 - 1])
def test_the_smallest_and_the_largest_seed_are_taken(seed):
    assert solve(qubo=QUBO, seed=seed)[0] == 200


def test_the_size_is_bounded_by_the_tier_of_now_and_not_by_the_claim():
    most = definition("tiers")["free"]["max_variables"]

    allowed = solve(qubo=[[0] * most] * most)
    above = solve(qubo=[[0] * (most + 1)] * (most + 1))

    assert allowed[0] == 200
    assert above[:2] == (400, "too_many_variables")
    assert f"up to {most}" in above[2]


def test_the_largest_coefficients_still_give_a_number():
    status, body = call(body=json.dumps({"qubo": [[-1e300, -1e300], [-1e300, -1e300]]}))

    assert (status, body["energy"]) == (200, -4e300)


def test_work_that_cannot_be_metered_is_not_given_away(monkeypatch):
    def unreachable(**_):
        raise TryLater("dynamodb did not answer")

    monkeypatch.setattr(metering, "record_usage", unreachable)

    status, body = call()

    assert (status, body["code"]) == (503, "try_again")
    assert "solution" not in body


def test_an_access_table_that_does_not_answer_says_try_again(monkeypatch):
    def unreachable(_):
        raise TryLater("dynamodb did not answer")

    monkeypatch.setattr(callers, "read_access", unreachable)

    assert refused() == (503, "try_again")


@pytest.mark.parametrize(
    ("status", "kind", "wanted"),
    [
        (200, "application/json", {}),
        (400, "application/problem+json", {"body": "{"}),
        (403, "application/problem+json", {"key": None}),
    ],
)
def test_every_answer_carries_the_same_headers(status, kind, wanted):
    answer = handler(event(**wanted), None)

    assert answer["statusCode"] == status
    assert answer["headers"] == {
        "Content-Type": kind,
        "Access-Control-Allow-Origin": definition("api")["cors"]["allow_origin"],
        "X-Request-Id": "request-1",
    }


def test_a_refusal_is_a_problem_that_names_the_request():
    status, body = call(key=None)

    assert body["type"].endswith("#key_unknown")
    assert (status, body["status"]) == (403, 403)
    assert body["detail"] == body["message"]
    assert body["request_id"] == "request-1"


def test_a_bug_answers_with_the_request_id_and_logs_no_claim_and_no_body(monkeypatch, capsys):
    def bug(*_args, **_kwargs):
        raise ValueError(f"{CLAIMS} {QUBO}")

    monkeypatch.setattr(api, "solve", bug)

    status, body = call()

    logged = capsys.readouterr().out
    assert (status, body["code"], body["request_id"]) == (500, "broken", "request-1")
    assert json.loads(logged)["error"] == "ValueError"
    assert not any(secret in logged for secret in ("alice", "tenant-1", "-1, 2"))


def test_an_event_that_is_no_call_is_answered_all_the_same(capsys):
    answer = handler({}, None)

    assert answer["statusCode"] == 500
    assert json.loads(capsys.readouterr().out)["error"] == "KeyError"
