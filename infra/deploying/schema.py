"""The database's schema: migrated by the portal's own function, and proved by its answer."""

import json
import os
import subprocess

from infra.deploying import portal
from infra.deploying.releases import Release
from infra.deploying.running import python
from infra.deploying.stages import ROOT, Stage
from infra.deploying.stopping import Stopped


def migrate(stage: Stage) -> str:
    """Migrate, and ask what then stands in django_migrations: an answer `ok` proves nothing."""
    for command in ("migrate", "ensure_roles"):
        portal.ask(stage, {"manage": command})
    told = portal.ask(stage, {"ask": "schema"})
    if told["missing"]:
        raise Stopped(f"these migrations did not run: {', '.join(told['missing'])}")
    return f"{len(told['applied'])} migrations stand in the database"


def narrowings() -> dict[str, str]:
    """Return each migration of this checkout and why the code before it could not live with it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    done = subprocess.run(
        [python(), "-m", "infra.narrowing"],
        cwd=ROOT,
        env={**kept, "STAGE": "local"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Stopped(f"the migrations cannot be read:\n{done.stderr}")
    found: dict[str, str] = json.loads(done.stdout)
    return found


def refuse_unreadable(stage: Stage, running: Release, earlier: Release) -> None:
    """Raise Stopped if the database has changed in a way that the earlier code cannot read."""
    try:
        applied = portal.ask(stage, {"ask": "schema"})["applied"]
    except Stopped:
        # What runs cannot even say so: then all that it brought counts as done.
        applied = list(running.migrations)
    unreadable = {
        name: why
        for name, why in running.migrations.items()
        if why and name in applied and name not in earlier.migrations
    }
    if unreadable:
        lines = [f"  {name}: {why}" for name, why in unreadable.items()]
        raise Stopped(
            f"{earlier.id} cannot work with the database as it is now:\n"
            + "\n".join(lines)
            + "\nRepair it forwards: deploy a commit that can (docs/deployment.md)."
        )
