"""What has to be so before anything of a stage is touched."""

import subprocess
import sys
from typing import Any

import boto3

from infra.deploying.stages import ROOT, Stage
from infra.deploying.stopping import Stopped


def refuse_another_account(stage: Stage) -> None:
    sts: Any = boto3.client("sts", region_name=stage.region)
    mine = sts.get_caller_identity()["Account"]
    if mine != stage.account:
        raise Stopped(
            f"these are credentials of account {mine}, and {stage.name} is in {stage.account}"
        )


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
