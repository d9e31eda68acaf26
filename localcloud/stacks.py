"""CloudFormation as deployments meet it: SAM is transformed, and change sets leave outputs."""

import os
from typing import Any
from urllib.parse import urlsplit

from moto.cloudformation.models import ChangeSet, CloudFormationBackend, Stack
from moto.cloudformation.responses import CloudFormationResponse

from localcloud.corrections import Corrections
from localcloud.serverless import transformed

corrections = Corrections()


@corrections.of(CloudFormationResponse, "_get_stack_from_s3_url")
def read_template(stock: Any, response: Any, template_url: str) -> Any:
    """moto takes the first number of our own address for the name of a bucket."""
    ours = urlsplit(os.environ["AWS_ENDPOINT_URL"]).netloc
    named = urlsplit(template_url)
    if named.netloc == ours:
        template_url = named._replace(netloc="localhost").geturl()
    return stock(response, template_url)


@corrections.of(Stack)
def parse_template(stock: Any, *stack_and_text: Any) -> dict[str, Any]:
    """moto calls it on the class and on a stack; the text is the last thing either way."""
    return _plain(stock(stack_and_text[-1]))


@corrections.of(Stack)
def has_parameters(stock: Any, stack: Any, others: dict[str, Any]) -> bool:
    """Whether nothing would change: a parameter that is left out has its default."""
    known = stack.template_dict.get("Parameters", {})
    defaults = {name: said["Default"] for name, said in known.items() if "Default" in said}
    now, then = ({**defaults, **given} for given in (stack.parameters, others))
    return {name: str(value) for name, value in now.items()} == {
        name: str(value) for name, value in then.items()
    }


@corrections.of(ChangeSet, "_parse_template")
def parse_change(stock: Any, change: Any) -> None:
    stock(change)
    change.template_dict = _plain(change.template_dict)


@corrections.of(CloudFormationBackend)
def execute_change_set(
    stock: Any, backend: Any, change_set_name: str, stack_name: str | None = None
) -> None:
    """moto forgets that the stack now has another template, other parameters and other outputs."""
    change = backend.describe_change_set(change_set_name)
    stock(backend, change_set_name, stack_name)
    stack = change.stack
    stack.template_dict = change.template_dict
    stack.parameters = change.parameters
    stack.output_map = stack._create_output_map()


def _plain(template: dict[str, Any]) -> dict[str, Any]:
    return transformed(template) if "Transform" in template else template
