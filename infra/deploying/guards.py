"""What has to be so before anything of a stage is touched."""

import json
import os
import subprocess
import sys
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as Unreachable

from infra.deploying.stages import ROOT, Stage
from infra.deploying.stopping import Stopped

# The first that locks its state in S3.
_OLDEST_TERRAFORM = (1, 10)


def refuse_another_account(stage: Stage) -> None:
    """Raise Stopped without credentials, with some that AWS does not take, or with another's."""
    mine = _account_of_credentials(stage)
    if mine != stage.account:
        raise Stopped(
            f"these are credentials of account {mine}, and {stage.name} is in {stage.account}, "
            f"as infra/stages/{stage.name}.tfvars says"
        )


def _account_of_credentials(stage: Stage) -> str:
    try:
        sts: Any = boto3.client("sts", region_name=stage.region)
        return str(sts.get_caller_identity()["Account"])
    except (Unreachable, HTTPClientError):
        raise
    except (BotoCoreError, ClientError) as error:
        raise Stopped(
            f"{error}. It needs credentials of account {stage.account}, in which {stage.name} is: "
            "choose them with AWS_PROFILE, or `aws configure`; "
            "`aws sts get-caller-identity` shows whose they are"
        ) from error


def refuse_without_terraform() -> None:
    """Say so before anything is made, not half-way. Raises Stopped."""
    oldest = ".".join(map(str, _OLDEST_TERRAFORM))
    try:
        said = subprocess.run(
            ["terraform", "version", "-json"],
            capture_output=True,
            check=True,
            env={**os.environ, "CHECKPOINT_DISABLE": "1"},
        ).stdout
    except FileNotFoundError as error:
        where = "https://developer.hashicorp.com/terraform/install"
        raise Stopped(f"there is no terraform on PATH: install {oldest} or newer ({where})") from (
            error
        )
    version = json.loads(said)["terraform_version"]
    if tuple(int(number) for number in version.split(".")[:2]) < _OLDEST_TERRAFORM:
        raise Stopped(f"Terraform {version} cannot lock a state in S3: install {oldest} or newer")


def refuse_a_dirty_checkout(stage: Stage) -> None:
    """Only dev may run what nobody can find again."""
    if stage.name != "dev" and (changed := _git("status", "--porcelain")):
        raise Stopped(f"commit or put away what is not in git:\n{changed}")


def commit() -> str:
    """Return the commit, marked where the checkout holds more."""
    mark = "-changed" if _git("status", "--porcelain") else ""
    return _git("rev-parse", "--short=12", "HEAD") + mark


def ask(stage: Stage, *, said: str, destroys: bool = False) -> None:
    """In production somebody has read the plan, and says so by the stage's name.

    Elsewhere it is asked for only where things would be gone for good.
    """
    if said == stage.name or not (stage.production or destroys):
        return
    if not sys.stdin.isatty():
        why = "all of it would be gone" if destroys else "this is production: read `make plan`"
        raise Stopped(f"{why}, then say YES={stage.name}")
    if input(f"Type {stage.name} to do this: ") != stage.name:
        raise Stopped("nothing was done")


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.rstrip()
