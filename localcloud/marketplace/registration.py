"""ResolveCustomer: who the buyer is that came with a token.

https://docs.aws.amazon.com/marketplacemetering/latest/APIReference/API_ResolveCustomer.html
"""

from typing import Any

from localcloud.marketplace.refusals import Refused
from localcloud.marketplace.world import World


def resolve_customer(world: World, request: dict[str, Any]) -> dict[str, Any]:
    token = world.tokens.get(request["RegistrationToken"])
    if token is None:
        raise Refused("InvalidTokenException", "Registration token is invalid.")
    if token.has_expired(world.clock.now()):
        raise Refused("ExpiredTokenException", "The submitted registration token has expired.")
    agreement = world.agreements[token.agreement_id]
    known = {
        "ProductCode": agreement.product.code,
        "CustomerAWSAccountId": agreement.account_id,
    }
    if agreement.product.is_legacy:
        return {**known, "CustomerIdentifier": agreement.customer_identifier}
    return {
        **known,
        "LicenseArn": agreement.license_arn,
        "Metadata": {"AgreementId": agreement.id},
    }
