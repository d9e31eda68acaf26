"""The simulator as a person uses it, by its forms."""

import re
from datetime import timedelta
from html import unescape

import boto3
import pytest
import requests

from adapters.definitions import name_of
from localcloud.marketplace.faults import Fault
from tests.localcloud.marketplace.conftest import CONTRACT, LEGACY_CONTRACT, SUBSCRIPTION


@pytest.fixture
def see(cloud):
    def see(path: str) -> requests.Response:
        return requests.get(cloud.addresses.marketplace + path, timeout=10)

    return see


@pytest.fixture
def press(cloud):
    def press(path: str, *, headers: dict[str, str] | None = None, **form) -> requests.Response:
        url = cloud.addresses.marketplace + path
        return requests.post(url, data=form, headers=headers, allow_redirects=False, timeout=10)

    return press


@pytest.fixture
def queued(cloud):
    """Return what is in the queue of notices, and take it out."""
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName=name_of("notices"))["QueueUrl"]

    def queued() -> list[str]:
        bodies = []
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1).get("Messages"):
            bodies.append(messages[0]["Body"])
            sqs.delete_message(QueueUrl=url, ReceiptHandle=messages[0]["ReceiptHandle"])
        return bodies

    return queued


def only(world):
    (agreement,) = world.agreements.values()
    return agreement


def tokens_in(page: str) -> list[str]:
    return [unescape(token) for token in re.findall(r'marketplace-token" value="([^"]+)"', page)]


def test_every_product_can_be_chosen(see, world):
    page = see("/").text

    assert all(f'href="/products/{code}"' in page for code in world.products)
    assert "Nobody has bought anything yet" in page


def test_a_contract_is_bought_as_it_was_filled_in(press, see, world):
    form = {"dimension": "pro", "quantity": "2", "months": "24", "auto_renews": "on"}

    answer = press(f"/products/{CONTRACT}", **form, account_id="123456789012", private_offer="on")

    bought = only(world)
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/agreements/{bought.id}?done=bought"
    assert (bought.dimensions, bought.account_id) == ({"pro": 2}, "123456789012")
    assert (bought.auto_renews, bought.is_private) == (True, True)
    assert bought.ends_at - bought.starts_at == timedelta(days=720)
    assert f'href="/agreements/{bought.id}"' in see("/").text


def test_a_subscription_is_tried_free(press, world):
    press(f"/products/{SUBSCRIPTION}", trial_days="14")

    bought = only(world)
    assert bought.trial_ends_at == bought.starts_at + timedelta(days=14)
    assert (bought.dimensions, bought.ends_at) == ({}, None)


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"account_id": "12345"}, "An AWS account has 12 digits."),
        ({"quantity": "many", "dimension": "pro"}, "Write quantity as a whole number."),
        ({"dimension": "gold"}, "does not sell 1 of gold"),
    ],
)
def test_what_cannot_be_bought_is_said_on_the_form(press, world, form, sentence):
    answer = press(f"/products/{CONTRACT}", **form)

    assert (answer.status_code, world.agreements) == (422, {})
    assert sentence in unescape(answer.text)


def test_the_button_posts_a_token_that_resolves_to_the_portal(see, world, monkeypatch):
    monkeypatch.setenv("PORTAL_URL", "http://portal.example:8000")
    agreement = world.buy(CONTRACT)

    answer = see(f"/agreements/{agreement.id}")

    good, forged = tokens_in(answer.text)
    metering = boto3.client("meteringmarketplace")
    assert 'action="http://portal.example:8000/marketplace/register/"' in answer.text
    assert (
        "form-action 'self' http://portal.example:8000" in answer.headers["Content-Security-Policy"]
    )
    assert answer.headers["Cache-Control"] == "no-store"
    resolved = metering.resolve_customer(RegistrationToken=good)
    assert resolved["CustomerAWSAccountId"] == agreement.account_id
    with pytest.raises(metering.exceptions.InvalidTokenException):
        metering.resolve_customer(RegistrationToken=forged)


def test_a_trial_says_so_to_the_portal(see, world):
    trial = world.buy(SUBSCRIPTION, trial_days=7)
    paid = world.buy(SUBSCRIPTION)

    field = 'name="x-amzn-marketplace-offer-type" value="free-trial"'

    assert field in see(f"/agreements/{trial.id}").text
    assert field not in see(f"/agreements/{paid.id}").text


