"""What API Gateway counted: GetUsage, by key and day of UTC."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from adapters.aws import client, speaking_to

# https://docs.aws.amazon.com/apigateway/latest/api/API_GetUsage.html
KEYS_A_PAGE = 500
# AWS keeps usage for 90 days.
MOST_DAYS = 90


@dataclass(frozen=True, slots=True)
class KeyDay:
    """One key on one plan on one day. `remaining` is what its quota left when AWS last counted."""

    api_key_id: str
    day: date
    calls: int
    remaining: int


def usage_of_plan(plan_id: str, first: date, last: date) -> Iterator[KeyDay]:
    """Yield what the keys of a plan used from first to last day, both included.

    One call tells of 500 keys and all days, so a plan costs few calls however many customers it
    has: control-plane calls are limited to 10 a second, and these follow one after the other. The
    numbers lag by minutes. A key that was moved is told of under both plans.
    """
    asked = {"usagePlanId": plan_id, "startDate": first.isoformat(), "endDate": last.isoformat()}
    with speaking_to("apigateway"):
        pages = client("apigateway").get_paginator("get_usage").paginate(**asked, limit=KEYS_A_PAGE)
        for page in pages:
            yield from _key_days(page.get("items", {}), first)


def _key_days(items: dict[str, list[list[int]]], first: date) -> Iterator[KeyDay]:
    """Each key has a pair of numbers for each day: used and remaining."""
    for api_key_id, pairs in items.items():
        for number, (used, remaining) in enumerate(pairs):
            yield KeyDay(api_key_id, first + timedelta(days=number), used, remaining)
