"""From the posted form to the sent mail: how many calls, and what we add to the time they take."""

import statistics
import time
from collections.abc import Callable

from benchmarks.calls import Calls, counted_calls
from benchmarks.rows import Row
from portal import lambda_worker
from tenants import signups, turns
from tests.customers import sign_up
from tests.worker import acknowledge, as_record, take_messages

ROUNDS = 9
MOST_CALLS = 14


def rows(make_code: Callable[[], str]) -> list[Row]:
    done = [_one(make_code(), f"person-{number}@example.com") for number in range(ROUNDS)]
    calls = statistics.median(len(calls.names) for calls, _ in done)
    return [
        Row(
            name="calls of AWS from sign-up to ready",
            ours=calls,
            peer=MOST_CALLS,
            ratio=calls / MOST_CALLS,
            unit="",
            against="the limit",
            at_most=1,
            note=", ".join(done[-1][0].names),
        ),
        Row(
            name="time from sign-up to ready",
            ours=statistics.median(seconds for _, seconds in done) * 1e3,
            peer=statistics.median(calls.seconds for calls, _ in done) * 1e3,
            ratio=statistics.median(seconds / calls.seconds for calls, seconds in done),
            unit="ms",
            against="the sum of its own calls of AWS",
            at_most=1.5,
            # Anymail's client for each mail made this 2.9; portal/mail_backend.py keeps one.
            note="waits in the queue left out; 1.5 to 1.6 with the database in memory, "
            "and local calls take 4 ms",
        ),
    ]


def _one(code: str, email: str) -> tuple[Calls, float]:
    """Sign one person up and run the tasks as Lambda does, which polls and acknowledges itself."""
    # Somebody else's keys are not being made at this moment: nobody waits for a turn.
    time.sleep(2 * turns.SAVED.total_seconds())
    with counted_calls() as calls:
        started = time.perf_counter()
        row = sign_up(email=email, code=code)
        seconds = time.perf_counter() - started
    while messages := take_messages():
        event = {"Records": [as_record(message) for message in messages]}
        with counted_calls() as more:
            started = time.perf_counter()
            lambda_worker.consume(event)
            seconds += time.perf_counter() - started
        calls.names += more.names
        calls.seconds += more.seconds
        for message in messages:
            acknowledge(message)
    row.refresh_from_db()
    if signups.status(row) != "ready":
        raise AssertionError(f"the sign-up of the benchmark is {signups.status(row)}")
    return calls, seconds
