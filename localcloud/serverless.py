"""The part of the SAM transform that infra/functions.yaml uses.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html
"""

from typing import Any

Template = dict[str, Any]

_FUNCTION = "AWS::Serverless::Function"


class NotUnderstood(Exception):
    """The template uses something of SAM that the local cloud does not transform."""


# What means the same to AWS::Lambda::Function.
_COPIED = {
    "Architectures",
    "Description",
    "Environment",
    "FunctionName",
    "Handler",
    "MemorySize",
    "Role",
    "Runtime",
    "Timeout",
}


def transformed(template: Template) -> Template:
    """Return the template in plain CloudFormation.

    Raises NotUnderstood for a property it does not know, so that nothing is dropped
    without a word.
    """
    shared = template.get("Globals", {}).get("Function", {})
    resources = {
        name: _plain(resource, shared) if resource["Type"] == _FUNCTION else resource
        for name, resource in template["Resources"].items()
    }
    rest = {k: v for k, v in template.items() if k not in {"Transform", "Globals"}}
    return rest | {"Resources": resources}


def _plain(resource: dict[str, Any], shared: dict[str, Any]) -> dict[str, Any]:
    properties = _merged(shared, resource["Properties"])
    if unknown := properties.keys() - _COPIED - {"CodeUri"}:
        raise NotUnderstood(f"{_FUNCTION}: {', '.join(sorted(unknown))}")
    plain = {name: value for name, value in properties.items() if name in _COPIED}
    plain |= {"Code": _code(properties.get("CodeUri", ""))}
    return resource | {"Type": "AWS::Lambda::Function", "Properties": plain}


def _code(uri: str) -> dict[str, str]:
    """A deployment has uploaded the code; without one it is the repository itself."""
    if not uri.startswith("s3://"):
        return {"ZipFile": "# The local cloud runs the handler from the repository."}
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return {"S3Bucket": bucket, "S3Key": key}


def _merged(shared: Any, own: Any) -> Any:
    """Return a function's own properties over the shared ones, at every depth, as SAM does."""
    if not isinstance(shared, dict) or not isinstance(own, dict):
        return own
    both = shared.keys() & own.keys()
    return shared | own | {name: _merged(shared[name], own[name]) for name in both}
