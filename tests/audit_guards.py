"""A test's database is emptied after it, the audit trail included, which its triggers refuse."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

TABLE = "backoffice_auditevent"


@contextmanager
def taken_down() -> Iterator[None]:
    """Take the triggers away for a moment; what stands afterwards is what stood before."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"ALTER TABLE {TABLE} DISABLE TRIGGER USER")
            yield
            cursor.execute(f"ALTER TABLE {TABLE} ENABLE TRIGGER USER")
            return
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s"
        guards = cursor.execute(query, [TABLE]).fetchall()
        for name, _ in guards:
            cursor.execute(f"DROP TRIGGER {name}")
        yield
        for _, statement in guards:
            cursor.execute(statement)


def let_tests_flush() -> None:
    """From now on a flush, and nothing else, goes past the triggers."""
    operations: Any = type(connection.ops)
    flush = operations.execute_sql_flush

    def flush_past_the_guards(self: Any, sql_list: list[str]) -> None:
        with taken_down():
            flush(self, sql_list)

    operations.execute_sql_flush = flush_past_the_guards
