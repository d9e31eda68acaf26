"""Takes a stage down, for rehearsals and for stages that were tried out. Production never."""

from infra.deploying import portal, releases, sam, terraform
from infra.deploying.stages import Stage
from infra.deploying.steps import Step
from infra.deploying.stopping import Stopped


def steps(stage: Stage) -> list[Step]:
    """Return the steps: the deployment's, backwards."""
    if stage.production:
        raise Stopped("production is not taken down by a command")
    return [
        Step("wiring", "Terraform: nothing reaches the portal", lambda: _destroy(stage, "wiring")),
        Step("portal", "Zappa: the portal", lambda: portal.undeploy(stage)),
        Step("edge", "Terraform: the customers' API", lambda: _destroy(stage, "edge")),
        Step("identity", "CloudFormation: the user pool", lambda: sam.delete(stage, "identity")),
        Step("functions", "SAM: the functions", lambda: sam.delete(stage, "functions")),
        Step("data", "Terraform: tables, queues, roles", lambda: _destroy(stage, "data")),
        Step("bucket", "state and releases", lambda: releases.empty_bucket(stage)),
    ]


def _destroy(stage: Stage, root: str) -> str:
    if not terraform.exists(root):
        return f"there is no infra/terraform/{root}"
    return terraform.destroy(stage, root)
