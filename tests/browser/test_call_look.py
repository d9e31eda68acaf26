"""A request id of the API is pasted, and the page of the job shows the call without a reload."""

import pytest
import requests
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from backoffice.models import Job
from tenants.finding import calls
from tests.backoffice import rows
from tests.backoffice.doors import page_url
from tests.browser.looks import hold_to_the_rules

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NOBODYS = "AAAAAAAAAAAAAAA="


@pytest.fixture
def supporter(context: BrowserContext, live_server, staff):
    cookie = staff("support").cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    return context.new_page()


def test_from_the_pasted_id_to_the_call(supporter: Page, live_server, cloud, run_tasks):
    refused = requests.get(f"{cloud.addresses.api}/v1/me", timeout=10).json()["request_id"]
    supporter.goto(live_server.url + reverse("admin:tenants_find"))
    supporter.get_by_label("What do they quote?").fill(refused)
    supporter.get_by_role("button", name="Find", exact=True).click()
    expect(supporter.get_by_test_id("call")).to_be_visible()
    hold_to_the_rules(supporter)

    supporter.get_by_label("When was the call?").select_option("In the last day")
    supporter.get_by_role("button", name="Look in the log of the API").click()
    expect(supporter.get_by_test_id("job")).to_have_attribute("data-state", "waiting")
    run_tasks()

    expect(supporter.get_by_test_id("call")).to_contain_text("No valid ID token came with it")
    hold_to_the_rules(supporter)


FOUND = {
    "request_id": NOBODYS,
    "method": "POST",
    "resource": "/v1/solve",
    "status": 403,
    "key_id": "k3yid00001",
    "latency": 1234,
    "function_ms": 1200,
}


def a_look(**arguments) -> Job:
    asked = {"request_id": NOBODYS, "hours": calls.DAY, "looked": 1}
    if "found" in arguments:
        at = {"at": timezone.now().isoformat()}
        arguments["found"] = FOUND | at | arguments["found"]
    return rows.a_job(
        kind=calls.KIND,
        title=f"Find the call {NOBODYS} in the log of the API",
        state=Job.State.DONE,
        total=1,
        done=1,
        arguments=asked | arguments,
    )


@pytest.mark.parametrize("what", ["refused by our function", "of two customers", "not found"])
def test_the_result(supporter: Page, live_server, what):
    ames, burr = rows.a_customer(), rows.a_customer("Burr Tools", "bob@burr.example")
    ames.keys.update(key_id="k3yid00001")
    job = {
        "refused by our function": lambda: a_look(found={"tenant_id": ames.pk}),
        "of two customers": lambda: a_look(found={"tenant_id": burr.pk}),
        "not found": a_look,
    }[what]()

    supporter.goto(live_server.url + page_url(job))

    shown = "no-call" if what == "not found" else "call"
    expect(supporter.get_by_test_id(shown)).to_be_visible()
    hold_to_the_rules(supporter)
