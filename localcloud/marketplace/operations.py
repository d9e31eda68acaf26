"""Which function answers which operation."""

from collections.abc import Callable
from typing import Any

from localcloud.marketplace.registration import resolve_customer
from localcloud.marketplace.world import World

OPERATIONS: dict[str, Callable[[World, dict[str, Any]], dict[str, Any]]] = {
    "ResolveCustomer": resolve_customer,
}
