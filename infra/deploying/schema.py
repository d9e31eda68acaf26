"""The database's schema: migrated by the portal's own function, and proved by its answer."""

import json
import os
import subprocess

from infra.deploying import portal
from infra.deploying.releases import Release
from infra.deploying.running import python
from infra.deploying.stages import ROOT, Stage
from infra.deploying.stopping import Stopped

_QUESTION = {"ask": "schema"}


def migrate(stage: Stage) -> str:
    """Migrate, and ask what then stands in django_migrations: an answer `ok` proves nothing.

    The function has seconds, and a new database many migrations: each is whole or not at all, so
    the next call goes on where time ran out.
    """
    missing = _missing(stage)
    while missing:
        failure = _migrated(stage)
        left = _missing(stage)
        if len(left) >= len(missing):
            raise Stopped(f"these migrations did not run: {', '.join(left)}{failure}")
        missing = left
    _give_roles(stage)
    return f"{len(portal.ask(stage, _QUESTION)['applied'])} migrations stand in the database"


def _give_roles(stage: Stage) -> None:
    """Give staff their groups. Raises Stopped.

    Django makes permissions after the last migration. Time may have run out in between: then every
    migration stands in the table, and only another `migrate` makes what is missing.
    """
    try:
        portal.ask(stage, {"manage": "ensure_roles"})
    except Stopped:
        portal.ask(stage, {"manage": "migrate"})
        portal.ask(stage, {"manage": "ensure_roles"})


def _migrated(stage: Stage) -> str:
    """Migrate as far as the function's time goes. Returns what went wrong, if anything did."""
    try:
        portal.ask(stage, {"manage": "migrate"})
    except Stopped as stopped:
        return f"\n{stopped}"
    return ""


def _missing(stage: Stage) -> list[str]:
    missing: list[str] = portal.ask(stage, _QUESTION)["missing"]
    return missing


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
        applied = portal.ask(stage, _QUESTION)["applied"]
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
