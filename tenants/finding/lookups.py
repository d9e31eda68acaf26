"""What both databases answer from an index: a beginning, and an id that is kept as text."""

from typing import TYPE_CHECKING, Any

from django.db.models import BigIntegerField, CharField, Func, Lookup, UUIDField
from django.db.models.lookups import StartsWith

if TYPE_CHECKING:
    TextLookup = Lookup[Any]
else:
    TextLookup = Lookup

# Where the five parts of an id begin, and how long they are.
_PARTS = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
_HYPHEN = " || '-' || "
_LAST = "\U0010ffff"


@CharField.register_lookup
class Begins(TextLookup):
    """As `startswith`. SQLite's LIKE ignores capitals and therefore reads every row; asked for a
    range it uses the index."""

    lookup_name = "begins"

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return StartsWith(self.lhs, self.rhs).as_sql(compiler, connection)

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        column, given = self.process_lhs(compiler, connection)
        sql = f"({column} >= %s AND {column} < %s)"
        return sql, [*given, self.rhs, *given, f"{self.rhs}{_LAST}"]


class AsUuid(Func):
    """The id that a text is; nothing where it is another text."""

    output_field = UUIDField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "REPLACE(%(expressions)s, '-', '')"
        return super().as_sql(compiler, connection, template=template, **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = (
            "(CASE WHEN %(expressions)s ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'"
            " THEN %(expressions)s END)::uuid"
        )
        return super().as_sql(compiler, connection, template=template, **context)


class AsNumber(Func):
    """The number that a text is; nothing where it is another text."""

    output_field = BigIntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = (
            "(CASE WHEN %(expressions)s NOT GLOB '*[^0-9]*'"
            " THEN CAST(%(expressions)s AS integer) END)"
        )
        return super().as_sql(compiler, connection, template=template, **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "(CASE WHEN %(expressions)s ~ '^[0-9]{1,18}$' THEN %(expressions)s END)::bigint"
        return super().as_sql(compiler, connection, template=template, **context)


class AsText(Func):
    """An id as it is written; SQLite keeps it without hyphens."""

    output_field = CharField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        parts = [f"substr(%(expressions)s, {at}, {size})" for at, size in _PARTS]
        return super().as_sql(compiler, connection, template=f"({_HYPHEN.join(parts)})", **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return super().as_sql(compiler, connection, template="(%(expressions)s)::text", **context)
