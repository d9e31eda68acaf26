"""Takes a stage down, for rehearsals and for stages that were tried out. Production never."""

from infra.deploying import handover, portal, releases, retained, sam, terraform
from infra.deploying.stages import Stage
from infra.deploying.steps import Step
from infra.deploying.stopping import Stopped


def steps(stage: Stage) -> list[Step]:
    """Return the steps: the deployment's, backwards."""
    if stage.production:
        raise Stopped("production is not taken down by a command")
    if not releases.has_bucket(stage):
        raise Stopped(f"{stage.name} is not there, or gone already: it has no {stage.bucket}")
    return [
        Step("wiring", "Terraform: nothing reaches the portal", lambda: _destroy(stage, "wiring")),
        Step("portal", "Zappa: the portal", lambda: _undeploy(stage)),
        Step("edge", "Terraform: the customers' API", lambda: _destroy(stage, "edge")),
        Step("identity", "CloudFormation: the user pool", lambda: _delete_identity(stage)),
        Step("functions", "SAM: the functions", lambda: _delete_functions(stage)),
        Step("data", "Terraform: tables, queues, roles", lambda: _destroy(stage, "data")),
        Step("bucket", "state and releases", lambda: releases.empty_bucket(stage)),
    ]


def _undeploy(stage: Stage) -> None:
    portal.undeploy(stage)
    retained.delete_api(stage)


def _delete_identity(stage: Stage) -> None:
    pool = handover.read(stage, "user_pool_id")
    sam.delete(stage, "identity")
    retained.delete_pool(stage, pool)


def _delete_functions(stage: Stage) -> None:
    sam.delete(stage, "functions")
    retained.delete_logs(stage)


def _destroy(stage: Stage, root: str) -> str:
    if not terraform.exists(root):
        return f"there is no infra/terraform/{root}"
    return terraform.destroy(stage, root)
