"""The live check of a code, against the least that could be asked: one read of one item."""

from collections.abc import Callable

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from adapters.aws import client
from adapters.definitions import name_of
from benchmarks.calls import counted_calls
from benchmarks.rows import Row, cpu_seconds, side_by_side
from campaigns import redemptions, rules

REPEATS = 200


def rows(make_code: Callable[[], str]) -> list[Row]:
    typed = make_code()
    _check(typed)  # the prefixes are read once in 30 seconds
    with counted_calls() as calls, CaptureQueriesContext(connection) as queries:
        _check(typed)
    ours, peer, ratio = side_by_side(
        lambda: cpu_seconds(lambda: _repeat(_check, typed)),
        lambda: cpu_seconds(lambda: _repeat(_read, typed)),
        rounds=5,
    )
    return [
        _limit("reads of DynamoDB in a check", calls.names.count("GetItem"), 2),
        _limit("writes of DynamoDB in a check, the limits' apart", _writes(calls.names), 1),
        _limit("SQL queries in a check", len(queries), 0),
        Row(
            name="CPU time of a check",
            ours=ours / REPEATS * 1e6,
            peer=peer / REPEATS * 1e6,
            ratio=ratio,
            unit="µs",
            against="one get_item of boto3",
            note="two reads, the decision, and its outcome counted",
        ),
    ]


def _repeat(work: Callable[[str], object], typed: str) -> None:
    for _ in range(REPEATS):
        work(typed)


def _limit(name: str, found: int, most: int) -> Row:
    return Row(
        name=name,
        ours=found,
        peer=most,
        ratio=found / most if most else float(found),
        unit="",
        against="the limit" if most else "the limit; the ratio is the number itself",
        at_most=1 if most else 0,
    )


def _writes(names: list[str]) -> int:
    return len(names) - names.count("GetItem")


def _check(typed: str) -> None:
    answer = redemptions.check_code(typed, now=timezone.now())
    if answer.refusal:
        raise AssertionError("the code of the benchmark is not good")


def _read(typed: str) -> None:
    client("dynamodb").get_item(
        TableName=name_of("promo-codes"), Key={"code": {"S": rules.normalise(typed)}}
    )
