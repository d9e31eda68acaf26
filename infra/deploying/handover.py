"""What one tool hands to the next: SSM parameters below /gatehouse/<stage>/."""

from typing import Any

import boto3

from infra.deploying.stages import Stage


def read(stage: Stage, name: str) -> str | None:
    """Return a value that was handed over, or None."""
    ssm: Any = boto3.client("ssm", region_name=stage.region)
    found = ssm.get_parameters(Names=[_path(stage, name)], WithDecryption=True)["Parameters"]
    return str(found[0]["Value"]) if found else None


def read_all(stage: Stage, below: str = "") -> dict[str, str]:
    """Return what stands directly below the stage, or below a name in it."""
    ssm: Any = boto3.client("ssm", region_name=stage.region)
    pages = ssm.get_paginator("get_parameters_by_path").paginate(
        Path=_path(stage, below).rstrip("/"), WithDecryption=True
    )
    found = [parameter for page in pages for parameter in page["Parameters"]]
    return {each["Name"].rpartition("/")[2]: each["Value"] for each in found}


def write(stage: Stage, name: str, value: str, *, once: bool = False) -> None:
    """Hand a value over; `once` raises botocore's ParameterAlreadyExists if there is one."""
    ssm: Any = boto3.client("ssm", region_name=stage.region)
    ssm.put_parameter(Name=_path(stage, name), Value=value, Type="String", Overwrite=not once)


def forget(stage: Stage, *names: str) -> None:
    ssm: Any = boto3.client("ssm", region_name=stage.region)
    ssm.delete_parameters(Names=[_path(stage, name) for name in names])


def _path(stage: Stage, name: str) -> str:
    return f"/gatehouse/{stage.name}/{name}"
