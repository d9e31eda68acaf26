"""Both who count usage agree to the call, whatever happens to the calls."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from adapters.errors import TryLater
from functions import api, metering
from tenants.models import UsageDay
from tenants.usage import gateway_counts, rollup
from tests.journeys.test_first_call import Customer

pytestmark = pytest.mark.django_db(transaction=True)

CALLS = 1000
THREADS = 8
SOLVE = {"path": "/v1/solve", "json": {"qubo": [[-1, 2], [0, -2]], "seed": 1}}
KINDS = {
    "solved": (40, SOLVE),
    "me": (15, {}),
    "refused by us": (15, {"path": "/v1/solve", "json": {"qubo": [[1, 2], [3]]}}),
    "refused by the validator": (10, {"path": "/v1/solve", "json": {"nothing": 1}}),
    "no token": (10, {"token": None}),
    "no such key": (5, {"key": "x" * 40}),
    "no such address": (5, {"path": "/v1/nothing"}),
}


@pytest.fixture
def customer(cloud, run_tasks, make_campaign, make_code):
    code = make_code(make_campaign(tier="pro"))
    return Customer("alice@example.com", cloud, run_tasks).get_in(code)


@pytest.fixture
def bad_day(monkeypatch):
    """Now and then the function breaks, cannot meter, or is given the same event twice."""
    chance, happened = random.Random(7), Counter()
    solve, record, handler = api.solve, metering.record_usage, api.handler

    def breaking(*args, **kwargs):
        if chance.random() < 0.1:
            happened["broken"] += 1
            raise ValueError("a bug")
        return solve(*args, **kwargs)

    def unreliable(**fields):
        how = chance.random() if fields["outcome"] == "ok" else 1
        if how < 0.05:
            happened["request lost"] += 1
            raise TryLater("the request was lost")
        # Half a second is DynamoDB's; a busy machine's local cloud may take longer.
        is_new = record(**{**fields, "hurried": False})
        if how < 0.1:
            happened["answer lost"] += 1
            raise TryLater("the answer was lost")
        return is_new

    def twice(event, context):
        answer = handler(event, context)
        if chance.random() < 0.2:
            happened["delivered twice"] += 1
            handler(event, context)
        return answer

    monkeypatch.setattr(api, "solve", breaking)
    monkeypatch.setattr(metering, "record_usage", unreliable)
    monkeypatch.setattr(api, "handler", twice)
    return happened


def test_both_agree_to_the_call_after_1000_calls_with_failures_retries_and_duplicates(
    customer, bad_day, record_property
):
    chance = random.Random(11)
    weights = [weight for weight, _ in KINDS.values()]
    plan = chance.choices(list(KINDS), weights, k=CALLS)
    statuses: Counter[int] = Counter()

    def call(kind: str) -> None:
        """A customer's program tries again, once, when we are in trouble or it was too fast."""
        for _ in range(2):
            status = customer.call(**KINDS[kind][1]).status_code
            statuses[status] += 1
            if status < 429:
                return

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(call, plan))
    gateway_counts.copy_gateway_counts()
    rollup.copy_our_counts()
    total = Counter()
    for row in UsageDay.objects.all():  # one, or two where midnight came in between
        names = ("gateway_calls", "admitted", "calls", "refused", "failed")
        total.update({name: getattr(row, name) for name in names})

    figures = f"{sum(statuses.values())} calls, answered {dict(statuses)}; {dict(bad_day)}; "
    figures += f"gateway {total['gateway_calls']}, "
    figures += f"ours {total['calls']} + {total['refused']} + {total['failed']}"
    record_property("figures", figures)
    assert total["gateway_calls"] == total["admitted"]
    assert total["calls"] >= statuses[200] > 100
    assert total["refused"] > 50
    assert total["failed"] > 10
    assert min(bad_day.values()) > 5
