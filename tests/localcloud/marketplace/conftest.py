"""What these tests share: the Marketplace, and clients of AWS's own making."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config

from localcloud.marketplace.world import World

CONTRACT = "3ca8p4contracttiers0000001"
SUBSCRIPTION = "3ca8p4subscription00000002"
CONSUMPTION = "3ca8p4consumption000000003"
LEGACY_CONTRACT = "legacycontract0000000004"
LEGACY_SUBSCRIPTION = "legacysubscription000005"
PRODUCTS = [CONTRACT, SUBSCRIPTION, CONSUMPTION, LEGACY_CONTRACT, LEGACY_SUBSCRIPTION]


@pytest.fixture
def world(cloud: Any) -> World:
    marketplace: World = cloud.marketplace
    return marketplace


@pytest.fixture
def client(cloud: Any) -> Callable[..., Any]:
    """Return an unmodified client that asks once, at the Marketplace's own address."""

    def client(service: str, **settings: Any) -> Any:
        config = Config(**{"retries": {"total_max_attempts": 1}, **settings})
        address = cloud.addresses.marketplace
        return boto3.client(service, endpoint_url=address, region_name="us-east-1", config=config)

    return client


@pytest.fixture
def metering(client: Any) -> Any:
    return client("meteringmarketplace")
