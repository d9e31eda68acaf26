"""What SES tells of mails, on Lambda: kept first, then applied; SQS deletes what is kept."""

import logging
from typing import Any

from django.db import DatabaseError, close_old_connections

from tenants.returned import inbox

log = logging.getLogger(__name__)


def consume(event: dict[str, Any]) -> dict[str, Any]:
    """Keep the records of an SQS event; answer which of them SQS must hand over again.

    What is kept and could not be applied is the sweep's. The event source mapping needs
    ReportBatchItemFailures, or this answer is ignored.
    """
    close_old_connections()
    failed = [record["messageId"] for record in event["Records"] if not _is_kept(record)]
    close_old_connections()
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def _is_kept(record: dict[str, Any]) -> bool:
    try:
        kept = inbox.save(record["body"])
    except DatabaseError as error:
        log.error("event %s could not be kept: %s", record["messageId"], type(error).__name__)
        return False
    for each in kept:
        inbox.apply_calmly(each)
    return True
