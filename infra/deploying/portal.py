"""The portal's function: Zappa's commands, the settings of the stage, and what really runs."""

import json
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from infra.deploying import handover, sam
from infra.deploying.running import python_with, run, scratch
from infra.deploying.stages import ROOT, Stage
from infra.deploying.stopping import Stopped
from portal.stages import REQUIRED

# Lambda itself sets it, and refuses to be told.
_LAMBDAS_OWN = {"AWS_REGION"}

# A function that is waited for less runs twice, once unheard.
_LONGEST_SECONDS = 900


def deploy(stage: Stage, package: str, *, code_hash: str) -> str:
    """Let Zappa put the package (a file, or s3://…) where it belongs. Raises Stopped.

    Zappa may say "Done!" over a failure, so what runs is compared with what was sent.
    """
    verb = "update" if running_hash(stage) else "deploy"
    settings = _zappa_settings(stage)
    _zappa(stage, settings, verb, "--zip", package)
    _wait(stage)
    if (runs := running_hash(stage)) != code_hash:
        raise Stopped(f"Zappa ended without an error, but {runs} runs and not {code_hash}")
    return verb


def hand_over_api(stage: Stage) -> None:
    """Tell Terraform to which API the portal's host names lead. Raises Stopped without one."""
    ids = apis_of(stage)
    if not ids:
        raise Stopped(f"Zappa made no API called {stage.portal}")
    handover.write(stage, "portal_api_id", ids[-1])


def apis_of(stage: Stage) -> list[str]:
    """Return the ids of the APIs that Zappa made for the portal: one, or what is left of it."""
    gateway: Any = boto3.client("apigateway", region_name=stage.region)
    pages = gateway.get_paginator("get_rest_apis").paginate()
    return [api["id"] for page in pages for api in page["items"] if api["name"] == stage.portal]


def undeploy(stage: Stage) -> None:
    if running_hash(stage):
        _zappa(stage, _zappa_settings(stage), "undeploy", "--yes")


def running_hash(stage: Stage) -> str | None:
    """Return the hash of the code that runs, None where there is no function."""
    try:
        found = _lambda(stage).get_function_configuration(FunctionName=stage.portal)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return None
        raise
    return str(found["CodeSha256"])


def ask(stage: Stage, event: dict[str, Any]) -> Any:
    """Send the function an event and return its answer. Raises Stopped with its error."""
    patient = Config(read_timeout=_LONGEST_SECONDS, retries={"total_max_attempts": 1})
    answer = _lambda(stage, patient).invoke(
        FunctionName=stage.portal, Payload=json.dumps(event).encode()
    )
    told = json.loads(answer["Payload"].read())
    if answer.get("FunctionError"):
        raise Stopped(f"the portal's function failed over {event}: {told.get('errorMessage')}")
    return told


def settings_of(stage: Stage) -> dict[str, str]:
    """Compose the function's environment. Raises Stopped with every name that is missing.

    What other tools made is taken from them; the rest stands below /gatehouse/<stage>/portal/,
    where whoever runs the stage has put it, and goes before.
    """
    handed = handover.read_all(stage)
    identity = sam.outputs(stage, "identity")
    made = {
        "STAGE": stage.name,
        "USER_POOL_ID": identity["UserPoolId"],
        "USER_POOL_CLIENT_ID": identity["ClientId"],
        "TASKS_QUEUE_URL": handed.get("tasks_queue_url", ""),
        "MAIL_EVENTS_QUEUE_URL": handed.get("mail_events_url", ""),
        "REGISTRATIONS_QUEUE_URL": handed.get("registrations_queue_url", ""),
        "NOTICES_QUEUE_URL": handed.get("notices_queue_url", ""),
        "MAIL_CONFIGURATION_SET": f"gatehouse-{stage.name}-mail",
        "API_URL": handed.get("api_url", ""),
        **_host_names(handed),
        "STATIC_URL": handed.get("static_url", ""),
        # API Gateway appends the caller's address.
        "TRUSTED_PROXIES": "1",
    }
    settings = {**made, **handover.read_all(stage, "portal")}
    missing = [name for name in REQUIRED if not settings.get(name) and name not in _LAMBDAS_OWN]
    if missing:
        raise Stopped(_how_to_set(stage, missing))
    return {name: value for name, value in settings.items() if value}


def _host_names(handed: dict[str, str]) -> dict[str, str]:
    """Return what follows from the portal's own host names, if the stage's file has them."""
    urls = {name: handed.get(name.lower(), "") for name in ("PORTAL_URL", "STAFF_URL")}
    hosts = [url.removeprefix("https://") for url in urls.values() if url]
    return {**urls, "ALLOWED_HOSTS": ",".join(hosts)}


def _how_to_set(stage: Stage, missing: list[str]) -> str:
    lines = [
        f"  aws ssm put-parameter --type SecureString --name /gatehouse/{stage.name}/portal/{name}"
        " --value …"
        for name in missing
    ]
    return "\n".join(["settings of the portal are missing (docs/settings.md):", *lines])


def _zappa_settings(stage: Stage) -> dict[str, Any]:
    """The repository's settings, with what must not stand in it."""
    said: dict[str, Any] = json.loads((ROOT / "zappa_settings.json").read_text())
    if stage.name not in said:
        raise Stopped(f"zappa_settings.json has no stage {stage.name}")
    said[stage.name] |= {
        "s3_bucket": stage.bucket,
        "aws_region": stage.region,
        "aws_environment_variables": settings_of(stage),
        **_network(stage),
    }
    return said


def _network(stage: Stage) -> dict[str, Any]:
    """Return where the portal stands, if Terraform made a network for its database."""
    subnets = handover.read(stage, "portal_subnet_ids")
    group = handover.read(stage, "portal_security_group_id")
    if not subnets or not group:
        return {}
    return {"vpc_config": {"SubnetIds": subnets.split(","), "SecurityGroupIds": [group]}}


def _zappa(stage: Stage, settings: dict[str, Any], verb: str, *words: str | Path) -> None:
    with scratch() as folder:
        file = Path(folder) / "zappa_settings.json"
        file.write_text(json.dumps(settings))
        run(
            [python_with("deploy"), "-m", "zappa.cli", verb, stage.name, "-s", file, *words],
            into=stage.folder / "zappa.log",
            cwd=Path(folder),
        )


def _wait(stage: Stage) -> None:
    _lambda(stage).get_waiter("function_updated").wait(FunctionName=stage.portal)


def _lambda(stage: Stage, config: Config | None = None) -> Any:
    return boto3.client("lambda", region_name=stage.region, config=config)