def test_an_upgrade_stays_the_same_agreement(press, world):
    agreement = world.buy(CONTRACT)

    press(f"/agreements/{agreement.id}/change", verb="upgrade", dimension="enterprise")

    assert only(world).dimensions == {"enterprise": 1}


@pytest.mark.parametrize(("verb", "became"), [("renew", "RENEWED"), ("replace", "REPLACED")])
def test_what_follows_is_another_agreement(press, world, verb, became):
    old = world.buy(CONTRACT)

    answer = press(f"/agreements/{old.id}/change", verb=verb, dimension="pro")

    new = world.agreements[answer.headers["Location"].split("/")[2].split("?")[0]]
    assert (old.status, new.previous_id, new.dimensions) == (became, old.id, {"pro": 1})


@pytest.mark.parametrize(
    ("verb", "status"),
    [("cancel", "CANCELLED"), ("expire", "EXPIRED"), ("terminate", "TERMINATED")],
)
def test_an_agreement_ends(press, world, verb, status):
    agreement = world.buy(LEGACY_CONTRACT)

    press(f"/agreements/{agreement.id}/happen", verb=verb)

    assert agreement.status == status


def test_an_advisory_comes_and_goes(press, see, world):
    agreement = world.buy(CONTRACT)

    press(f"/agreements/{agreement.id}/happen", verb="advise")
    assert agreement.advisory_since
    assert "Active, advisory" in see(f"/agreements/{agreement.id}").text

    press(f"/agreements/{agreement.id}/happen", verb="resolve_advisory")
    assert agreement.advisory_since is None


def test_the_account_is_suspended_and_comes_back(press, see, world):
    agreement = world.buy(CONTRACT)

    press(f"/agreements/{agreement.id}/happen", verb="suspend")
    assert world.suspended == {agreement.account_id}
    assert "AWS reinstates the account" in see(f"/agreements/{agreement.id}").text

    press(f"/agreements/{agreement.id}/happen", verb="reinstate")
    assert world.suspended == set()


def test_what_is_over_cannot_end_again(press, world):
    agreement = world.buy(CONTRACT)
    world.cancel(agreement.id)

    answer = press(f"/agreements/{agreement.id}/happen", verb="expire")

    assert answer.status_code == 422
    assert f"{agreement.id} is cancelled." in answer.text


@pytest.mark.parametrize("verb", ["", "clear", "__init__"])
def test_only_the_buttons_are_pressed(press, world, verb):
    agreement = world.buy(CONTRACT)

    answer = press(f"/agreements/{agreement.id}/happen", verb=verb)

    assert (answer.status_code, agreement.status) == (422, "ACTIVE")


def test_the_clock_is_moved_on_and_contracts_end(press, world):
    agreement = world.buy(CONTRACT, months=1)

    press("/settings", what="clock", days="31")

    assert world.clock.ahead == timedelta(days=31)
    assert agreement.status == "EXPIRED"


def test_a_fault_waits_for_its_call_and_is_taken_back(press, see, world):
    form = {"kind": "error", "operation": "ResolveCustomer", "code": "ExpiredTokenException"}

    press("/settings", what="fault", times="0", **form)

    (fault,) = world.faults.waiting
    assert (fault.name, fault.operation, fault.times) == (form["code"], form["operation"], None)
    assert "until it is taken back" in see("/settings").text
    press("/settings", what="removed", number=str(fault.number))
    assert world.faults.waiting == []


def test_a_fault_that_there_is_not_is_refused(press, world):
    answer = press("/settings", what="fault", kind="flood")

    assert (answer.status_code, world.faults.waiting) == (422, [])
    assert "There is no fault flood" in answer.text


def test_everything_is_forgotten(press, world):
    world.buy(CONTRACT)
    world.faults.add(Fault("throttle"))

    press("/settings", what="cleared")

    assert (world.agreements, world.faults.waiting) == ({}, [])


def test_each_call_is_shown_with_request_and_answer_and_no_token(see, world):
    agreement = world.buy(CONTRACT)
    token = world.set_up_account(agreement.id)
    boto3.client("meteringmarketplace").resolve_customer(RegistrationToken=token)

    page = unescape(see("/calls").text)

    assert "ResolveCustomer" in page
    assert f'"CustomerAWSAccountId": "{agreement.account_id}"' in page
    assert token not in page


