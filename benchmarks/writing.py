"""Writing new codes so that none is overwritten: 25 a call, against one conditional write each."""

import secrets
from datetime import UTC, datetime
from itertools import islice

from adapters import promo_codes
from adapters.aws import client
from adapters.definitions import name_of
from adapters.promo_codes import PromoCode
from benchmarks.rows import Row, cpu_seconds, side_by_side
from campaigns import rules

COUNT = 500


def rows() -> list[Row]:
    client("dynamodb").describe_table(TableName=name_of("promo-codes"))
    ours, peer, ratio = side_by_side(_in_batches, _one_by_one, rounds=5)
    return [
        Row(
            name="client's CPU time per code written",
            ours=ours / COUNT * 1e6,
            peer=peer / COUNT * 1e6,
            ratio=ratio,
            unit="µs",
            against="PutItem with a condition, one by one",
            at_most=0.3,
        )
    ]


def _in_batches() -> float:
    codes = _new_codes()
    return cpu_seconds(lambda: promo_codes.insert_codes(codes))


def _one_by_one() -> float:
    items = [promo_codes._item_of(code) for code in _new_codes()]

    def put() -> None:
        for item in items:
            client("dynamodb").put_item(
                TableName=name_of("promo-codes"),
                Item=item,
                ConditionExpression="attribute_not_exists(code)",
            )

    return cpu_seconds(put)


def _new_codes() -> list[PromoCode]:
    drawing = rules.draw_codes("BENCH", secrets.token_bytes(32), 0)
    now = datetime.now(UTC)
    return [PromoCode(code, "campaign", "batch", 1, now) for code in islice(drawing, COUNT)]
