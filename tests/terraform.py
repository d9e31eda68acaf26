"""Terraform for tests and `make check`: on a copy of infra/, with no account and no credentials.

`python -m tests.terraform` validates every root under infra/terraform.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.plugin_mirror import plugin_mirror
from localcloud.place import ACCOUNT, REGION

INFRA = Path(__file__).resolve().parent.parent / "infra"

# State in a file, and a provider that asks nobody who it is.
_BACKEND = """
terraform {
  backend "local" {}
}
"""
_PROVIDER = """
provider "aws" {
  # alias
  access_key                  = "local"
  secret_key                  = "local"
  allowed_account_ids         = null
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
  s3_use_path_style           = true
}
"""

# Nothing listens there: a plan that calls AWS fails.
NOWHERE = "http://127.0.0.1:1"


class Failed(Exception):
    """Terraform ended with an error; the message is all it said."""


@dataclass(frozen=True)
class Root:
    """One root of infra/terraform, in a copy that may be written to."""

    folder: Path

    @classmethod
    def copy(cls, name: str, to: Path) -> "Root":
        unwanted = shutil.ignore_patterns(".terraform*", "*.tfstate*", "*.tfplan")
        shutil.copytree(INFRA, to / "infra", ignore=unwanted)
        root = cls(to / "infra/terraform" / name)
        root._write_override()
        return root

    def _write_override(self) -> None:
        """Override the provider, and each that the root calls by another name."""
        names = re.findall(r'alias += "(\w+)"', (self.folder / "versions.tf").read_text())
        blocks = [_PROVIDER.replace("# alias", f'alias = "{name}"') for name in names]
        text = "".join([_BACKEND, _PROVIDER, *blocks])
        (self.folder / "provider_override.tf").write_text(text)

    def init(self) -> None:
        mirror = plugin_mirror()
        self.run("init", "-input=false", *([f"-plugin-dir={mirror}"] if mirror else []))

    def validate(self) -> None:
        self.run("validate")

    def plan(self, **variables: Any) -> dict[str, Any]:
        """Return the plan of a stage as `terraform show -json` tells it, made without any AWS."""
        self.run("plan", "-input=false", "-out=stage.tfplan", *_given(variables))
        shown: dict[str, Any] = json.loads(self.run("show", "-json", "stage.tfplan"))
        return shown

    def plan_stage(self, stage: str, **variables: Any) -> dict[str, Any]:
        """Return the plan of a stage of infra/stages, with what was handed over besides."""
        file = f"-var-file={self.folder}/../../stages/{stage}.tfvars"
        given = _given({"stage": stage, **variables})
        self.run("plan", "-input=false", "-compact-warnings", "-out=stage.tfplan", file, *given)
        shown: dict[str, Any] = json.loads(self.run("show", "-json", "stage.tfplan"))
        return shown

    def expect_no_changes(self, *, aws: str, **variables: Any) -> None:
        """Look at what there is; raises Failed with the plan if anything would be changed."""
        self.run("plan", "-input=false", "-detailed-exitcode", *_given(variables), aws=aws)

    def apply(self, *, aws: str, **variables: Any) -> None:
        self.run("apply", "-input=false", "-auto-approve", *_given(variables), aws=aws)

    def destroy(self, *, aws: str, **variables: Any) -> None:
        self.run("destroy", "-input=false", "-auto-approve", *_given(variables), aws=aws)

    def run(self, *arguments: str, aws: str = NOWHERE) -> str:
        done = subprocess.run(
            ["terraform", arguments[0], "-no-color", *arguments[1:]],
            cwd=self.folder,
            env=_environment(aws),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Failed(f"terraform {' '.join(arguments)}\n{done.stdout}{done.stderr}")
        return done.stdout


# What the root of data must be told besides.
DATA: dict[str, Any] = {"mail_identities": ["gatehouse.example"]}


def local_variables(stage: str) -> dict[str, Any]:
    """Return what every root must be told of a stage, in the local cloud's account."""
    return {"stage": stage, "region": REGION, "account_id": ACCOUNT}


def _given(variables: dict[str, Any]) -> list[str]:
    """Each stage has a state of its own."""
    values = {n: v if isinstance(v, str) else json.dumps(v) for n, v in variables.items()}
    return [f"-state={variables['stage']}.tfstate", *(f"-var={n}={v}" for n, v in values.items())]


def _environment(aws: str) -> dict[str, str]:
    """Leave out what the shell says of AWS and of Terraform's variables."""
    others = ("AWS_", "TF_VAR_", "TF_CLI_ARGS", "TF_DATA_DIR", "TF_WORKSPACE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(others)}
    return {**kept, "AWS_ENDPOINT_URL": aws, "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}


def validate_all() -> None:
    for source in sorted((INFRA / "terraform").iterdir()):
        with tempfile.TemporaryDirectory() as folder:
            root = Root.copy(source.name, Path(folder))
            root.init()
            root.validate()


if __name__ == "__main__":
    try:
        validate_all()
    except Failed as error:
        sys.exit(str(error))
