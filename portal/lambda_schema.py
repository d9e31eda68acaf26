"""What stands in the database's table of migrations, for whoever deploys and trusts no `ok`."""

from django.db import connection
from django.db.migrations.loader import MigrationLoader


def described() -> dict[str, list[str]]:
    """Return the migrations that ran, and those of this code that did not."""
    loader = MigrationLoader(connection)
    applied = {_name(key) for key in loader.applied_migrations}
    ours = {_name(key) for key in loader.disk_migrations}
    return {"applied": sorted(applied), "missing": sorted(ours - applied)}


def _name(key: tuple[str, str]) -> str:
    return ".".join(key)
