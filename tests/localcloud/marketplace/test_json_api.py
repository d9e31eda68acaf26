"""The simulator as programs use it."""

import json

import boto3
import pytest
import requests

from tests.localcloud.marketplace.conftest import (
    CONTRACT,
    LEGACY_SUBSCRIPTION,
    PRODUCTS,
    SUBSCRIPTION,
)


@pytest.fixture
def api(cloud):
    """Ask the API; return status and answer."""

    def ask(method, path, **what):
        url = f"{cloud.addresses.marketplace}/api/{path}"
        answer = requests.request(method, url, json=what, timeout=10)
        return answer.status_code, answer.json()

    return ask


def test_the_products_are_those_that_are_listed(api):
    status, products = api("GET", "products")

    assert (status, [one["code"] for one in products]) == (200, PRODUCTS)


def test_a_contract_is_bought_and_its_token_resolves(api, world):
    terms = {"dimensions": {"pro": 1}, "months": 24, "auto_renews": True, "starts_in_days": 0}

    status, bought = api("POST", "agreements", product=CONTRACT, **terms)
    _, given = api("POST", f"agreements/{bought['id']}/token")

    resolved = boto3.client("meteringmarketplace").resolve_customer(
        RegistrationToken=given["token"]
    )
    agreement = world.agreements[bought["id"]]
    assert status == 201
    assert (bought["product"], bought["dimensions"]) == (CONTRACT, {"pro": 1})
    assert bought["license_arn"] == agreement.license_arn == resolved["LicenseArn"]
    assert api("GET", "agreements") == (200, [bought])


def test_what_happens_to_an_agreement_answers_what_holds_then(api, world):
    old = world.buy(CONTRACT)

    _, upgraded = api("POST", f"agreements/{old.id}/upgrade", dimensions={"pro": 1})
    _, renewed = api("POST", f"agreements/{old.id}/renew")
    _, left = api("POST", f"agreements/{renewed['id']}/cancel")

    assert (upgraded["id"], upgraded["dimensions"]) == (old.id, {"pro": 1})
    assert (renewed["previous_id"], renewed["status"]) == (old.id, "ACTIVE")
    assert (left["status"], old.status) == ("CANCELLED", "RENEWED")


def test_an_account_is_suspended_and_reinstated(api, world):
    account = world.buy(SUBSCRIPTION).account_id

    assert api("POST", f"accounts/{account}/suspend") == (200, {"suspended": [account]})
    assert api("POST", f"accounts/{account}/reinstate") == (200, {"suspended": []})


def test_notices_wait_and_are_sent_as_asked(api, world):
    api("POST", "notices", holds=True)
    world.buy(LEGACY_SUBSCRIPTION)
    _, notices = api("GET", "notices")

    _, sent = api("POST", "notices/1", copies=2)

    assert [(one["number"], one["is_waiting"]) for one in notices] == [(1, True)]
    assert json.loads(notices[0]["body"])["Type"] == "Notification"
    assert sent["sent"] == 2
    assert api("POST", "notices/1", drop=True)[1]["is_dropped"]
    assert api("POST", "notices/1", after_seconds=60)[1]["sent"] == 0


def test_all_that_wait_are_sent_and_any_kind_is_made(api, world):
    world.notices.holds = True
    agreement = world.buy(SUBSCRIPTION)

    _, made = api("POST", "notices", kind="Moon Risen", agreement_id=agreement.id)
    _, notices = api("POST", "notices", deliver="all", holds=False)

    assert made["kind"].startswith("Moon Risen")
    assert [one["sent"] for one in notices] == [1, 1, 1]
    assert world.notices.holds is False


def test_the_clock_moves_on(api):
    _, before = api("GET", "clock")

    api("POST", "clock", hours=5)

    assert before["ahead_seconds"] == 0
    assert api("GET", "clock")[1]["ahead_seconds"] == 5 * 3600


def test_a_fault_comes_and_goes(api, world):
    status, fault = api("POST", "faults", kind="throttle", operation="ResolveCustomer", times=3)

    assert (status, fault["times"]) == (201, 3)
    assert api("GET", "faults") == (200, [fault])
    assert api("DELETE", f"faults/{fault['number']}") == (200, [])
    assert world.faults.waiting == []


def test_calls_are_listed_by_their_operation_without_tokens(api, world):
    token = world.set_up_account(world.buy(SUBSCRIPTION).id)
    boto3.client("meteringmarketplace").resolve_customer(RegistrationToken=token)

    _, calls = api("GET", "calls?operation=ResolveCustomer")

    assert [call["operation"] for call in calls] == ["ResolveCustomer"]
    assert token not in json.dumps(calls)
    assert api("GET", "calls?operation=GetEntitlements") == (200, [])


def test_everything_is_forgotten(api, world):
    world.buy(SUBSCRIPTION)

    assert api("POST", "reset") == (200, {})
    assert world.agreements == {}


@pytest.mark.parametrize(
    ("method", "path", "what", "status", "sentence"),
    [
        ("POST", "agreements", {"product": "none"}, 409, "No product has the code none."),
        ("POST", "agreements", {"product": CONTRACT, "colour": "red"}, 400, "colour"),
        ("POST", "agreements/agmt-none/cancel", {}, 409, "There is no agreement agmt-none."),
        ("POST", "agreements/agmt-none/clear", {}, 404, "There is no verb clear"),
        ("POST", "accounts/1/delete", {}, 404, "There is no verb delete"),
        ("POST", "notices/7", {}, 404, "There is no notice 7."),
        ("POST", "faults", {"kind": "flood"}, 400, "There is no fault flood"),
        ("POST", "clock", {"hours": -1}, 400, "Time does not run back."),
    ],
)
def test_what_cannot_be_is_said(api, method, path, what, status, sentence):
    answered, said = api(method, path, **what)

    assert answered == status
    assert sentence in said["error"]


def test_another_web_site_does_nothing_here(cloud, world):
    world.buy(SUBSCRIPTION)

    url = f"{cloud.addresses.marketplace}/api/reset"
    answer = requests.post(url, headers={"Origin": "https://elsewhere.example"}, timeout=10)

    assert answer.status_code == 403
    assert len(world.agreements) == 1
