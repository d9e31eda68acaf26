"""Which migrations the code before them could not live with: `python -m infra.narrowing` lists all.

A rollback returns the code and not the database, so a migration has to leave it such that the code
before still reads and writes it: expand first, contract in a later release. A new table, a new
column that may be empty or has the database's own default, an index: these do. What cannot be told
from the operation counts as narrowing, unless its author looked and wrote into the migration
`code_before_works = True`.
"""

import json
from typing import Any

import django
from django.db import connection, migrations
from django.db.migrations.loader import MigrationLoader
from django.db.models import NOT_PROVIDED

_WIDENING = (
    migrations.CreateModel,
    migrations.AddIndex,
    migrations.RemoveIndex,
    migrations.RenameIndex,
    migrations.RemoveConstraint,
    migrations.AlterModelOptions,
    migrations.AlterModelManagers,
    migrations.AlterModelTableComment,
)


def narrowings() -> dict[str, str]:
    """Return every migration by name, with the reason if it narrows and else nothing."""
    loader = MigrationLoader(None)
    return {
        ".".join(key): _why(loader, key, migration)
        for key, migration in sorted(loader.disk_migrations.items())
    }


def _why(loader: MigrationLoader, key: tuple[str, str], migration: Any) -> str:
    if getattr(migration, "code_before_works", False):
        return ""
    state = loader.project_state(key, at_end=False)
    new: set[str] = set()
    for operation in migration.operations:
        if isinstance(operation, migrations.CreateModel):
            new.add(operation.name_lower)
        # The code before knows nothing of a table that is made here.
        elif getattr(operation, "model_name", "").lower() not in new and not _widens(
            operation, state, key[0]
        ):
            return str(operation.describe())
        operation.state_forwards(key[0], state)
    return ""


def _widens(operation: Any, state: Any, app: str) -> bool:
    if isinstance(operation, migrations.AddField):
        return _may_be_left_out(operation.field)
    if isinstance(operation, migrations.AlterField):
        models = state.models[app, operation.model_name_lower]
        return _is_wider(models.get_field(operation.name), operation.field)
    if isinstance(operation, migrations.SeparateDatabaseAndState):
        return all(_widens(each, state, app) for each in operation.database_operations)
    return isinstance(operation, _WIDENING)


def _may_be_left_out(field: Any) -> bool:
    """The code before inserts rows without this column."""
    return bool(field.many_to_many or field.null or field.db_default is not NOT_PROVIDED)


def _is_wider(old: Any, new: Any) -> bool:
    """Whether all that the old field takes and gives fits the new one too."""
    same_kind = type(old) is type(new) and old.db_type_suffix(connection) == new.db_type_suffix(
        connection
    )
    longer = _most(new) >= _most(old)
    return same_kind and longer and (new.null or not old.null) and (old.unique or not new.unique)


def _most(field: Any) -> float:
    return float(field.max_length or "inf")


def main() -> None:
    django.setup()
    print(json.dumps(narrowings()))


if __name__ == "__main__":
    main()
