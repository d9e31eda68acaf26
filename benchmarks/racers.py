"""Customers who want one code at the same moment: python -m benchmarks.racers, one code a line.

Processes of their own, so that customers and local cloud do not share one interpreter. A line of
JSON names a code and its customers; the answer is who won it, and after how many attempts in all.
"""

import argparse
import json
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from adapters import promo_codes
from adapters.aws import client
from adapters.definitions import name_of
from adapters.errors import TryLater
from campaigns import redemptions, rules
from campaigns.eligibility import Customer
from campaigns.errors import CodeSpent

# Who is asked to try again does so, but not for ever.
MOST_TRIES = 20

Redeem = Callable[[str, str], None]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--naive", action="store_true", help="look, then write: loses the race")
    redeem = _redeem_naively if parser.parse_args().naive else _redeem
    for line in sys.stdin:
        heat = json.loads(line)
        print(json.dumps(_run(redeem, heat["code"], heat["customers"])), flush=True)


def _run(redeem: Redeem, code: str, customers: list[str]) -> dict[str, object]:
    together = threading.Barrier(len(customers))

    def one(customer: str) -> tuple[bool, int]:
        together.wait()
        return _try(redeem, code, customer)

    with ThreadPoolExecutor(len(customers)) as pool:
        outcomes = list(pool.map(one, customers))
    return {
        "winners": [who for who, (won, _) in zip(customers, outcomes, strict=True) if won],
        "attempts": sum(tries for _, tries in outcomes),
    }


def _try(redeem: Redeem, code: str, customer: str) -> tuple[bool, int]:
    """Return whether this customer has the code, and after how many attempts they know."""
    for attempt in range(1, MOST_TRIES + 1):
        try:
            redeem(code, customer)
        except CodeSpent:
            return False, attempt
        except TryLater as error:
            busy = error
            continue
        return True, attempt
    raise AssertionError(f"{MOST_TRIES} attempts and no answer") from busy


def _redeem(code: str, customer: str) -> None:
    who = Customer(f"{customer}@example.com")
    redemptions.redeem_code(code, redeemed_by=customer, customer=who, now=datetime.now(UTC))


def _redeem_naively(code: str, customer: str) -> None:
    found = promo_codes.read_code(rules.normalise(code), consistent=True)
    if found is None or found.uses >= found.max_uses:
        raise CodeSpent
    client("dynamodb").update_item(
        TableName=name_of("promo-codes"),
        Key={"code": {"S": found.code}},
        UpdateExpression="SET uses = uses + :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
    )


if __name__ == "__main__":
    main()
