"""A call is found in the API's access log by the id that its caller was told."""

from datetime import UTC, datetime, timedelta

import boto3
import pytest
import requests

from adapters.access_log import LoggedCall, log_group, look_for_call, request_id_of
from adapters.errors import NotThere, Refused, TryLater
from localcloud import log_searches
from tests.outages import failing

pytestmark = pytest.mark.usefixtures("cloud")

ELSE = "AAAAAAAAAAAAAAA="


def ago(**span):
    return datetime.now(UTC) - timedelta(**span)


@pytest.fixture
def refused(cloud):
    """The id of a call that was refused a moment ago."""
    answer = requests.get(f"{cloud.addresses.api}/v1/me", timeout=10)
    return answer.json()["request_id"]


def test_a_refused_call_is_found_by_the_id_of_its_answer(refused):
    page = look_for_call(refused, since=ago(hours=1))

    call = page.call
    assert call
    assert call.latency is not None
    assert abs(datetime.now(UTC) - call.at) < timedelta(minutes=1)
    assert call == LoggedCall(
        at=call.at,
        request_id=refused,
        method="GET",
        resource="/v1/me",
        status=401,
        refused_by="UNAUTHORIZED",
        latency=call.latency,
    )
    assert page.token == ""


def test_asked_twice_it_says_the_same(refused):
    assert look_for_call(refused, since=ago(hours=1)) == look_for_call(refused, since=ago(hours=1))


def test_another_id_is_not_found(refused):
    assert look_for_call(ELSE, since=ago(hours=1)).call is None


def test_what_lies_outside_of_the_time_is_not_found(refused):
    assert look_for_call(refused, since=ago(hours=-1)).call is None
    assert look_for_call(refused, since=ago(hours=2), until=ago(hours=1)).call is None


def test_an_empty_page_may_have_another_one_after_it(cloud, refused, monkeypatch):
    since = ago(hours=1)
    last = requests.get(f"{cloud.addresses.api}/v1/me", timeout=10).json()["request_id"]
    monkeypatch.setattr(log_searches, "LINES_A_PAGE", 1)

    first = look_for_call(last, since=since)
    second = look_for_call(last, since=since, token=first.token)

    assert (first.call, bool(first.token)) == (None, True)
    assert second.call
    assert second.call.request_id == last
    assert second.token == ""


def test_a_stage_without_a_log_has_nothing_to_look_at():
    boto3.client("logs").delete_log_group(logGroupName=log_group())

    with pytest.raises(NotThere):
        look_for_call(ELSE, since=ago(hours=1))


def test_a_token_that_is_none_is_refused():
    with pytest.raises(Refused):
        look_for_call(ELSE, since=ago(hours=1), token="last year's")


def test_a_search_too_many_is_tried_later():
    with failing("logs", "FilterLogEvents", "ThrottlingException"), pytest.raises(TryLater):
        look_for_call(ELSE, since=ago(hours=1))


@pytest.mark.parametrize(
    "typed", ["JKJaXmPLvHcESHA=", " JKJaXmPLvHcESHA= ", "JKJaXmPLvHcESHA", '"JKJaXmPLvHcESHA="']
)
def test_an_id_is_read_however_it_was_copied(typed):
    assert request_id_of(typed) == "JKJaXmPLvHcESHA="


@pytest.mark.parametrize(
    "typed",
    ["", "Ames", "alice@example.co", "0f5c9d3e-74a6-4f0b-9a66-5d1c0c7a3b21", 'a" || "bcdef'],
)
def test_what_is_no_id_is_not_looked_for(typed):
    assert request_id_of(typed) == ""
