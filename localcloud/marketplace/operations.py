"""Which function answers which operation."""

from collections.abc import Callable
from typing import Any

from localcloud.marketplace.agreement_views import (
    describe_agreement,
    get_agreement_terms,
    search_agreements,
)
from localcloud.marketplace.entitlements import get_entitlements
from localcloud.marketplace.metering import batch_meter_usage, meter_usage, register_usage
from localcloud.marketplace.registration import resolve_customer
from localcloud.marketplace.world import World

OPERATIONS: dict[str, Callable[[World, dict[str, Any]], dict[str, Any]]] = {
    "ResolveCustomer": resolve_customer,
    "BatchMeterUsage": batch_meter_usage,
    "MeterUsage": meter_usage,
    "RegisterUsage": register_usage,
    "GetEntitlements": get_entitlements,
    "SearchAgreements": search_agreements,
    "DescribeAgreement": describe_agreement,
    "GetAgreementTerms": get_agreement_terms,
}
