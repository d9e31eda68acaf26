"""Usage sent to AWS Marketplace: in how many calls, at what cost, and how exactly."""

import logging
import time
from datetime import datetime
from typing import Any

from django.core.management import call_command

from adapters.seller import seller_client
from benchmarks.rows import Row, cpu_seconds
from localcloud.cloud import LocalCloud

AGREEMENTS = 10_000
# The most that is promised in a quarter of an hour, at the pace that AWS allows.
MANY, MINUTES = 100_000, 15
# Simulated lives of 60 days: of `make bench`, and of `make bench ARGS=--meter`, which takes hours.
SHORT, LONG = 1, 100


def rows(cloud: LocalCloud, seeds: int) -> list[Row]:
    """The database is emptied before each, and in the end."""
    at_its_pace = _at_its_pace(cloud) if seeds == LONG else []
    return [*at_its_pace, *_an_hour(cloud), *_many_days(cloud, seeds)]


def _at_its_pace(cloud: LocalCloud) -> list[Row]:
    """The whole job with its pauses: ten calls a second are all that AWS takes."""
    from marketplace.metering.rows import MeteredHour
    from tests.many_agreements import close_an_hour_of
    from tests.metering import meter_now

    _empty(cloud)
    close_an_hour_of(cloud, MANY)
    started = time.monotonic()
    meter_now()
    minutes = (time.monotonic() - started) / 60
    accepted = MeteredHour.objects.filter(state=MeteredHour.State.ACCEPTED).count()
    return [
        Row(
            name="100,000 rows of the ledger sent at AWS's pace",
            ours=minutes,
            peer=MINUTES,
            ratio=minutes / MINUTES,
            unit="min",
            against="a quarter of an hour",
            at_most=1,
            note=f"{accepted:,} accepted",
        )
    ]


def _an_hour(cloud: LocalCloud) -> list[Row]:
    from marketplace.metering import sending
    from marketplace.metering.rows import MeterCall, MeteredHour
    from tests.many_agreements import close_an_hour_of
    from tests.metering import meter_now

    _empty(cloud)
    sending.BETWEEN_CALLS = 0
    close_an_hour_of(cloud, AGREEMENTS)
    ours = cpu_seconds(meter_now)
    accepted = MeteredHour.objects.filter(state=MeteredHour.State.ACCEPTED).count()
    requests = [call.request["UsageRecords"] for call in MeterCall.objects.all()]
    peer = cpu_seconds(lambda: _bare_loop(requests))
    return [
        Row(
            name="an hour of 10,000 agreements: calls of BatchMeterUsage",
            ours=len(requests),
            peer=AGREEMENTS / 25,
            ratio=len(requests) / (AGREEMENTS / 25),
            unit="",
            against="the least that AWS's 25 records a call allow",
            at_most=1,
            note=f"{accepted:,} accepted",
        ),
        Row(
            name="the same: client's CPU time per record",
            ours=ours / AGREEMENTS * 1e6,
            peer=peer / AGREEMENTS * 1e6,
            ratio=ours / peer,
            unit="µs",
            against="a bare loop of boto3 over the same records, which keeps nothing",
            note="ours keeps request, answer and verdict, so that nothing is sent twice or lost",
        ),
    ]


def _bare_loop(requests: list[list[dict[str, Any]]]) -> None:
    client = seller_client("meteringmarketplace")
    for records in requests:
        timed = [
            {**record, "Timestamp": datetime.fromisoformat(record["Timestamp"])}
            for record in records
        ]
        client.batch_meter_usage(UsageRecords=timed)


def _many_days(cloud: LocalCloud, seeds: int) -> list[Row]:
    from tests.metering_simulation import Simulation
    from tests.naive_metering import NaiveSimulation

    outcomes = []
    logging.disable(logging.ERROR)
    for seed in range(1, seeds + 1):
        _empty(cloud)
        outcomes.append(Simulation(cloud, seed).run())
    _empty(cloud)
    naive = NaiveSimulation(cloud, 1).run()
    _empty(cloud)
    logging.disable(logging.NOTSET)
    used = sum(one.used for one in outcomes)
    wrong = sum(abs(one.used - one.accepted - one.included - one.lost) for one in outcomes)
    wrong += sum(one.lost - one.excused + one.doubled for one in outcomes)
    kills = sum(one.kills for one in outcomes)
    return [
        Row(
            name=f"60 days in bad weather, {seeds} times: units lost or doubled without need",
            ours=wrong,
            peer=used,
            ratio=wrong,
            unit="",
            against="the units used; the ratio is the number itself",
            at_most=0,
            note=f"{kills} kills, {sum(one.excused for one in outcomes):,} lost because AWS or the "
            f"worker was away until it was too late, each with an alarm",
        ),
        Row(
            name="the same days without a ledger: units billed",
            ours=naive.accepted,
            peer=naive.used,
            ratio=naive.accepted / naive.used,
            unit="",
            against="the units used",
            note="the positive control; what contracts include counts as lost here",
        ),
    ]


def _empty(cloud: LocalCloud) -> None:
    from tests.audit_guards import taken_down

    with taken_down():
        call_command("flush", interactive=False, verbosity=0)
    cloud.reset()
