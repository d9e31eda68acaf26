"""The access log that a stage of the API asks for, written as API Gateway writes it."""

import re
import time
from typing import Any

from moto.logs.models import LogGroup, LogStream, logs_backends
from werkzeug.wrappers import Response

from localcloud.locks import LOCKS
from localcloud.place import ACCOUNT, REGION
from localcloud.proxy_events import Call

_VARIABLE = re.compile(r"\$context((?:\.\w+)+)")
_STREAM = "calls"
# What a program that runs for weeks keeps of them.
MOST_LINES = 20_000


def log_call(call: Call, response: Response) -> None:
    """Write the line of this call, if its stage has a log and the log is there."""
    stage = call.api and call.api.stages.get(call.stage)
    settings = stage and stage.access_log_settings
    group = settings and _group(settings.get("destinationArn", ""))
    if not group:
        return
    now = int(time.time() * 1000)
    known = _known(call, response, now)
    line = _VARIABLE.sub(lambda found: known.get(found[1][1:], "-"), settings["format"])
    with LOCKS.held("logs"):
        stream = group.streams.setdefault(_STREAM, LogStream(group, _STREAM))
        stream.put_log_events([{"timestamp": now, "message": line}])
        if len(stream.events) > 2 * MOST_LINES:
            del stream.events[:-MOST_LINES]


def _group(arn: str) -> LogGroup | None:
    name = arn.partition(":log-group:")[2].removesuffix(":*")
    found: LogGroup | None = logs_backends[ACCOUNT][REGION].groups.get(name)
    return found


def _known(call: Call, response: Response, now: int) -> dict[str, str]:
    """Return the variables that have a value; API Gateway writes a hyphen for the others."""
    started = int(call.started_at * 1000)
    values: dict[str, Any] = {
        **call.variables(),
        "requestTimeEpoch": started,
        "resourcePath": call.resource.get_path() if call.resource else None,
        "status": response.status_code,
        "error.responseType": call.refused_by or None,
        "identity.apiKeyId": call.api_key.id if call.api_key else None,
        "responseLatency": now - started,
        "integrationLatency": call.function_ms,
        "responseLength": response.calculate_content_length(),
        **{f"authorizer.claims.{name}": value for name, value in (call.claims or {}).items()},
    }
    return {name: str(value) for name, value in values.items() if value is not None}
