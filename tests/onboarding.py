"""Many customers signed up at once, and workers that set them up as API Gateway lets them."""

import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from adapters.definitions import definition
from localcloud.cloud import LocalCloud


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
    cloud: LocalCloud, make_code: Callable[[], str], *, customers: int, workers: int, factor: float
) -> Score:
    """Sign everybody up, then let the workers loose. All rates are scaled by `factor`."""
    from tenants import signups
    from tests.customers import wish

    for number in range(customers):
        given = wish(email=f"customer-{number}@example.com", code=make_code())
        signups.sign_up(given, form_key=uuid.uuid4())
    cloud.control_plane.factor = factor
    started = time.monotonic()
    _work_until(lambda: _are_all_set_up(customers), workers)
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


def _work_until(is_done: Callable[[], bool], workers: int) -> None:
    from tenants import sweep

    stop = threading.Event()
    threads = [threading.Thread(target=_work, args=(stop,)) for _ in range(workers)]
    for thread in threads:
        thread.start()
    try:
        swept_at = time.monotonic()
        while not is_done():
            time.sleep(0.5)
            if time.monotonic() - swept_at > 15:
                sweep.run_due()
                swept_at = time.monotonic()
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _work(stop: threading.Event) -> None:
    """Take one message at a time, as a worker process does."""
    from django.conf import settings
    from django.db import connections

    from adapters.aws import client
    from portal import lambda_worker
    from tests.worker import acknowledge, as_record

    queue: dict[str, Any] = {"QueueUrl": settings.TASKS_QUEUE_URL, "MaxNumberOfMessages": 1}
    try:
        while not stop.is_set():
            taken = client("sqs").receive_message(**queue, WaitTimeSeconds=1).get("Messages", [])
            for message in taken:
                lambda_worker.consume({"Records": [as_record(message)]})
                acknowledge(message)
    finally:
        connections.close_all()


def _are_all_set_up(customers: int) -> bool:
    from tenants.models import Tenant

    return Tenant.objects.exclude(reconciled_at=None).count() >= customers
