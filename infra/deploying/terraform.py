"""Terraform's roots, each with a state of its own in the stage's bucket."""

import re
from pathlib import Path

from infra.deploying import handover
from infra.deploying.running import run
from infra.deploying.stages import ROOT, Stage
from infra.deploying.stopping import Stopped
from infra.plugin_mirror import plugin_mirror

_ROOTS = ROOT / "infra/terraform"
_LOOKING = re.compile(r": (Refreshing state|Reading|Still reading|Read complete)\b")


def exists(root: str) -> bool:
    return (_ROOTS / root).is_dir()


def apply(stage: Stage, root: str) -> str:
    """Make what the root describes. Returns what Terraform counted."""
    _init(stage, root)
    said = _terraform(stage, root, "apply", "-auto-approve", f"-var-file={stage.variables}")
    return next(line for line in said.splitlines() if line.startswith("Apply complete"))


def plan(stage: Stage, root: str) -> str:
    """Return what would change, in Terraform's words; nothing is locked or written.

    A line for each thing that it looked at would hide them: the log has those.
    """
    _init(stage, root)
    words = ("-lock=false", "-compact-warnings", f"-var-file={stage.variables}")
    said = _terraform(stage, root, "plan", *words)
    return "\n".join(line for line in said.splitlines() if not _LOOKING.search(line))


def destroy(stage: Stage, root: str) -> str:
    _init(stage, root)
    said = _terraform(stage, root, "destroy", "-auto-approve", f"-var-file={stage.variables}")
    return next(line for line in said.splitlines() if line.startswith("Destroy complete"))


def _init(stage: Stage, root: str) -> None:
    backend = {
        "bucket": stage.bucket,
        "region": stage.region,
        "key": f"terraform/{root}.tfstate",
        "use_lockfile": "true",
    }
    given = [f"-backend-config={name}={value}" for name, value in backend.items()]
    mirror = plugin_mirror()
    plugins = [f"-plugin-dir={mirror}"] if mirror else []
    _terraform(stage, root, "init", "-reconfigure", *given, *plugins)


def _terraform(stage: Stage, root: str, verb: str, *words: str) -> str:
    """Give what was handed over as variables: a root takes those that it declares."""
    handed = {f"TF_VAR_{name}": value for name, value in handover.read_all(stage).items()}
    try:
        return run(
            ["terraform", verb, "-no-color", *words],
            into=_log(stage, root),
            cwd=_ROOTS / root,
            env={**handed, "TF_DATA_DIR": str(stage.folder / f"terraform-{root}")},
        )
    except Stopped as stopped:
        if "Error acquiring the state lock" not in str(stopped):
            raise
        lock = f"s3://{stage.bucket}/terraform/{root}.tfstate.tflock"
        raise Stopped(
            f"{stopped}\nIf whoever holds it (Who, Created) is over and died: aws s3 rm {lock}"
        ) from stopped


def _log(stage: Stage, root: str) -> Path:
    return stage.folder / f"terraform-{root}.log"
