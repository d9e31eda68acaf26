"""Files about a month of usage, of an agreement or of all of a listing: made by a job, a few
agreements at a time."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from backoffice import csv_cells, job_files, jobs
from backoffice.audit import Act
from backoffice.jobs import Result, Work
from backoffice.models import Job
from backoffice.roles import EXPORT_USAGE
from marketplace.metering.deadlines import month_of
from marketplace.metering.rows import Meter
from marketplace.models import Agreement, AgreementSearch
from tenants.errors import NotPossible

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise
else:
    StrOrPromise = str | Promise


@dataclass(frozen=True)
class MonthFile:
    """One kind of file. `lines` gives the cells of each line of one agreement in a month that
    begins and ends; `chunk` is how many agreements a delivery does."""

    kind: str
    title: StrOrPromise
    label: StrOrPromise
    name: str
    chunk: int
    columns: Sequence[str]
    lines: Callable[[Meter, datetime, datetime], Iterable[Sequence[object]]]

    def register(self) -> None:
        result = Result(
            right=EXPORT_USAGE,
            label=self.label,
            audited_as="download usage",
            kept_for=job_files.KEPT,
        )
        jobs.register(self.kind, Work(chunk=self._write, finish=self._finish, result=result))

    def start(self, of: Agreement | AgreementSearch, act: Act, *, month: str) -> Job:
        """`month` as 2026-11. Raises NotPossible for what is no month, and where nobody used it."""
        begin_of(month)
        asked = _asked(of)
        total = _meters(asked).count()
        if not total:
            raise NotPossible(_("Nobody ever used it, so there is nothing to show."))
        return jobs.start_job(
            self.kind,
            title=str(self.title) % {"what": of, "month": month},
            total=total,
            chunks=-(-total // self.chunk),
            act=act,
            month=month,
            **asked,
        )

    def _write(self, job: Job, index: int) -> int:
        begins = begin_of(job.arguments["month"])
        ends = month_of(begins + timedelta(days=32))
        few = list(_meters(job.arguments)[index * self.chunk : (index + 1) * self.chunk])
        text = [csv_cells.line(*self.columns)] if index == 0 else []
        for meter in few:
            job.renew()
            text += [csv_cells.line(*cells) for cells in self.lines(meter, begins, ends)]
        job_files.store(job_files.part(job, index), "".join(text))
        return len(few)

    def _finish(self, job: Job) -> None:
        job_files.finish(job, self.name)


def begin_of(month: str) -> datetime:
    """Raises NotPossible."""
    try:
        return datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
    except ValueError as error:
        raise NotPossible(_("Write the month like 2026-11.")) from error


def _asked(of: Agreement | AgreementSearch) -> dict[str, Any]:
    if isinstance(of, Agreement):
        return {"agreement": of.pk}
    return {"product": of.product_code}


def _meters(asked: dict[str, Any]) -> QuerySet[Meter]:
    meters = Meter.objects.select_related("agreement__tenant").order_by("pk")
    if "agreement" in asked:
        return meters.filter(agreement=asked["agreement"])
    return meters.filter(agreement__product_code=asked["product"])
