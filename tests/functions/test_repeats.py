"""A call with an Idempotency-Key is done once and metered once, also where a function dies."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from adapters import answers
from adapters.aws import client
from adapters.definitions import name_of
from adapters.errors import TryLater
from adapters.rights import AccessItem, write_access
from adapters.usage import hours_of
from functions import api
from functions.api import handler
from tests.functions.calls import CLAIMS, event, open_key, post

BODY = json.dumps({"qubo": [[-1.0 + (i == j) for j in range(14)] for i in range(14)]})
OTHER = '{"qubo": [[-2]]}'
KEY = '"8e03978e-40d5-43dd-bc93-6894a57f9324"'


@pytest.fixture(autouse=True)
def key():
    open_key()


@pytest.fixture
def count_work(monkeypatch):
    """Count how often a problem is solved."""
    original, done = api.solve, []

    def counted(*args, **kwargs):
        done.append(1)
        return original(*args, **kwargs)

    monkeypatch.setattr(api, "solve", counted)
    return done


def send(body=BODY, *, word=KEY, request_id="request-1", header="Idempotency-Key", **fields):
    return post(body, headers={header: word}, request_id=request_id, **fields)


def used():
    hours = hours_of("tenant-1", datetime.now(UTC) - timedelta(days=2))
    return [sum(getattr(hour, name) for hour in hours) for name in ("calls", "units", "admitted")]


def kept_items():
    return client("dynamodb").scan(TableName=name_of("answers"))["Items"]


def test_the_same_call_gets_the_first_answer_and_is_done_once(count_work):
    first, again = send(), send(request_id="request-2")

    assert first[0] == again[0] == 200
    assert first[2] == again[2]
    assert len(count_work) == 1


def test_the_same_call_is_metered_once_and_counted_as_often_as_it_came():
    for number in range(3):
        send(request_id=f"request-{number}")

    assert used() == [3, 1, 3]


def test_without_a_key_each_call_is_done(count_work):
    post(BODY, request_id="request-1")
    post(BODY, request_id="request-2")

    assert len(count_work) == 2
    assert kept_items() == []


@pytest.mark.parametrize("word", ["8e03978e", '"8e03978e"', ' "8e03978e" '])
def test_the_quotes_of_the_draft_make_no_difference(count_work, word):
    send(word="8e03978e")
    send(word=word, request_id="request-2", header="idempotency-key")

    assert len(count_work) == 1


def test_another_key_is_another_call(count_work):
    send(word="one")
    send(word="two", request_id="request-2")

    assert len(count_work) == 2


def test_the_same_key_with_another_body_is_refused_and_changes_nothing(count_work):
    _, _, first = send()
    status, _, answer = send(OTHER, request_id="request-2")
    _, _, again = send(request_id="request-3")

    assert (status, answer["code"]) == (422, "idempotency_key_reused")
    assert again == first
    assert len(count_work) == 1


def test_the_key_of_another_tenant_is_another_key(count_work):
    send()
    write_access(AccessItem("key-2", "tenant-2", "open", "free", "", "grant:2"))

    status, _, _ = send(
        OTHER, key="key-2", claims={**CLAIMS, "tenant_id": "tenant-2"}, request_id="request-2"
    )

    assert status == 200


@pytest.mark.parametrize("word", ["", '"', '""', "ö", "a" * 256, 'a"b', "a\\b", "two words"])
def test_what_is_no_key_is_refused(word):
    status, _, answer = send(word=word)

    assert (status, answer["code"]) == (400, "idempotency_key_invalid")


def test_two_keys_in_one_call_are_refused():
    sent = event(body=BODY) | {"multiValueHeaders": {"Idempotency-Key": ["one", "two"]}}

    assert json.loads(handler(sent, None)["body"])["code"] == "idempotency_key_invalid"


def test_a_call_that_is_safe_to_repeat_needs_no_key():
    for route in ("GET /v1/me", "GET /v1/me"):
        sent = event(route)
        sent["headers"]["Idempotency-Key"] = KEY
        assert handler(sent, None)["statusCode"] == 200
    assert kept_items() == []


def test_while_the_first_is_being_worked_on_the_second_is_told_to_wait(monkeypatch):
    during = []
    original = api.solve

    def solve(*args, **kwargs):
        during.append(send(request_id="request-2"))
        return original(*args, **kwargs)

    monkeypatch.setattr(api, "solve", solve)

    first = send()

    [(status, _, answer)] = during
    assert (first[0], status, answer["code"]) == (200, 409, "call_running")
    assert used() == [1, 1, 2]


def test_of_many_at_once_one_works_and_all_that_answer_answer_the_same(in_threads, count_work):
    found = in_threads(8, lambda number: send(request_id=f"request-{number}"))

    answered = [answer for status, _, answer in found if status == 200]
    assert {status for status, _, _ in found} <= {200, 409}
    assert answered
    assert all(answer == answered[0] for answer in answered)
    assert len(count_work) == 1
    assert used()[1:] == [1, 8]


def test_a_refused_call_leaves_its_key_unused(count_work):
    refused = send('{"qubo": []}')
    mended = send(request_id="request-2")

    assert (refused[0], mended[0]) == (400, 200)


def test_a_call_that_breaks_leaves_its_key_unused(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(api, "solve", lambda *_args, **_kwargs: 1 / 0)
        assert send()[0] == 500

    assert kept_items() == []
    assert send(request_id="request-2")[0] == 200


class Killed(BaseException):
    """What nobody catches: the function is gone."""


@pytest.fixture
def die(monkeypatch):
    """End the function before or after it has metered, without a chance to tidy up."""

    def die(when):
        original = api.Meter.count_served

        def count(*args, **kwargs):
            if when == "after":
                original(*args, **kwargs)
            raise Killed

        with monkeypatch.context() as patch:
            patch.setattr(api.Meter, "count_served", count)
            patch.setattr(answers, "give_back", lambda claim: None)
            with pytest.raises(Killed):
                send()

    return die


def test_a_function_that_died_before_it_metered_holds_the_key_for_a_lease(die, count_work):
    die("before")

    waiting = send(request_id="request-2")
    with time_machine.travel(datetime.now(UTC) + answers.LEASE + timedelta(seconds=1)):
        taken_over = send(request_id="request-3")

    assert (waiting[0], taken_over[0]) == (409, 200)
    assert len(count_work) == 2
    assert used()[1] == 1


def test_a_function_that_died_after_it_metered_is_answered_for_at_once(die, count_work):
    die("after")

    assert send(request_id="request-2")[0] == 200
    assert len(count_work) == 1
    assert used()[1] == 1


def test_whoever_was_too_slow_and_lost_the_key_answers_nothing(monkeypatch):
    original = api.solve

    def solve(*args, **kwargs):
        monkeypatch.setattr(api, "solve", original)
        later = datetime.now(UTC) + answers.LEASE + timedelta(seconds=1)
        with time_machine.travel(later):
            assert send(request_id="request-2")[0] == 200
        return original(*args, **kwargs)

    monkeypatch.setattr(api, "solve", solve)

    status, _, answer = send()

    assert (status, answer["code"]) == (409, "call_running")
    assert used()[1] == 1


def test_work_that_cannot_be_metered_is_not_kept_either(monkeypatch):
    def unreachable(*_args, **_kwargs):
        raise TryLater("dynamodb did not answer")

    with monkeypatch.context() as patch:
        patch.setattr(api.Meter, "count_served", unreachable)
        assert send()[0] == 503

    assert kept_items() == []


def test_after_a_day_the_key_may_be_used_anew_although_the_item_is_still_there(count_work):
    send()
    with time_machine.travel(datetime.now(UTC) + answers.KEPT + timedelta(seconds=1)):
        status, _, _ = send(OTHER, request_id="request-2")

    assert status == 200
    assert len(kept_items()) == 1


def test_a_smaller_tier_does_not_take_back_an_answer():
    open_key("starter")
    body = json.dumps({"terms": [[40, 40, -1]]})
    _, _, first = send(body)
    open_key("free")

    assert send(body, request_id="request-2")[2] == first


def test_neither_key_nor_body_stands_in_the_table():
    send('{"qubo": {"secret-label,x": 1}}', word="my-key")

    [item] = kept_items()
    assert "my-key" not in str(item)
    assert item["call"]["S"].startswith("tenant-1#")
    assert set(item) == {"call", "body", "answer", "expires_at"}
    assert len(item["body"]["S"]) == 64


def test_the_largest_answer_fits_into_an_item():
    open_key("enterprise")
    labels = [f"{index:03}" + "\U0001f600" * 61 for index in range(256)]

    status, _, answer = send(json.dumps({"qubo": {f"{one},{one}": -1 for one in labels}}))

    assert (status, len(answer["solution"])) == (200, 256)
    [item] = kept_items()
    assert len(item["answer"]["S"]) < 300 * 1024
