"""Telling AWS Marketplace what was used: BatchMeterUsage, and its answers in our words.

https://docs.aws.amazon.com/marketplacemetering/latest/APIReference/API_BatchMeterUsage.html
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from adapters.aws import speaking_to
from adapters.errors import Refused
from adapters.seller import seller_client

MOST_RECORDS = 25
# Of the 1 MB that AWS takes, some is left for what JSON adds.
MOST_BYTES = 900_000
# One record that AWS cannot take makes it refuse the whole call with one of these.
_OF_A_RECORD = {
    "InvalidCustomerIdentifierException",
    "InvalidLicenseException",
    "InvalidTagException",
    "InvalidUsageAllocationsException",
    "InvalidUsageDimensionException",
    "TimestampOutOfBoundsException",
    "ValidationException",
}

# As in the API, with the timestamp as text of ISO 8601.
Record = dict[str, Any]


class RecordRefused(Refused):
    """The call was refused because of a record in it. `code` is AWS's word."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(f"{code}: {words}")
        self.code = code


@dataclass(frozen=True)
class Verdict:
    """`status` is AWS's word, or "unprocessed": send it again."""

    status: str
    record_id: str = ""


UNPROCESSED = Verdict("unprocessed")


def send(
    records: list[Record], *, product_code: str = "", role_arn: str = ""
) -> tuple[list[Verdict], dict[str, Any]]:
    """Return a verdict for each record, and AWS's answer word for word.

    `product_code` only where a record names no license. A record sent twice is billed once.
    Raises RecordRefused, TryLater, or Refused where it is about none of the records.
    """
    asked: dict[str, Any] = {"UsageRecords": [_timed(record) for record in records]}
    if product_code:
        asked["ProductCode"] = product_code
    with speaking_to("meteringmarketplace"):
        try:
            answer = seller_client("meteringmarketplace", role_arn=role_arn).batch_meter_usage(
                **asked
            )
        except ClientError as error:
            told = error.response.get("Error", {})
            if told.get("Code") in _OF_A_RECORD:
                raise RecordRefused(told["Code"], told.get("Message", "")) from error
            raise
    found = {_name(one["UsageRecord"]): one for one in answer.get("Results", [])}
    verdicts = [_verdict(found.get(_name(record))) for record in asked["UsageRecords"]]
    return verdicts, _as_json(answer)


def in_calls(records: Iterable[Record]) -> Iterator[list[int]]:
    """Divide records, by their places, into calls of the size that AWS takes."""
    call: list[int] = []
    size = 0
    for place, record in enumerate(records):
        more = len(json.dumps(record))
        if call and (len(call) == MOST_RECORDS or size + more > MOST_BYTES):
            yield call
            call, size = [], 0
        call.append(place)
        size += more
    if call:
        yield call


def _timed(record: Record) -> dict[str, Any]:
    return {**record, "Timestamp": datetime.fromisoformat(record["Timestamp"])}


def _name(record: dict[str, Any]) -> tuple[str, ...]:
    """By what an answer's record is known again: AWS sends it back as it came."""
    customer = record.get("LicenseArn") or record.get("CustomerIdentifier")
    at = record["Timestamp"].astimezone(UTC).strftime("%Y-%m-%dT%H")
    return (str(customer or record.get("CustomerAWSAccountId")), record["Dimension"], at)


def _verdict(result: dict[str, Any] | None) -> Verdict:
    """What AWS says nothing of, it did not do."""
    if result is None or not result.get("Status"):
        return UNPROCESSED
    return Verdict(result["Status"], result.get("MeteringRecordId", ""))


def _as_json(answer: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in answer.items() if name != "ResponseMetadata"}
    request_id = answer.get("ResponseMetadata", {}).get("RequestId", "")
    text = json.dumps({**kept, "RequestId": request_id}, default=datetime.isoformat)
    read: dict[str, Any] = json.loads(text)
    return read
