"""Lists of the backoffice with a thousand rows, and with as many as a good year brings.

    python -m benchmarks.listing            a million redemptions and 100,000 customers
    DATABASE_URL=… python -m benchmarks.listing

Fills the empty database that DATABASE_URL names, or a new SQLite file.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.rows import Row

# Of redemptions; of everything else there is a tenth.
FEW, SHORT, LONG = 1_000, 100_000, 1_000_000
CUSTOMERS_OF = 10
AT_ONCE = 5_000
ROUNDS = 7
# Five of a list; and four of every page: session, person, rights, and what waits.
MOST_QUERIES = 5 + 4


@dataclass(frozen=True)
class Look:
    seconds: float
    queries: int


def rows(most: int) -> list[Row]:
    """Needs Django set up, and an empty database; leaves it full."""
    _fill(0, FEW)
    client = _staff()
    few = {place: _look(client, place) for place in _places()}
    _fill(FEW, most)
    many = {place: _look(client, place) for place in _places()}
    of_time = {place: many[place].seconds / few[place].seconds for place in few}
    worst = max(of_time, key=lambda place: of_time[place])
    most_queries = max(many, key=lambda place: many[place].queries)
    sizes = f"{most:,} redemptions and {most // CUSTOMERS_OF:,} customers"
    return [
        Row(
            name=f"the slowest list page of {len(few)}, first and last pages, of {sizes}",
            ours=many[worst].seconds * 1e3,
            peer=few[worst].seconds * 1e3,
            ratio=of_time[worst],
            unit="ms",
            against=f"the same page of {FEW:,} redemptions",
            at_most=2,
            note=f"{worst}; the median of all is {statistics.median(of_time.values()):.2f}",
        ),
        Row(
            name="the same: SQL queries of a page",
            ours=many[most_queries].queries,
            peer=MOST_QUERIES,
            ratio=many[most_queries].queries / MOST_QUERIES,
            unit="",
            against="the limit: five of a list, four of every page",
            at_most=1,
            note=most_queries,
        ),
    ]


def _places() -> Iterator[str]:
    """Each list by its first and its last page."""
    from backoffice.models import AuditEvent
    from campaigns.models import Redemption
    from tenants import models
    from tests.backoffice.doors import list_url

    kinds = (models.Tenant, models.Member, models.Grant, models.ApiKey, models.Message)
    for kind in (Redemption, AuditEvent, *kinds):
        yield list_url(kind())
        yield f"{list_url(kind())}?p=last"


def _look(client: Any, place: str) -> Look:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    address = place
    if place.endswith("?p=last"):
        first = client.get(place.removesuffix("?p=last"))
        address = f"{place.removesuffix('last')}{first.context['cl'].paginator.num_pages}"
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(address)
    # The next request forgets what was captured.
    queries = len(asked)
    if answer.status_code != HTTPStatus.OK:
        raise RuntimeError(f"{address} answers {answer.status_code}")
    times = [_seconds(lambda: client.get(address)) for _ in range(ROUNDS)]
    return Look(min(times), queries)


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _staff() -> Any:
    from django.contrib.auth.models import User
    from django.test import Client
    from django.test.utils import setup_test_environment

    setup_test_environment()
    client = Client()
    client.force_login(User.objects.create_superuser("lists", "lists@gatehouse.example"))
    return client


def _fill(first: int, last: int) -> None:
    """Write the rows of these numbers, as services leave them."""
    from django.db import connection

    from campaigns.models import Redemption

    batch = _batch()
    _write(Redemption, (_redemption(batch, number) for number in range(first, last)))
    _fill_customers(first // CUSTOMERS_OF, last // CUSTOMERS_OF)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _batch() -> Any:
    from campaigns.models import Batch
    from tests.backoffice import rows as staff_rows

    return Batch.objects.first() or staff_rows.a_batch()


def _redemption(batch: Any, number: int) -> Any:
    from django.utils import timezone

    from campaigns.models import Redemption

    return Redemption(
        campaign=batch.campaign,
        batch=batch,
        code=f"AUTUMN{number:012d}X",
        redeemed_by=f"someone-{number}",
        redeemed_at=timezone.now() - timedelta(minutes=number),
        tier="starter",
    )


def _fill_customers(first: int, last: int) -> None:
    from django.utils import timezone

    from backoffice.models import AuditEvent
    from tenants.models import ApiKey, Grant, Member, Message, Tenant

    now, numbers = timezone.now(), range(first, last)
    ids = {number: f"{number:08d}-0000-4000-8000-000000000000" for number in numbers}
    done = {"reconciled_generation": 1, "reconciled_at": now}
    _write(Tenant, (Tenant(id=ids[n], company=f"Company {n}", **done) for n in numbers))
    _write(
        Member,
        (
            Member(tenant_id=ids[n], email=f"person{n}@example.com", full_name=f"Person {n}")
            for n in numbers
        ),
    )
    given = {"source": Grant.Source.PROMO, "tier": "starter", "starts_at": now}
    _write(Grant, (Grant(tenant_id=ids[n], **given) for n in numbers))
    live = {"state": ApiKey.State.LIVE, "first4": "ab12", "last4": "yz89"}
    _write(ApiKey, (ApiKey(tenant_id=ids[n], name=f"key-{n}", **live) for n in numbers))
    sent = {"kind": Message.Kind.WELCOME, "state": Message.State.SENT}
    _write(Message, (Message(to=f"person{n}@example.com", **sent) for n in numbers))
    of = {"action": "suspend", "target_type": "tenants.Tenant", "actor_name": "anna"}
    _write(AuditEvent, (AuditEvent(target_id=ids[n], target_name=f"{n}", **of) for n in numbers))


def _write(kind: Any, made: Iterable[Any]) -> None:
    rest = iter(made)
    while some := list(islice(rest, AT_ONCE)):
        kind.objects.bulk_create(some)


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        os.environ.setdefault("DATABASE_URL", f"sqlite:///{Path(scratch) / 'lists.sqlite3'}")
        os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        from tenants.models import Tenant

        if Tenant.objects.exists():
            raise SystemExit("There are customers in this database: name an empty one.")
        for row in rows(LONG):
            print(f"{row.name}: {row.ratio:.2f} ({row.ours:.1f} {row.unit}; {row.note})")


if __name__ == "__main__":
    main()
