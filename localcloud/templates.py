"""CloudFormation templates of infra/, applied as they are to the local cloud."""

import json
from pathlib import Path
from typing import Any

import boto3
import yaml

from localcloud.serverless import transformed

FOLDER = Path(__file__).resolve().parent.parent / "infra"


class _Loader(yaml.SafeLoader):
    """Reads the short forms of functions (!Ref, !Sub) as their long ones."""


def _long_form(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)  # type: ignore[arg-type]
    if suffix == "GetAtt":
        value = value.split(".", 1)
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _long_form)


def template(name: str) -> dict[str, Any]:
    """Return infra/<name>.yaml, transformed if it is a SAM template."""
    text = (FOLDER / f"{name}.yaml").read_text()
    content: dict[str, Any] = yaml.load(text, _Loader)  # noqa: S506 - a safe loader
    return transformed(content) if "Transform" in content else content


def apply(name: str, *, stack: str, **parameters: str) -> dict[str, str]:
    """Create the stack of infra/<name>.yaml and return its outputs."""
    cloudformation: Any = boto3.client("cloudformation")
    cloudformation.create_stack(
        StackName=stack,
        TemplateBody=json.dumps(template(name)),
        Parameters=[
            {"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()
        ],
        Capabilities=["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    (made,) = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in made.get("Outputs", [])}
