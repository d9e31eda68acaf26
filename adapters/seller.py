"""Clients that speak to AWS Marketplace as the seller: the account that published the listing.

Marketplace answers that account alone. Where the portal runs in another one, it takes a role of
the seller's account on; the keys of the role are fetched anew before they run out.
"""

import os
from functools import cache
from typing import Any

import boto3
from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials
from botocore.session import Session, get_session

from adapters.aws import MAKING, PATIENCE
from adapters.definitions import name_of

# The agreement and entitlement APIs answer in one Region only (botocore's endpoints).
_HOME = "us-east-1"
_AT_HOME = {"marketplace-agreement", "marketplace-entitlement"}


@cache
def seller_client(service: str, *, role_arn: str = "") -> Any:
    """Return this process's client of a Marketplace service, as the role if one is given."""
    region = _HOME if service in _AT_HOME else os.environ.get("AWS_REGION")
    session = get_session()
    if role_arn:
        _take_on(session, role_arn)
    with MAKING:
        made = boto3.Session(botocore_session=session).client(
            service, region_name=region, config=PATIENCE
        )
        _ = made.exceptions
        return made


def _take_on(session: Session, role_arn: str) -> None:
    """Let the session act as the role: asked for at its first call, and again before it ends."""
    fetcher = AssumeRoleCredentialFetcher(
        client_creator=get_session().create_client,
        source_credentials=get_session().get_credentials(),
        role_arn=role_arn,
        extra_args={"RoleSessionName": name_of("portal")},
    )
    session.register_component("credential_provider", _Role(fetcher))


class _Role:
    """What botocore asks for the keys, in place of environment, files and instance."""

    def __init__(self, fetcher: AssumeRoleCredentialFetcher) -> None:
        self._fetcher = fetcher

    def load_credentials(self) -> DeferredRefreshableCredentials:
        return DeferredRefreshableCredentials(
            method="assume-role", refresh_using=self._fetcher.fetch_credentials
        )
