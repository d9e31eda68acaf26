"""SAM's own command, for both stacks: it uploads code, makes a change set and waits for it."""

from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

from infra.deploying.running import python_with, run
from infra.deploying.stages import ROOT, Stage
from infra.deploying.stopping import Stopped

_INFRA = ROOT / "infra"


def package_functions(stage: Stage) -> Path:
    """Upload the code and return the template that names it."""
    packaged = stage.folder / "functions.yaml"
    packaged.parent.mkdir(parents=True, exist_ok=True)
    _sam(
        stage, "functions", "package",
        "--template-file", _INFRA / "functions.yaml",
        "--s3-bucket", stage.bucket,
        "--s3-prefix", "functions",
        "--output-template-file", packaged,
        "--no-progressbar",
    )  # fmt: skip
    return packaged


def deploy(stage: Stage, thing: str, template: Path, **parameters: str) -> dict[str, str]:
    """Bring the stack to the template and return its outputs. Without changes nothing happens."""
    _deploy(stage, thing, template, parameters)
    return outputs(stage, thing)


def plan(stage: Stage, thing: str, template: Path, **parameters: str) -> str:
    """Return the change set that a deployment would make, and take it away again."""
    existed = _described(stage, thing) is not None
    said = _deploy(stage, thing, template, parameters, "--no-execute-changeset")
    cloudformation = _cloudformation(stage)
    stack = stage.stack(thing)
    for each in cloudformation.list_change_sets(StackName=stack)["Summaries"]:
        cloudformation.delete_change_set(StackName=stack, ChangeSetName=each["ChangeSetId"])
    if not existed:
        cloudformation.delete_stack(StackName=stack)
    return said


def outputs(stage: Stage, thing: str) -> dict[str, str]:
    """Return what a stack says. Raises Stopped if there is no such stack."""
    described = _described(stage, thing)
    if described is None:
        raise Stopped(f"there is no stack {stage.stack(thing)} yet")
    return {each["OutputKey"]: each["OutputValue"] for each in described.get("Outputs", [])}


def parameters(stage: Stage, thing: str) -> dict[str, str]:
    """Return what a stack was last deployed with."""
    described = _described(stage, thing) or {}
    return {
        each["ParameterKey"]: each["ParameterValue"] for each in described.get("Parameters", [])
    }


def delete(stage: Stage, thing: str) -> None:
    cloudformation = _cloudformation(stage)
    cloudformation.delete_stack(StackName=stage.stack(thing))
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=stage.stack(thing))


def _deploy(
    stage: Stage, thing: str, template: Path, parameters: dict[str, str], *words: str
) -> str:
    given = [f"{name}={value}" for name, value in parameters.items() if value]
    return _sam(
        stage, thing, "deploy",
        "--template-file", template,
        "--stack-name", stage.stack(thing),
        "--s3-bucket", stage.bucket,
        "--s3-prefix", thing,
        "--capabilities", "CAPABILITY_NAMED_IAM",
        "--no-fail-on-empty-changeset",
        "--no-confirm-changeset",
        "--no-progressbar",
        "--tags", "project=gatehouse", f"stage={stage.name}",
        "--parameter-overrides", *given,
        *words,
    )  # fmt: skip


def _sam(stage: Stage, thing: str, verb: str, *words: str | Path) -> str:
    return run(
        [python_with("sam"), "-m", "samcli", verb, "--region", stage.region, *words],
        into=stage.folder / f"sam-{thing}.log",
        cwd=stage.folder,
    )


def _described(stage: Stage, thing: str) -> dict[str, Any] | None:
    try:
        found = _cloudformation(stage).describe_stacks(StackName=stage.stack(thing))
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":
            return None
        raise
    described: dict[str, Any] = found["Stacks"][0]
    return described


def _cloudformation(stage: Stage) -> Any:
    return boto3.client("cloudformation", region_name=stage.region)
