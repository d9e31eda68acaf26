"""Every event under functions/events/ goes through its function, which does its work."""

import json

import pytest

from infra.invoking import EVENTS, handlers, invoke

pytestmark = pytest.mark.django_db(transaction=True)


# What the answer must be like, by function and event.
EXPECTED = {
    "api/openapi": lambda told: json.loads(told["body"])["openapi"].startswith("3.1"),
    "api/me-without-token": lambda told: told["statusCode"] == 401,
    "api/solve-without-token": lambda told: told["statusCode"] == 401,
    "generate-token/sign-in": lambda told: told["triggerSource"].startswith("TokenGeneration"),
    "after-confirmation/signed-up": lambda told: told["triggerSource"].endswith("SignUp"),
    "after-confirmation/forgotten-password": lambda told: told["response"] == {},
    "validate-code/unknown": lambda told: told["valid"] is False,
    "redeem-code/unknown": lambda told: told["redeemed"] is False,
    "redeem-code/give-back": lambda told: told["released"] is False,
    "generate-codes/batch": lambda told: told == {"done": 30, "count": 30, "complete": True},
    "portal/schema": lambda told: told["missing"] == [],
    "portal/schedule-run-due": lambda told: told == {"ran": "tenants.tasks.run_due"},
    "portal/queue-tasks": lambda told: told == {"batchItemFailures": []},
    "portal/queue-registrations": lambda told: told == {"batchItemFailures": []},
}


def test_every_event_has_an_expectation_and_every_function_an_event():
    files = {f"{file.parent.name}/{file.stem}" for file in EVENTS.glob("*/*.json")}

    assert files == EXPECTED.keys()
    assert {name.partition("/")[0] for name in files} == handlers().keys()


@pytest.mark.parametrize("name", EXPECTED)
def test_an_event_is_answered(name, make_campaign):
    event = json.loads((EVENTS / f"{name}.json").read_text())
    if "campaign" in event:
        make_campaign(public_id=event["campaign"])

    answer = invoke(name.partition("/")[0], event)

    assert EXPECTED[name](answer), answer
