"""What was used, by request and by hour: a request reported twice is counted once."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from adapters.aws import client, speaking_to
from adapters.clock import timestamp
from adapters.definitions import name_of
from adapters.transactions import ConditionFailed, write_together

# Long enough to answer a question about last quarter's bill; the hour counters stay.
KEEP_REQUESTS = timedelta(days=95)
# A first call is nearly always in the first of a tenant's hours.
HOURS_A_LOOK = 24

# How a call ended that the gateway let in: served, refused by us (4xx), or broken by us (5xx).
Outcome = Literal["ok", "refused", "failed"]
_COUNTERS: dict[Outcome, str] = {"ok": "calls", "refused": "refused", "failed": "failed"}


@dataclass(frozen=True, slots=True)
class HourOfUsage:
    """One counter: `calls` were served; `refused` and `failed` came as well and got nothing."""

    hour: datetime
    api_key_id: str
    billing_source: str
    calls: int
    units: int
    refused: int = 0
    failed: int = 0

    @property
    def admitted(self) -> int:
        """All calls that reached us: what the gateway counts against the quota."""
        return self.calls + self.refused + self.failed


def unknown_key(api_key_id: str) -> str:
    """Return what stands for the tenant of a key that we cannot place."""
    return f"key#{api_key_id}"


def record_usage(
    *,
    tenant_id: str,
    api_key_id: str,
    request_id: str,
    units: int,
    billing_source: str,
    at: datetime,
    outcome: Outcome = "ok",
    hurried: bool = False,
    together_with: dict[str, Any] | None = None,
) -> bool:
    """Count one call: True if this counted it, False if the request was counted before.

    The request's row and the hour's counter are one transaction, so no crash can leave one
    without the other; `together_with` is one more action of it. Raises TryLater when nothing is
    known to be counted (with `hurried` after half a second), and ConditionFailed when that other
    action's condition did not hold.
    """
    request = {
        "tenant_id": {"S": tenant_id},
        "record": {"S": f"request#{request_id}"},
        "api_key_id": {"S": api_key_id},
        "units": {"N": str(units)},
        "billing_source": {"S": billing_source},
        "outcome": {"S": outcome},
        "at": {"S": timestamp(at)},
        "expires_at": {"N": str(int((at + KEEP_REQUESTS).timestamp()))},
    }
    # Units of a grant and of an agreement never share a counter: within one hour a customer may
    # move from one to the other, and only the agreement's may be billed.
    counter = {
        "tenant_id": {"S": tenant_id},
        "record": {"S": f"hour#{_hour(at)}#{api_key_id}#{billing_source}"},
    }
    added = _add(counter, api_key_id, billing_source, units, outcome)
    try:
        also = [together_with] if together_with else []
        write_together([_put_once(request), added, *also], hurried=hurried)
    except ConditionFailed as error:
        if 0 not in error.failed:
            raise
        return False
    return True


def first_hour_of(tenant_id: str) -> datetime | None:
    """Return the start of the first hour in which a call of the tenant was served, if any was.

    One read, unless the tenant was refused for more than a day of hours before.
    """
    asked = _hours(tenant_id, "hour#")
    pages = client("dynamodb").get_paginator("query").paginate(**asked, Limit=HOURS_A_LOOK)
    with speaking_to("dynamodb"):
        for page in pages:
            for hour in map(_hour_of_usage, page["Items"]):
                if hour.calls:
                    return hour.hour
    return None


def hours_of(tenant_id: str, since: datetime, *, hurried: bool = False) -> list[HourOfUsage]:
    """Return the tenant's counters, oldest first, from the hour that `since` falls in.

    With `hurried` each page is waited for half a second: a person waits for the answer.
    """
    first = f"hour#{_hour(since)}"
    dynamodb = client("dynamodb", hurried=True) if hurried else client("dynamodb")
    pages = dynamodb.get_paginator("query").paginate(**_hours(tenant_id, first))
    with speaking_to("dynamodb"):
        return [_hour_of_usage(item) for page in pages for item in page["Items"]]


def _hours(tenant_id: str, first: str) -> dict[str, Any]:
    """The request for the tenant's counters from this one on."""
    return {
        "TableName": name_of("usage"),
        "KeyConditionExpression": "tenant_id = :tenant AND #record BETWEEN :first AND :last",
        "ExpressionAttributeNames": {"#record": "record"},
        "ExpressionAttributeValues": {
            ":tenant": {"S": tenant_id},
            ":first": {"S": first},
            # Just past every hour: digits sort before the colon.
            ":last": {"S": "hour#:"},
        },
        "ConsistentRead": True,
    }


def _hour(at: datetime) -> str:
    return timestamp(at)[:13]


def _put_once(item: dict[str, Any]) -> dict[str, Any]:
    return {
        "Put": {
            "TableName": name_of("usage"),
            "Item": item,
            "ConditionExpression": "attribute_not_exists(tenant_id)",
        }
    }


def _add(
    counter: dict[str, Any], api_key_id: str, billing_source: str, units: int, outcome: Outcome
) -> dict[str, Any]:
    return {
        "Update": {
            "TableName": name_of("usage"),
            "Key": counter,
            "UpdateExpression": "ADD #counted :one, #units :units"
            " SET api_key_id = :key, billing_source = :source",
            "ExpressionAttributeNames": {"#counted": _COUNTERS[outcome], "#units": "units"},
            "ExpressionAttributeValues": {
                ":one": {"N": "1"},
                ":units": {"N": str(units)},
                ":key": {"S": api_key_id},
                ":source": {"S": billing_source},
            },
        }
    }


def _hour_of_usage(item: dict[str, dict[str, str]]) -> HourOfUsage:
    hour = item["record"]["S"].removeprefix("hour#")[:13]
    return HourOfUsage(
        hour=datetime.strptime(hour, "%Y-%m-%dT%H").replace(tzinfo=UTC),
        api_key_id=item["api_key_id"]["S"],
        billing_source=item["billing_source"]["S"],
        calls=_number(item, "calls"),
        units=_number(item, "units"),
        refused=_number(item, "refused"),
        failed=_number(item, "failed"),
    )


def _number(item: dict[str, dict[str, str]], name: str) -> int:
    return int(item.get(name, {}).get("N", 0))
