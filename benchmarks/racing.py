"""Many customers who want one code at the same moment: who won, held against what is on record.

The same race is run first by customers who look and then write, as samples show it. They must use
codes too often, or the race would not see it if ours did.
"""

import json
import math
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from adapters import promo_codes
from adapters.aws import client
from adapters.definitions import name_of
from benchmarks.rows import Row
from campaigns import rules
from localcloud.cloud import LocalCloud

PROCESSES = 2
# Fewer than the local cloud has threads (48): more would only wait in its queue.
CUSTOMERS = 40
CONFLICT_RATE = 0.1
# Attempts of `make bench`, and of `make bench ARGS=--race`.
SHORT, LONG = 3_000, 100_000
# A race that is slower than this ends early, and its row says how far it came.
MOST_SECONDS = 5400


@dataclass(frozen=True)
class Course:
    """One kind of race, and its part of all attempts."""

    name: str
    max_uses: int
    part: float
    conflict_rate: float = 0.0


COURSES = (
    Course("single-use codes", 1, 0.4),
    Course("shared codes for 5", 5, 0.2),
    Course("shared codes for 20", 20, 0.2),
    Course("shared codes for 5, with conflicting transactions", 5, 0.2, CONFLICT_RATE),
)


@dataclass
class Score:
    attempts: int = 0
    codes: int = 0
    over: int = 0
    lost: int = 0

    def __add__(self, other: "Score") -> "Score":
        return Score(
            self.attempts + other.attempts,
            self.codes + other.codes,
            self.over + other.over,
            self.lost + other.lost,
        )


def rows(cloud: LocalCloud, make_code: Callable[..., str], attempts: int) -> list[Row]:
    _see_the_naive_fail(make_code)
    deadline = time.monotonic() + MOST_SECONDS
    scores = []
    with _racers() as racers:
        for course in COURSES:
            print(f"racing for {course.name} …", flush=True)
            cloud.conflict_rate = course.conflict_rate
            wanted = math.ceil(attempts * course.part)
            scores.append(_race(racers, make_code, course, wanted, deadline))
        cloud.conflict_rate = 0.0
    named = zip([course.name for course in COURSES], scores, strict=True)
    everything = sum(scores, Score())
    return [*(_row(name, score) for name, score in named), _row("all codes", everything)]


def _row(name: str, score: Score) -> Row:
    wrong = score.over + score.lost
    return Row(
        name=f"over-redemptions and lost uses, {name}",
        ours=wrong,
        peer=score.attempts,
        ratio=wrong / max(1, score.attempts),
        unit="",
        against="the attempts",
        at_most=0,
        note=f"{score.over} over, {score.lost} lost; {score.codes:,} codes, "
        f"{CUSTOMERS} customers at once for each",
    )


def _race(
    racers: "Racers", make_code: Callable[..., str], course: Course, attempts: int, deadline: float
) -> Score:
    score = Score()
    while score.attempts < attempts and time.monotonic() < deadline:
        code = make_code(max_uses=course.max_uses)
        winners, tried = racers.race_for(code)
        score += judged(code, course.max_uses, winners, tried)
    return score


def judged(code: str, max_uses: int, winners: list[str], attempts: int) -> Score:
    """Over: who won beyond the limit. Lost: uses nobody got, and winners who are not on record."""
    counted, on_record = _record(code)
    over = max(0, len(winners) - max_uses) + max(0, counted - max_uses)
    lost = max(0, max_uses - len(winners)) + len(set(winners) ^ on_record)
    lost += abs(counted - len(on_record))
    return Score(attempts, 1, over, lost)


def _record(typed: str) -> tuple[int, set[str]]:
    """Return how many uses DynamoDB counted, and whose."""
    code = promo_codes.read_code(rules.normalise(typed), consistent=True)
    if code is None:
        raise AssertionError("a code of the race is gone")
    if not code.is_shared:
        return code.uses, {code.redeemed_by} - {""}
    answer = client("dynamodb").query(
        TableName=name_of("redemptions"),
        KeyConditionExpression="code = :code",
        ExpressionAttributeValues={":code": {"S": code.code}},
        ConsistentRead=True,
    )
    return code.uses, {item["redeemed_by"]["S"] for item in answer["Items"]}


def _see_the_naive_fail(make_code: Callable[..., str]) -> None:
    with _racers("--naive") as racers:
        for _ in range(5):
            winners, _tried = racers.race_for(make_code())
            if len(winners) > 1:
                return
    raise AssertionError("the race is blind: customers who look and then write pass it too")


class Racers:
    """The customers, in processes of their own that wait for the next code."""

    def __init__(self, processes: list[Any]) -> None:
        self._processes = processes
        self._heats = 0

    def race_for(self, code: str) -> tuple[list[str], int]:
        """Return who won the code, and how many attempts all customers together made."""
        self._heats += 1
        for number, process in enumerate(self._processes):
            group = f"customer-{self._heats}-{number}"
            customers = [f"{group}-{one}" for one in range(CUSTOMERS // PROCESSES)]
            print(json.dumps({"code": code, "customers": customers}), file=process.stdin)
        answers = [_answer(process.stdout) for process in self._processes]
        return (
            [winner for answer in answers for winner in answer["winners"]],
            sum(answer["attempts"] for answer in answers),
        )


def _answer(pipe: Any) -> dict[str, Any]:
    line = pipe.readline()
    if not line:
        raise AssertionError("a process of racers ended: it said why above")
    answer: dict[str, Any] = json.loads(line)
    return answer


@contextmanager
def _racers(*options: str) -> Iterator[Racers]:
    command = [sys.executable, "-m", "benchmarks.racers", *options]
    processes = [
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        for _ in range(PROCESSES)
    ]
    try:
        yield Racers(processes)
    finally:
        for process in processes:
            process.kill()
            process.communicate()
