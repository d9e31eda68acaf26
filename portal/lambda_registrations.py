"""Who signed themselves up, on Lambda: SQS hands over again what could not be settled."""

import logging
from typing import Any

from django.db import DatabaseError, close_old_connections

from tenants.registering import settling

log = logging.getLogger(__name__)


def consume(event: dict[str, Any]) -> dict[str, Any]:
    """Settle the records of an SQS event; answer which of them SQS must hand over again. The event
    source mapping needs ReportBatchItemFailures, or this answer is ignored."""
    close_old_connections()
    failed = [record["messageId"] for record in event["Records"] if not _is_settled(record)]
    close_old_connections()
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def _is_settled(record: dict[str, Any]) -> bool:
    try:
        settling.take(record["body"])
    except DatabaseError as error:
        log.error("registration %s waits: %s", record["messageId"], type(error).__name__)
        return False
    return True
