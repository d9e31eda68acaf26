"""Logs without secrets, in lines that machines read on a server."""

import json
import logging
import re
from datetime import UTC, datetime

from adapters.key_values import PATTERN
from backoffice.request_ids import current_request_id

# The token of a link in a mail, an API key wherever it stands, and anything that stands behind the
# name of a secret.
_SECRETS = (
    (PATTERN, "gk…"),
    (re.compile(r"(/(?:welcome|signup/confirm|domains/confirm|register/own)/)[\w:-]{20,}"), r"\1…"),
    # A registration's signed id, also where the sign-in is told where to go on.
    (
        re.compile(r"((?:/|%2F)(?:registration|attach)(?:/|%2F))[\w-]+(?:(?::|%3A)[\w-]+){2}"),
        r"\1…",
    ),
    (
        re.compile(
            r"(?i)(\b(?:password|x-api-key|authorization|secret|token)\b['\"]?\s*[:=]\s*)"
            r"['\"]?[^\s'\",}]+"
        ),
        r"\1…",
    ),
)


# What an operator's metric counts: its name, and its number where the line says one.
_METRIC = re.compile(r"metric (?P<metric>\w+):(?: (?P<value>\d+))?")


def redacted(text: str) -> str:
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


class Redact(logging.Filter):
    """Take secrets out of the finished message, whoever wrote it."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redacted(record.getMessage()), ()
        return True


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": current_request_id.get(),
        }
        line |= _metric_of(record.getMessage())
        if record.exc_info:
            line["error"] = redacted(self.formatException(record.exc_info))
        return json.dumps(line)


def _metric_of(message: str) -> dict[str, object]:
    """Return the metric that a line tells of, in fields that CloudWatch can count."""
    told = _METRIC.match(message)
    return {"metric": told["metric"], "value": int(told["value"] or 1)} if told else {}
