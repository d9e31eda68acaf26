"""GetEntitlements: what buyers of a contract have paid for.

https://docs.aws.amazon.com/marketplaceentitlement/latest/APIReference/API_GetEntitlements.html
"""

from typing import Any

from localcloud.marketplace.agreements import Agreement
from localcloud.marketplace.paging import TokenUnknown, page_of
from localcloud.marketplace.refusals import Refused
from localcloud.marketplace.world import World

_MOST = 25
_MEMBERS = {
    "CUSTOMER_IDENTIFIER": "CustomerIdentifier",
    "CUSTOMER_AWS_ACCOUNT_ID": "CustomerAWSAccountId",
    "LICENSE_ARN": "LicenseArn",
    "DIMENSION": "Dimension",
}


def get_entitlements(world: World, request: dict[str, Any]) -> dict[str, Any]:
    asked = request.get("Filter", {})
    if request["ProductCode"] not in world.products:
        raise Refused("InvalidParameterException", "The product code is not one of yours.")
    if {"CUSTOMER_IDENTIFIER", "CUSTOMER_AWS_ACCOUNT_ID"} <= asked.keys():
        words = "CUSTOMER_IDENTIFIER and CUSTOMER_AWS_ACCOUNT_ID are mutually exclusive."
        raise Refused("InvalidParameterException", words)
    found = [one for one in _entitlements(world, request["ProductCode"]) if _fits(one, asked)]
    try:
        page, following = page_of(
            found, request, size=request.get("MaxResults", _MOST), token=request.get("NextToken")
        )
    except TokenUnknown as error:
        raise Refused("InvalidParameterException", "The NextToken is not valid.") from error
    return {"Entitlements": page, "NextToken": following}


def _entitlements(world: World, code: str) -> list[dict[str, Any]]:
    now = world.clock.now()
    return [
        _entitlement(agreement, dimension, quantity)
        for agreement in world.agreements.values()
        if agreement.product.code == code and agreement.is_entitled(now)
        for dimension, quantity in agreement.dimensions.items()
    ]


def _entitlement(agreement: Agreement, dimension: str, quantity: int) -> dict[str, Any]:
    return {
        "ProductCode": agreement.product.code,
        "Dimension": dimension,
        "CustomerIdentifier": agreement.customer_identifier or None,
        "CustomerAWSAccountId": agreement.account_id,
        "LicenseArn": agreement.license_arn or None,
        "Value": {"IntegerValue": quantity},
        "ExpirationDate": agreement.ends_at,
    }


def _fits(entitlement: dict[str, Any], asked: dict[str, list[str]]) -> bool:
    """The values of one name are alternatives; all names together must fit."""
    return all(entitlement[_MEMBERS[name]] in values for name, values in asked.items())
