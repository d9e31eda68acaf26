"""The steps of a deployment, in the order in which the tools need each other."""

import json
from collections.abc import Callable

from infra import packages
from infra.deploying import (
    guards,
    handover,
    portal,
    releases,
    sam,
    schema,
    smoke,
    static_files,
    terraform,
)
from infra.deploying.stages import ROOT, Stage
from infra.deploying.steps import Step

_FUNCTIONS = (
    "GenerateTokenArn",
    "AfterConfirmationArn",
    "ApiArn",
    "ValidateCodeArn",
    "RedeemCodeArn",
    "GenerateCodesArn",
)
IDENTITY = ROOT / "infra/identity.yaml"


def steps(stage: Stage, *, here: bool = False) -> list[Step]:
    """Return the steps; each is safe to repeat. `here` packs for this machine's own Python."""

    def of(step: str, about: str, run: Callable[[Stage], str]) -> Step:
        return Step(step, about, lambda: run(stage))

    return [
        Step("package", "build what Lambda runs", lambda: _package(stage, here)),
        of("bucket", "make the bucket for state and releases", _make_bucket),
        of("data", "Terraform: tables, queues, storage, roles", _apply_data),
        of("functions", "SAM: the functions", deploy_functions),
        of("identity", "CloudFormation: the user pool", _deploy_identity),
        of("data-pool", "Terraform: let the portal use the pool", unless_known(_apply_data)),
        of("api-pool", "SAM: tell the functions the pool", unless_known(deploy_functions)),
        of("edge", "Terraform: the customers' API", _apply_edge),
        of("static", "static files, for the CDN", _upload_static_files),
        of("portal", "Zappa: the portal", _deploy_portal),
        of("migrate", "the database's schema", schema.migrate),
        of("wiring", "Terraform: queues and schedule reach the portal", _apply_wiring),
        of("smoke", "ask it as a customer would", _smoke),
        of("release", "remember what runs", _finish),
    ]


def _package(stage: Stage, here: bool) -> str:
    packages.build(ROOT / "build", here=here)
    release = releases.identified(guards.commit(), migrations=schema.narrowings())
    releases.note(stage, release)
    return release.id


def _make_bucket(stage: Stage) -> str:
    releases.make_bucket(stage)
    return stage.bucket


def _apply_data(stage: Stage) -> str:
    return terraform.apply(stage, "data")


def deploy_functions(stage: Stage) -> str:
    """Put the functions up, with the pool if it is there already."""
    release = releases.noted(stage, guards.commit())
    template = sam.package_functions(stage)
    releases.begin(stage, release, template=template)
    made = sam.deploy(stage, "functions", template, **function_parameters(stage))
    missing = [name for name in _FUNCTIONS if name not in made]
    return f"without {', '.join(missing)}" if missing else f"{len(_FUNCTIONS)} functions"


def function_parameters(stage: Stage) -> dict[str, str]:
    return {
        **stage.parameters("functions"),
        "UserPoolId": handover.read(stage, "user_pool_id") or "",
        "UserPoolClientId": handover.read(stage, "client_id") or "",
    }


def identity_parameters(stage: Stage) -> dict[str, str]:
    functions = sam.outputs(stage, "functions")
    return {
        **stage.parameters("identity"),
        "PreTokenFunctionArn": functions["GenerateTokenArn"],
        "ConfirmationFunctionArn": functions["AfterConfirmationArn"],
    }


def unless_known(run: Callable[[Stage], str]) -> Callable[[Stage], str]:
    """Return a step that a pool needs only once: from then on `data` and `functions` tell it."""

    def step(stage: Stage) -> str:
        pool = handover.read(stage, "user_pool_id")
        if pool and sam.parameters(stage, "functions").get("UserPoolId") == pool:
            return "they know it already"
        return run(stage)

    return step


def _deploy_identity(stage: Stage) -> str:
    made = sam.deploy(stage, "identity", IDENTITY, **identity_parameters(stage))
    return made["UserPoolId"]


def _apply_edge(stage: Stage) -> str:
    if not terraform.exists("edge"):
        return "THERE IS NO infra/terraform/edge: the customers' API is not deployed"
    counted = terraform.apply(stage, "edge")
    return "\n".join([counted, *dns_targets(stage)])


def dns_targets(stage: Stage) -> list[str]:
    """Say where DNS must lead the names that the stage's file gives it."""
    targets = json.loads(handover.read(stage, "dns") or "{}")
    return [f"DNS: {name} leads to {target}" for name, target in sorted(targets.items())]


def _apply_wiring(stage: Stage) -> str:
    return terraform.apply(stage, "wiring")


def _upload_static_files(stage: Stage) -> str:
    releases.noted(stage, guards.commit())
    return static_files.upload(stage, releases.PORTAL_ZIP)


def _deploy_portal(stage: Stage) -> str:
    release = releases.noted(stage, guards.commit())
    verb = portal.deploy(stage, str(releases.PORTAL_ZIP), code_hash=release.portal)
    portal.hand_over_api(stage)
    return verb


def _smoke(stage: Stage) -> str:
    return smoke.test(stage, has_api=terraform.exists("edge"))


def _finish(stage: Stage) -> str:
    release = releases.noted(stage, guards.commit())
    releases.finish(stage, release)
    return f"{stage.name} runs {release.id}"
