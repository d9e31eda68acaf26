"""Many customers signed up at once, and workers that set them up as API Gateway lets them."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from adapters.definitions import definition
from localcloud.cloud import LocalCloud
from tests.celery_worker import start_worker, stop_worker


@dataclass(frozen=True)
class Score:
    """`rate` is keys created a second, from the first to the last; `permitted` what AWS allows."""

    customers: int
    seconds: float
    rate: float
    permitted: float
    rejected: int

    @property
    def share(self) -> float:
        return self.rate / self.permitted

    def __str__(self) -> str:
        return (
            f"{self.customers} customers in {self.seconds:.1f} s: {self.rate:.2f} a second of "
            f"{self.permitted:.2f} permitted ({self.share:.1%}), {self.rejected} calls rejected"
        )


def onboard(
    cloud: LocalCloud,
    make_code: Callable[[], str],
    *,
    customers: int,
    workers: int,
    factor: float = 1.0,
    first: int = 0,
    **settings: str,
) -> Score:
    """Sign everybody up, then let Celery's worker loose with so many processes.

    AWS's rates are scaled by `factor`; the customers are numbered from `first`; the settings are
    the worker's.
    """
    from tenants import signups
    from tests.customers import wish

    cloud.control_plane.clear()
    for number in range(first, first + customers):
        given = wish(email=f"customer-{number}@example.com", code=make_code())
        signups.sign_up(given, form_key=uuid.uuid4())
    cloud.control_plane.factor = factor
    started = time.monotonic()
    worker = start_worker("--concurrency", str(workers), **settings)
    try:
        _sweep_until(lambda: not _waiting())
    finally:
        stop_worker(worker)
    plane = cloud.control_plane
    made = [at for operation, at in plane.admitted if operation == "CreateApiKey"]
    permitted = definition("control_plane")["apigateway"]["operations"]["CreateApiKey"]
    return Score(
        customers=len(made),
        seconds=time.monotonic() - started,
        rate=(len(made) - 1) / (max(made) - min(made)),
        permitted=permitted["per_second"] * factor,
        rejected=len(plane.rejected),
    )


def _sweep_until(is_done: Callable[[], bool]) -> None:
    from tenants import sweep

    swept_at = time.monotonic()
    while not is_done():
        time.sleep(0.5)
        if time.monotonic() - swept_at > 15:
            sweep.run_due()
            swept_at = time.monotonic()


def _waiting() -> bool:
    from tenants.models import Tenant

    return Tenant.objects.filter(reconciled_at=None).exists()
