"""The same work done by others: drawing codes, making a batch of them, and racing for one."""

import json
import logging
import secrets
import statistics
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.peers import environments
from benchmarks.peers.environments import NotInstalled
from benchmarks.rows import Row, cpu_seconds

COUNT = 10_000
DRAWS = 9
THREADS, ROUNDS = 64, 10


@dataclass(frozen=True)
class Making:
    """Seconds that a batch took: our thread's CPU time, and the clock."""

    cpu: float
    clock: float


def rows(make_code: Callable[[], str], scratch: Path) -> list[Row]:
    """Run all; a peer that cannot be installed is said to be missing, and has no row."""
    found: list[Row] = []
    for compare in (_drawing, lambda: _oscar(make_code, scratch)):
        try:
            found += compare()
        except NotInstalled as error:
            print(f"A PEER IS MISSING, and its rows with it: {error}")
    return found


def _drawing() -> list[Row]:
    script = environments.voucher_script()
    peer = statistics.median(_told("node", script, COUNT, DRAWS))
    ours = statistics.median(cpu_seconds(_draw) for _ in range(DRAWS)) * 1e3
    return [
        Row(
            name=f"{COUNT:,} codes drawn, without duplicates",
            ours=ours,
            peer=peer,
            ratio=ours / peer,
            unit="ms of CPU time",
            against="npm voucher-code-generator 1.3.0, the same alphabet and length, warmed up",
            at_most=1,
            note="ours are drawn from a cryptographic source and have a check symbol; "
            "its come from Math.random",
        )
    ]


def _draw() -> None:
    from campaigns import rules

    drawing = rules.draw_codes("AUTUMN", secrets.token_bytes(32), 0)
    codes: set[str] = set()
    while len(codes) < COUNT:
        codes.update(islice(drawing, COUNT - len(codes)))


def _oscar(make_code: Callable[[], str], scratch: Path) -> list[Row]:
    script = environments.HERE / "oscar_shop.py"
    python, database = environments.oscar_python(), scratch / "oscar.sqlite3"
    told = _told(python, "-W", "ignore", script, database, COUNT, THREADS, ROUNDS)
    return [*_making(Making(**told["generate"])), *_racing(make_code, told["race"])]


def _making(peer: Making) -> list[Row]:
    ours = _make_batch()
    against = "django-oscar 4.2.1, its form for a set of vouchers, SQLite"
    return [
        Row(
            name=f"{COUNT:,} codes ready to use: the application's CPU time",
            ours=ours.cpu,
            peer=peer.cpu,
            ratio=ours.cpu / peer.cpu,
            unit="s",
            against=against,
            at_most=1,
            note="ours: job, chunks, INSERTs, CSV file, SQLite for the job; DynamoDB stores the "
            "codes outside of it, while SQLite works inside of oscar's process",
        ),
        Row(
            name=f"{COUNT:,} codes ready to use: on the clock",
            ours=ours.clock,
            peer=peer.clock,
            ratio=ours.clock / peer.clock,
            unit="s",
            against=against,
            note="ours waits for the local cloud, which is moto in Python and not DynamoDB",
        ),
    ]


def _make_batch() -> Making:
    from backoffice import jobs
    from backoffice.audit import SYSTEM
    from backoffice.models import Job
    from campaigns import generation
    from campaigns.models import Campaign

    cpu, clock = time.thread_time(), time.perf_counter()
    batch = generation.generate_codes(
        Campaign.objects.get(slug="benchmark"), count=COUNT, max_uses=1, act=SYSTEM
    )
    job = Job.objects.get(batch=batch)
    while Job.State(job.state) in jobs.UNFINISHED:
        jobs.run_chunk(job)
        job.refresh_from_db()
    made = Making(time.thread_time() - cpu, time.perf_counter() - clock)
    if (job.state, job.done) != (Job.State.DONE, COUNT):
        raise AssertionError(f"the batch of the benchmark is {job.state} after {job.done} codes")
    return made


def _racing(make_code: Callable[[], str], peer: dict[str, Any]) -> list[Row]:
    logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)  # 64 threads, 40 sockets
    over = sum(_winners(make_code()) != 1 for _ in range(ROUNDS))
    found = []
    for step, what in (
        ("voucher", "its voucher's is_available_to_user, then record_usage"),
        ("checkout", "its whole order placement, one transaction"),
    ):
        score = peer[step]
        found.append(
            Row(
                name=f"{THREADS} at once for a single use, rounds of {ROUNDS} without exactly one "
                f"({step})",
                ours=over,
                peer=score["over"] + score["unused"],
                ratio=float(over),
                unit="",
                against=f"django-oscar 4.2.1 on SQLite, {what}; the ratio is our own number",
                at_most=0,
                note=f"oscar: {score['over']} rounds over, {score['unused']} unused, "
                f"{score['most']} uses at most",
            )
        )
    return found


def _winners(code: str) -> int:
    from django.utils import timezone

    from campaigns.eligibility import Customer
    from campaigns.errors import CodeRefused
    from campaigns.redemptions import redeem_code

    won: list[str] = []
    barrier = threading.Barrier(THREADS)

    def one(name: str) -> None:
        customer = Customer(f"{name}@example.com")
        barrier.wait()
        try:
            won.append(
                redeem_code(
                    code, redeemed_by=name, customer=customer, now=timezone.now()
                ).redeemed_by
            )
        except CodeRefused:
            return

    racers = [threading.Thread(target=one, args=(f"racer-{n}",)) for n in range(THREADS)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    return len(won)


def _told(*words: object) -> Any:
    """Run a peer and return what it prints last."""
    done = subprocess.run(
        [str(word) for word in words], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise NotInstalled(f"{Path(str(words[0])).name} failed: {done.stderr[-300:]}")
    return json.loads(done.stdout.splitlines()[-1])
