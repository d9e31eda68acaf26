"""Plans of Terraform: made once for the whole run, however many processes share it."""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.terraform import Root, local_variables

USER_POOL_ARN = "arn:aws:cognito-idp:eu-central-1:123456789012:userpool/eu-central-1_planned"
SELLER_ARN = "arn:aws:iam::111122223333:role/gatehouse-marketplace"


class Plan:
    """What a plan would make."""

    def __init__(self, shown: dict[str, Any]) -> None:
        self.resources = shown["planned_values"]["root_module"]["resources"]

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        return [thing["values"] for thing in self.resources if thing["type"] == kind]

    def by_name(self, kind: str) -> dict[str, dict[str, Any]]:
        return {values["name"]: values for values in self.of_type(kind)}

    def policy(self, kind: str) -> list[dict[str, Any]]:
        """Return the statements of the one policy of this kind."""
        [values] = self.of_type(kind)
        return json.loads(values["policy"])["Statement"]


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    own = tmp_path_factory.getbasetemp()
    return own if worker_id == "master" else own.parent


@pytest.fixture(scope="session")
def data_root(shared_folder: Path) -> Root:
    """Return a copy of infra/terraform/data, made ready by whoever comes first."""
    folder = shared_folder / "data"
    with _one_at_a_time(shared_folder):
        if not folder.exists():
            root = Root.copy("data", folder)
            root.init()
    return Root(folder / "infra/terraform/data")


@pytest.fixture(scope="session")
def plan(data_root: Root, shared_folder: Path) -> Plan:
    """Return the plan of production under the local cloud's name, made without any AWS."""
    file = shared_folder / "plan.json"
    variables = {
        **local_variables("local"),
        "production": True,
        "user_pool_arn": USER_POOL_ARN,
        "marketplace_role_arn": SELLER_ARN,
        "sells_on_marketplace": True,
    }
    with _one_at_a_time(shared_folder):
        if not file.exists():
            data_root.validate()
            file.write_text(json.dumps(data_root.plan(**variables)))
    return Plan(json.loads(file.read_text()))


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    with (folder / "terraform.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
