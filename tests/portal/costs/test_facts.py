"""The cost model says what the code does: units of DynamoDB counted where they are spent."""

import json
import re
from pathlib import Path

import pytest

from adapters.definitions import definition
from functions.api import handler
from functions.generate_token import handler as generate_token
from tests.consumed import consumed_units
from tests.functions.calls import CLAIMS, event, open_key
from tests.tokens import id_token

ROOT = Path(__file__).resolve().parent.parent.parent.parent

FORM = {
    "email": "alice@example.com",
    "full_name": "Alice Ames",
    "company": "Ames Optics",
    "accept_terms": "on",
    "form_key": "9f0b0d9e-2f0a-4a50-8d0f-5f6f0a0f7d11",
}


def fact(name):
    return definition("costs")["facts"][name]["value"]


def test_a_call_of_the_api_costs_what_the_model_says():
    open_key()
    sent = event("GET /v1/me", request_id="request-1")
    sent["headers"] = {"Authorization": id_token(**CLAIMS)}
    sent["multiValueHeaders"] = {"Authorization": [id_token(**CLAIMS)]}

    with consumed_units() as units:
        assert handler(sent, None)["statusCode"] == 200

    assert (units.writes, units.reads) == (fact("writes_a_call"), fact("reads_a_call"))


def test_a_sign_in_reads_what_the_model_says():
    with consumed_units() as units:
        generate_token(
            {
                "triggerSource": "TokenGeneration_Authentication",
                "userName": "sub-1",
                "request": {"userAttributes": {"sub": "sub-1"}},
                "response": {},
            },
            None,
        )

    assert (units.writes, units.reads) == (0, fact("reads_a_sign_in"))


@pytest.mark.django_db(transaction=True)
def test_a_sign_up_costs_no_more_than_the_model_says(
    client, settings, make_code, run_tasks, record_property
):
    """From the check while typing to the key, with the limits of strangers."""
    settings.RATE_LIMITS = True
    code = make_code()

    with consumed_units() as units:
        client.post("/signup/check-code/", {"code": code})
        assert client.post("/signup/", FORM | {"code": code}).status_code == 302
        run_tasks()

    record_property("figures", f"a sign-up: {units.writes} writes, {units.reads} reads")
    assert fact("writes_a_sign_up") / 2 <= units.writes <= fact("writes_a_sign_up")
    assert fact("reads_a_sign_up") / 2 <= units.reads <= fact("reads_a_sign_up")


def test_a_code_is_written_with_its_indexes():
    indexes = definition("tables")["promo-codes"]["indexes"]

    assert fact("writes_a_code") == 1 + len(indexes)


def test_memory_and_queues_are_those_that_are_deployed():
    functions = (ROOT / "infra/functions.yaml").read_text()
    portal = json.loads((ROOT / "zappa_settings.json").read_text())

    sizes = [int(size) / 1024 for size in re.findall(r"MemorySize: (\d+)", functions)]

    assert fact("trigger_gb") == sizes[0]
    assert fact("api_gb") == pytest.approx(max(sizes), abs=0.005)
    assert {stage.get("memory_size") for stage in portal.values()} >= {fact("portal_gb") * 1024}
    assert fact("queues") == len(definition("queues"))
