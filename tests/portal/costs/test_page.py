"""The staff page of costs."""

import pytest

from portal.costs.estimating import estimate, inputs_of

pytestmark = pytest.mark.django_db

PAGE = "/admin/costs/"


@pytest.mark.parametrize("role", ["operations", "auditor", "admin"])
def test_whoever_answers_for_money_sees_it(staff, role):
    page = staff(role).get(PAGE).content.decode()

    assert f"{estimate(inputs_of('start')).cost:,.2f} USD a month" in page
    assert "api_calls * call_seconds * api_gb" in page
    assert "2026-" in page


@pytest.mark.parametrize("role", ["marketing", "support"])
def test_others_do_not(staff, role):
    client = staff(role)

    assert client.get(PAGE).status_code == 403
    assert PAGE not in client.get("/admin/").content.decode()


def test_the_address_carries_scenario_and_numbers(staff):
    page = staff("operations").get(PAGE, {"scenario": "full", "people": "10000"}).content.decode()

    expected = estimate(inputs_of("full") | {"people": 10000.0}).cost
    assert f"{expected:,.2f} USD a month" in page


@pytest.mark.parametrize(
    "query",
    [
        {"scenario": "none"},
        {"scenario": "start", "people": "-1"},
        {"scenario": "start", "mails": "x"},
    ],
)
def test_what_is_no_number_is_said_beside_its_field(staff, query):
    answer = staff("operations").get(PAGE, query)

    assert answer.status_code == 422
    assert "errorlist" in answer.content.decode()


def test_it_changes_nothing(staff):
    assert staff("operations").post(PAGE).status_code == 405
