"""What a deployment would change, tool by tool; nothing is changed."""

from collections.abc import Iterator

from infra import packages
from infra.deploying import portal, putting_up, releases, sam, static_files, terraform
from infra.deploying.stages import ROOT, Stage
from infra.deploying.stopping import Stopped

_ROOTS = ("data", "edge", "wiring")


def shown(stage: Stage, *, here: bool = False) -> Iterator[str]:
    """Yield the plan in parts. A stage that does not exist yet says so instead of failing."""
    packages.build(ROOT / "build", here=here)
    yield _package(stage)
    if not releases.has_bucket(stage):
        yield f"{stage.name} does not exist yet: everything would be made."
        return
    yield f"== Static files\n{static_files.planned(stage, releases.PORTAL_ZIP)}"
    for root in _ROOTS:
        yield f"== Terraform {root}\n{_root(stage, root)}"
    for thing in ("functions", "identity"):
        yield f"== CloudFormation {stage.stack(thing)}\n{_stack(stage, thing)}"


def _package(stage: Stage) -> str:
    new = releases.code_hash(releases.PORTAL_ZIP)
    old = portal.running_hash(stage)
    verdict = "the same" if new == old else f"{old or 'nothing'} runs, {new} would"
    return f"== Package of the portal\n{verdict}"


def _root(stage: Stage, root: str) -> str:
    if not terraform.exists(root):
        return f"THERE IS NO infra/terraform/{root}"
    if root == "wiring" and portal.running_hash(stage) is None:
        return "not known yet: there is no portal that anything could reach"
    return terraform.plan(stage, root)


def _stack(stage: Stage, thing: str) -> str:
    try:
        if thing == "functions":
            template = sam.package_functions(stage)
            return sam.plan(stage, thing, template, **putting_up.function_parameters(stage))
        return sam.plan(stage, thing, putting_up.IDENTITY, **putting_up.identity_parameters(stage))
    except Stopped as stopped:
        return f"not known yet: {stopped}"