def test_another_web_site_presses_no_button(press, world):
    agreement = world.buy(CONTRACT)

    strange = {"Origin": "https://elsewhere.example"}
    answers = [
        press(f"/agreements/{agreement.id}/happen", verb="cancel", headers=strange),
        press(f"/agreements/{agreement.id}/change", verb="renew", headers=strange),
        press(f"/products/{CONTRACT}", headers=strange),
        press("/settings", what="cleared", headers=strange),
    ]

    assert [answer.status_code for answer in answers] == [403] * 4
    assert list(world.agreements) == [agreement.id]
    assert agreement.is_active


@pytest.mark.parametrize("path", ["/agreements/agmt-none", "/products/none", "/nothing"])
def test_what_there_is_not_is_not_found(see, path):
    assert see(path).status_code == 404


def test_pages_run_nothing_and_load_their_own_style_alone(see):
    policy = see("/").headers["Content-Security-Policy"]

    assert "default-src 'none'; style-src 'self'" in policy
    assert "unsafe" not in policy
    assert see("/style.css").headers["Content-Type"].startswith("text/css")


def kinds(world, *, waiting: bool) -> list[str]:
    return [one.kind for one in world.notices.notices if one.is_waiting == waiting]


def test_an_agreement_shows_what_was_said_of_it_alone(see, world):
    first, second = world.buy(SUBSCRIPTION), world.buy(LEGACY_CONTRACT)

    page = see(f"/agreements/{first.id}").text

    assert "Purchase Agreement Created - Proposer" in page
    assert "subscribe-success" not in page
    assert "subscribe-success" in see("/notices").text
    assert second.id in see("/notices").text


def test_new_notices_wait_if_they_shall(press, world, queued):
    press("/notices", all="hold")
    press(f"/products/{SUBSCRIPTION}")

    assert len(kinds(world, waiting=True)) == 2
    assert queued() == []
    press("/notices", all="flow")
    press(f"/products/{SUBSCRIPTION}")
    assert len(queued()) == 2


@pytest.mark.parametrize(
    ("how", "sent", "is_dropped"), [("once", 1, False), ("twice", 2, False), ("never", 0, True)]
)
def test_a_notice_is_sent_once_twice_or_never(press, world, queued, how, sent, is_dropped):
    world.notices.holds = True
    agreement = world.buy(SUBSCRIPTION)

    answer = press("/notices/1", how=how, back=agreement.id)

    notice = world.notices.notices[0]
    assert answer.headers["Location"] == f"/agreements/{agreement.id}?done={how}"
    assert (notice.sent, notice.is_dropped) == (sent, is_dropped)
    assert queued() == [notice.body] * sent


def test_a_notice_is_sent_again(press, world, queued):
    world.buy(SUBSCRIPTION)

    press("/notices/1", how="again")

    assert [body == world.notices.notices[0].body for body in queued()].count(True) == 2


def test_a_notice_comes_an_hour_later(press, world, queued):
    world.notices.holds = True
    world.buy(SUBSCRIPTION)

    press("/notices/1", how="late")
    assert queued() == []
    press("/settings", what="clock", minutes="61")

    assert queued() == [world.notices.notices[0].body]


@pytest.mark.parametrize(
    ("how", "order"), [("send", [0, 1]), ("reverse", [1, 0]), ("twice", [0, 0, 1, 1])]
)
def test_all_that_wait_are_sent(press, world, queued, how, order):
    world.notices.holds = True
    world.buy(SUBSCRIPTION)

    press("/notices", all=how)

    bodies = [one.body for one in world.notices.notices]
    assert queued() == [bodies[place] for place in order]


def test_any_kind_is_sent_also_one_that_nobody_knows(press, world, queued):
    agreement = world.buy(SUBSCRIPTION)
    queued()

    press("/notices", all="say", kind="Moon Risen", about=agreement.id)

    (body,) = queued()
    assert '"detail-type": "Moon Risen' in body
    assert agreement.id in body


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        ("/notices/9", {"how": "once"}, 404),
        ("/notices/1", {"how": "thrice"}, 422),
        ("/notices", {"all": "burn"}, 422),
        ("/notices", {"all": "say", "kind": "", "about": "agmt-none"}, 422),
        ("/notices", {"all": "say", "kind": "Moon Risen", "about": "agmt-none"}, 422),
    ],
)
def test_what_cannot_be_sent_is_said(press, world, queued, path, form, status):
    world.buy(SUBSCRIPTION)
    queued()

    assert press(path, **form).status_code == status
    assert queued() == []
