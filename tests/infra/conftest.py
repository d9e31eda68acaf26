"""Plans of Terraform: made once for the whole run, however many processes share it."""

import fcntl
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.terraform import DATA, Root, local_variables

USER_POOL_ARN = "arn:aws:cognito-idp:eu-central-1:123456789012:userpool/eu-central-1_planned"
CERTIFICATE_ARN = "arn:aws:acm:eu-central-1:123456789012:certificate/0c1d2e3f"
SELLER_ARN = "arn:aws:iam::111122223333:role/gatehouse-marketplace"
MONTHLY_BUDGET = 150
DATABASE = {"least_capacity": 0.5, "most_capacity": 8, "keep_backups_days": 14}

# What the edge of a stage may have besides.
EDGE = {
    "user_pool_arn": USER_POOL_ARN,
    "api_domain": "api.gatehouse.example",
    "api_certificate_arn": CERTIFICATE_ARN,
    "most_calls_in_five_minutes": 20_000,
    "production": True,
    "cdn": True,
    "portal_domain": "portal.gatehouse.example",
    "staff_domain": "staff.gatehouse.example",
    "portal_certificate_arn": CERTIFICATE_ARN,
}


class Plan:
    """What a plan would make."""

    def __init__(self, shown: dict[str, Any]) -> None:
        root = shown["planned_values"]["root_module"]
        modules = [root, *root.get("child_modules", [])]
        self.resources = [thing for module in modules for thing in module["resources"]]

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        return [thing["values"] for thing in self.resources if thing["type"] == kind]

    def by_name(self, kind: str) -> dict[str, dict[str, Any]]:
        return {values["name"]: values for values in self.of_type(kind)}

    def policy(self, kind: str, called: str) -> list[dict[str, Any]]:
        """Return the statements of the policy that Terraform calls so."""
        [policy] = [
            thing["values"]["policy"]
            for thing in self.resources
            if (thing["type"], thing["name"]) == (kind, called)
        ]
        return json.loads(policy)["Statement"]


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    own = tmp_path_factory.getbasetemp()
    return own if worker_id == "master" else own.parent


@pytest.fixture(scope="session")
def root_of(shared_folder: Path) -> Callable[[str], Root]:
    """Return a copy of a root of infra/terraform, made ready by whoever comes first."""

    def root_of(name: str) -> Root:
        folder = shared_folder / name
        with one_at_a_time(shared_folder):
            if not folder.exists():
                Root.copy(name, folder).init()
        return Root(folder / "infra/terraform" / name)

    return root_of


@pytest.fixture(scope="session")
def data_root(root_of: Callable[[str], Root]) -> Root:
    return root_of("data")


@pytest.fixture(scope="session")
def plan_of(root_of: Callable[[str], Root], shared_folder: Path) -> Callable[..., Plan]:
    """Return the plan of a root under the local cloud's name, made without any AWS."""

    def plan_of(name: str, **variables: Any) -> Plan:
        file = shared_folder / f"{name}.json"
        root = root_of(name)
        with one_at_a_time(shared_folder):
            if not file.exists():
                root.validate()
                file.write_text(json.dumps(root.plan(**local_variables("local"), **variables)))
        return Plan(json.loads(file.read_text()))

    return plan_of


@pytest.fixture(scope="session")
def plan(plan_of: Callable[..., Plan]) -> Plan:
    """Return the plan of production's data."""
    return plan_of(
        "data",
        **DATA,
        production=True,
        user_pool_arn=USER_POOL_ARN,
        marketplace_role_arn=SELLER_ARN,
        sells_on_marketplace=True,
        alarm_addresses=["operators@gatehouse.example"],
        monthly_budget=MONTHLY_BUDGET,
        database=DATABASE,
    )


@pytest.fixture(scope="session")
def edge_plan(plan_of: Callable[..., Plan]) -> Plan:
    """Return the plan of the edge with all that a stage may have."""
    return plan_of("edge", **EDGE)


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    with (folder / "terraform.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
