"""Who stands behind a registration token: AWS Marketplace's answer in our words."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from adapters.aws import speaking_to
from adapters.errors import Refused
from adapters.seller import seller_client


class TokenUnknown(Exception):
    """AWS gave out no such token, or not to this seller."""


class TokenExpired(Exception):
    """The token was good once: the buyer's button at AWS gives a fresh one."""


@dataclass(frozen=True)
class ResolvedCustomer:
    """What AWS says of a buyer. What it does not say is empty: a listing with Concurrent
    Agreements has no customer identifier, an older one has no agreement id."""

    product_code: str
    customer_identifier: str = ""
    account_id: str = ""
    license_arn: str = ""
    agreement_id: str = ""


def resolve_customer(token: str, *, role_arn: str = "") -> ResolvedCustomer:
    """Ask AWS whose token this is; the same token may be asked about again until it expires.

    Raises TokenUnknown, TokenExpired, TryLater, or Refused where our own set-up is wrong: another
    account than the listing's, a right that lacks, a Region in which the API is switched off.
    """
    with speaking_to("meteringmarketplace"), _token_errors():
        answer = seller_client("meteringmarketplace", role_arn=role_arn).resolve_customer(
            RegistrationToken=token
        )
    return _resolved(answer)


@contextmanager
def _token_errors() -> Iterator[None]:
    """Tell what is wrong with the token from what is wrong with our call."""
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code")
        if code == "InvalidTokenException":
            raise TokenUnknown from error
        if code == "ExpiredTokenException":
            raise TokenExpired from error
        raise


def _resolved(answer: dict[str, Any]) -> ResolvedCustomer:
    found = ResolvedCustomer(
        product_code=answer.get("ProductCode", ""),
        customer_identifier=answer.get("CustomerIdentifier", ""),
        account_id=answer.get("CustomerAWSAccountId", ""),
        license_arn=answer.get("LicenseArn", ""),
        agreement_id=answer.get("Metadata", {}).get("AgreementId", ""),
    )
    if not (found.agreement_id or found.license_arn or found.customer_identifier):
        raise Refused("meteringmarketplace ResolveCustomer: the answer names no buyer")
    return found
