"""Reading many codes at once, for the lists that staff take away or bring along."""

from collections.abc import Iterable
from typing import Any

from adapters.aws import client, speaking_to
from adapters.definitions import name_of
from adapters.errors import TryLater
from adapters.promo_codes import PromoCode, code_of
from adapters.transactions import pause_with_jitter

# AWS's limit for BatchGetItem.
MOST_KEYS = 100
READ_ATTEMPTS = 8


def read_codes(codes: Iterable[str], *, consistent: bool = False) -> dict[str, PromoCode]:
    """Return those of the normalised codes that exist, each under its code.

    Without `consistent` one may be as it was a moment ago, at half the price. Raises TryLater when
    DynamoDB keeps some back however often it is asked.
    """
    wanted = list(dict.fromkeys(codes))
    found: dict[str, PromoCode] = {}
    for start in range(0, len(wanted), MOST_KEYS):
        found |= _read(wanted[start : start + MOST_KEYS], consistent)
    return found


def _read(codes: list[str], consistent: bool) -> dict[str, PromoCode]:
    table = name_of("promo-codes")
    keys = [{"code": {"S": code}} for code in codes]
    asked: dict[str, Any] = {table: {"Keys": keys, "ConsistentRead": consistent}}
    found: dict[str, PromoCode] = {}
    for attempt in range(READ_ATTEMPTS):
        with speaking_to("dynamodb"):
            answer = client("dynamodb").batch_get_item(RequestItems=asked)
        for item in answer["Responses"].get(table, []):
            code = code_of(item)
            found[code.code] = code
        # DynamoDB leaves keys out when it is busy: https://docs.aws.amazon.com/amazondynamodb/
        # latest/APIReference/API_BatchGetItem.html
        asked = answer.get("UnprocessedKeys", {})
        if not asked:
            return found
        pause_with_jitter(attempt)
    raise TryLater("dynamodb BatchGetItem: keys were left unprocessed")
