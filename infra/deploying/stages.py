"""A stage as the deployment knows it: infra/stages/<stage>.tfvars and the names that follow."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.deploying.stopping import Stopped

ROOT = Path(__file__).resolve().parent.parent.parent
_STAGES = ROOT / "infra/stages"
_LINE = re.compile(r"^(\w+)\s*=\s*(.+?)\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Stage:
    name: str
    region: str
    account: str
    production: bool

    @property
    def variables(self) -> Path:
        """What Terraform is given."""
        return _STAGES / f"{self.name}.tfvars"

    @property
    def bucket(self) -> str:
        """Terraform's state and every release. The names of buckets are shared by all of AWS."""
        return f"gatehouse-{self.name}-{self.account}-deploys"

    @property
    def portal(self) -> str:
        """Zappa composes the function's name: project, then stage."""
        return f"gatehouse-portal-{self.name}"

    @property
    def folder(self) -> Path:
        """Where a deployment keeps its notes on this machine."""
        return ROOT / "build/deploys" / self.name

    def stack(self, thing: str) -> str:
        return f"gatehouse-{self.name}-{thing}"

    def parameters(self, thing: str) -> dict[str, str]:
        """What this stage says otherwise than a template's defaults."""
        file = _STAGES / f"{self.name}.json"
        said = json.loads(file.read_text()) if file.exists() else {}
        return {"Stage": self.name, **said.get(thing, {})}


def stage_called(name: str) -> Stage:
    """Read the stage's file. Raises Stopped with the stages that there are, or what is wrong."""
    file = _STAGES / f"{name}.tfvars"
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,19}", name) or not file.exists():
        known = ", ".join(sorted(each.stem for each in _STAGES.glob("*.tfvars")))
        raise Stopped(f"say which stage, STAGE=…, one of: {known}")
    said = dict(_LINE.findall(file.read_text()))
    if (called := _value(said, "stage")) != name:
        raise Stopped(f"{file.name} says stage = {called!r}: another stage would be changed")
    return Stage(
        name=name,
        region=_value(said, "region"),
        account=_value(said, "account_id"),
        production=bool(_value(said, "production")),
    )


def _value(said: dict[str, str], name: str) -> Any:
    if name not in said:
        raise Stopped(f"the stage's file in infra/stages does not say {name}")
    try:
        return json.loads(said[name])
    except ValueError as error:
        raise Stopped(
            f"the stage's file in infra/stages says {name} = {said[name]}: "
            "write a plain value, with nothing after it on the line"
        ) from error
