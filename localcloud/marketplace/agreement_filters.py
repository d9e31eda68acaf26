"""Which agreements a search is for, and in which order.

https://docs.aws.amazon.com/marketplace/latest/APIReference/API_marketplace-agreements_SearchAgreements.html
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from localcloud.marketplace.refusals import Refused

_STATUSES = {
    *("ACTIVE", "ARCHIVED", "CANCELLED", "EXPIRED", "RENEWED"),
    *("REPLACED", "ROLLED_BACK", "SUPERSEDED", "TERMINATED"),
}
_ALLOWED = {
    "PartyType": {"Proposer", "Acceptor"},
    "AgreementType": {"PurchaseAgreement"},
    "Status": _STATUSES,
    "EndTimeBehaviorType": {"RENEW", "REPLACE", "EXPIRE"},
    "IncludesContactOfType": {"ACCEPTOR"},
}
_TIMES = {"EndTime": "endTime", "StartTime": "startTime", "LastUpdateTime": "lastUpdateTime"}

_VALUES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "ResourceIdentifier": lambda one: one["proposalSummary"]["resources"][0]["id"],
    "ResourceType": lambda one: one["proposalSummary"]["resources"][0]["type"],
    "AcceptorAccountId": lambda one: one["acceptor"]["accountId"],
    "OfferId": lambda one: one["proposalSummary"]["offerId"],
    "OfferSetId": lambda one: one["proposalSummary"]["offerSetId"],
    "Status": lambda one: one["status"],
    "AgreementType": lambda one: one["agreementType"],
    "EndTimeBehaviorType": lambda one: one["endTimeBehaviorType"],
    "EndTimeBehaviorReasonCode": lambda one: one["endTimeBehaviorReasonCode"],
    "InitialAgreementId": lambda one: one["initialAgreementId"],
    "LicenseArn": lambda one: (one["entitlements"] or [{"licenseArn": ""}])[0]["licenseArn"],
    "IncludesContactOfType": lambda one: one["includesContactOfType"][0],
}
_NAMES = {
    "PartyType",
    *_VALUES,
    *(f"{side}{time}" for side in ("Before", "After") for time in _TIMES),
}
_REQUIRED = ("PartyType", "AgreementType")


def checked_filters(filters: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the value of each name, times as times. Raises Refused."""
    values = {}
    for one in filters:
        name, given = one.get("name", ""), one.get("values", [])
        if name not in _NAMES:
            raise _refused("INVALID_FILTER_NAME", f"There is no filter {name}.")
        if not given:
            raise _refused("MISSING_FILTER_VALUES", f"The filter {name} has no value.")
        values[name] = _checked(name, given[0])
    for name in _REQUIRED:
        if name not in values:
            raise _refused("INVALID_FILTERS", f"The filter {name} is required.")
    return values


def _checked(name: str, value: str) -> Any:
    if name in _ALLOWED and value not in _ALLOWED[name]:
        raise _refused("INVALID_FILTER_VALUES", f"{value} is no {name}.")
    if not name.startswith(("Before", "After")):
        return value
    try:
        time = datetime.fromisoformat(value)
    except ValueError as error:
        raise _refused("INVALID_FILTER_VALUES", f"{value} is no time.") from error
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def fits(summary: dict[str, Any], filters: dict[str, Any]) -> bool:
    return all(_fits(summary, name, value) for name, value in filters.items())


def _fits(summary: dict[str, Any], name: str, value: Any) -> bool:
    if name == "PartyType":
        return True
    if name in _VALUES:
        return bool(_VALUES[name](summary) == value)
    side, time = ("Before", name[6:]) if name.startswith("Before") else ("After", name[5:])
    moment = summary[_TIMES[time]]
    if moment is None:
        return False
    return bool(moment < value if side == "Before" else moment > value)


def in_order(summaries: list[dict[str, Any]], sort: dict[str, str]) -> list[dict[str, Any]]:
    """By their end unless another time is asked for; what has no end comes last."""
    by = sort.get("sortBy", "EndTime")
    if by not in _TIMES:
        raise _refused("INVALID_SORT_BY", f"Agreements are not sorted by {by}.")
    having = [one for one in summaries if one[_TIMES[by]] is not None]
    rest = [one for one in summaries if one[_TIMES[by]] is None]
    descending = sort.get("sortOrder") == "DESCENDING"
    return [*sorted(having, key=lambda one: one[_TIMES[by]], reverse=descending), *rest]


def _refused(reason: str, words: str) -> Refused:
    field = "sort" if reason == "INVALID_SORT_BY" else "filters"
    fields = [{"name": field, "message": words}]
    return Refused("ValidationException", words, reason=reason, fields=fields)
