"""Lists over tables of any size: nothing here counts or skips more than CAP rows."""

from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from django.db.models import IntegerField, QuerySet, Subquery
from django.utils.formats import number_format

if TYPE_CHECKING:
    AnyPaginator = Paginator[Any]
else:
    AnyPaginator = Paginator

# A page costs the rows that OFFSET skips, so whoever wants more must search.
CAP = 10_000


class CappedPaginator(AnyPaginator):
    """Counts to CAP and no further. Rows beyond are found by searching, not by turning pages."""

    template_name = "backoffice/pagination.html"

    @cached_property
    def _counted(self) -> int:
        rows: Any = self.object_list
        if not isinstance(rows, QuerySet):
            return len(rows)
        return rows.order_by().values("pk")[: CAP + 1].count()

    @cached_property
    def count(self) -> int:
        return min(self._counted, CAP)

    @property
    def count_in_words(self) -> str:
        return capped(self._counted)


class CappedCount(Subquery):
    """The number of rows of a related query, counted to CAP + 1 at most."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()

    def __init__(self, rows: QuerySet[Any]) -> None:
        super().__init__(rows.order_by().values("pk")[: CAP + 1])


def capped(count: int) -> str:
    """Return a count as people read it: 9,731, or 10,000+ where counting stopped."""
    text = number_format(min(count, CAP), use_l10n=True, force_grouping=True)
    return f"{text}+" if count > CAP else text
