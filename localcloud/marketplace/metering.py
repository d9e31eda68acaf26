"""BatchMeterUsage: which usage is billed, and the two operations that are not for a service.

https://docs.aws.amazon.com/marketplacemetering/latest/APIReference/API_BatchMeterUsage.html
"""

import uuid
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from localcloud.marketplace.agreements import Agreement
from localcloud.marketplace.metering_rules import check_record, covers, quantity_of
from localcloud.marketplace.refusals import Refused
from localcloud.marketplace.world import World


@dataclass(frozen=True)
class Metered:
    """What is billed of one customer, dimension and hour: the first that was sent."""

    id: str
    quantity: Decimal
    agreement_id: str
    dimension: str
    hour: datetime
    sent_at: datetime


def batch_meter_usage(world: World, request: dict[str, Any]) -> dict[str, Any]:
    """Each record has its own verdict, but one that breaks a rule condemns the whole call."""
    records = request["UsageRecords"]
    now = world.clock.now()
    agreements = [_agreement_of(world, request, record) for record in records]
    if len({one.product.code for one in agreements if one and one.license_id}) > 1:
        raise Refused("InvalidLicenseException", "A call is for the licenses of one product.")
    for record, agreement in zip(records, agreements, strict=True):
        product = agreement.product if agreement else world.products[request["ProductCode"]]
        check_record(record, product, agreement, now)
    results = [
        _metered(world, record, agreement, now)
        for record, agreement in zip(records, agreements, strict=True)
    ]
    return {"Results": results, "UnprocessedRecords": []}


def meter_usage(world: World, request: dict[str, Any]) -> dict[str, Any]:
    """For software in the buyer's own account: a buyer of a service has none there."""
    _known_product(world, request["ProductCode"])
    raise Refused("CustomerNotEntitledException", "The account has no subscription to run this.")


def register_usage(world: World, request: dict[str, Any]) -> dict[str, Any]:
    """For containers in the buyer's account."""
    _known_product(world, request["ProductCode"])
    raise Refused("PlatformNotSupportedException", "Usage is registered from a container alone.")


def _known_product(world: World, code: str) -> None:
    if code not in world.products:
        raise Refused("InvalidProductCodeException", "The product code is not one of yours.")


def _agreement_of(
    world: World, request: dict[str, Any], record: dict[str, Any]
) -> Agreement | None:
    """Return whose usage it is: by the license, or else by product and customer.

    None is a customer of a legacy product whom nobody knows. Raises Refused.
    """
    if ("CustomerIdentifier" in record) == ("CustomerAWSAccountId" in record):
        raise Refused("InvalidCustomerIdentifierException", "Name the customer in one way.")
    if "LicenseArn" in record:
        return _licensed(world, request, record)
    code = request.get("ProductCode", "")
    _known_product(world, code)
    if not world.products[code].is_legacy and code not in world.moved:
        raise Refused("InvalidLicenseException", "Usage of this product is metered by license.")
    who = (record.get("CustomerIdentifier"), record.get("CustomerAWSAccountId"))
    found = [
        one
        for one in world.agreements.values()
        if one.product.code == code
        and (one.customer_identifier == who[0] or one.account_id == who[1])
    ]
    # Who left and came back is one customer: what was used belongs to the agreement of its time.
    at = record["Timestamp"]
    return next((one for one in reversed(found) if covers(one, at)), found[-1] if found else None)


def _licensed(world: World, request: dict[str, Any], record: dict[str, Any]) -> Agreement:
    arn = record["LicenseArn"]
    found = _of_license(world, arn)
    if "CustomerIdentifier" in record:
        words = "A license is not metered by customer identifier."
        raise Refused("InvalidCustomerIdentifierException", words)
    if found is None or found.account_id != record["CustomerAWSAccountId"]:
        raise Refused("InvalidLicenseException", "The license is not one of this customer.")
    # With both, the same usage would be billed twice.
    if "ProductCode" in request:
        raise Refused("InvalidProductCodeException", "Leave the product out: the license says it.")
    return found


def _of_license(world: World, arn: str) -> Agreement | None:
    """Looked up in what was noted before, which is made anew where it is not true any more."""
    found = world.licensed.get(arn)
    is_true = found and found.license_arn == arn and world.agreements.get(found.id) is found
    if not is_true:
        licensed = (one for one in world.agreements.values() if one.license_id)
        world.licensed = {one.license_arn: one for one in licensed}
    return world.licensed.get(arn)


def _metered(
    world: World, record: dict[str, Any], agreement: Agreement | None, now: datetime
) -> dict[str, Any]:
    if agreement is None or not _is_subscribed(world, agreement, now):
        return {"UsageRecord": record, "Status": "CustomerNotSubscribed"}
    hour = record["Timestamp"].replace(minute=0, second=0, microsecond=0)
    customer = f"{agreement.product.code}/{agreement.customer_identifier}"
    if "LicenseArn" in record:
        customer = agreement.license_id
    quantity = quantity_of(record)
    first = world.usage.setdefault(
        (customer, record["Dimension"], hour),
        Metered(str(uuid.uuid4()), quantity, agreement.id, record["Dimension"], hour, now),
    )
    status = "Success" if first.quantity == quantity else "DuplicateRecord"
    return {"UsageRecord": record, "Status": status, "MeteringRecordId": first.id}


def _is_subscribed(world: World, agreement: Agreement, now: datetime) -> bool:
    """A legacy customer who is back is subscribed, whichever agreement the usage belongs to."""
    theirs = [agreement]
    if not agreement.license_id:
        theirs = [
            one
            for one in world.agreements.values()
            if one.customer_identifier == agreement.customer_identifier
            and one.product.code == agreement.product.code
        ]
    is_suspended = agreement.account_id in world.suspended
    return not is_suspended and any(one.takes_usage(now) for one in theirs)
