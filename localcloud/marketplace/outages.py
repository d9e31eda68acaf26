"""What a fault does to a call: refuse it, keep it waiting, or cut it off."""

import socket
from collections.abc import Callable
from typing import Any

from botocore.model import OperationModel

from localcloud.marketplace.faults import Fault, Faults
from localcloud.marketplace.paging import start_of, token_at
from localcloud.marketplace.refusals import Refused

# Longer than any client of ours waits.
_NEVER = 600.0


def refuse(fault: Fault | None, operation: OperationModel) -> None:
    """Raises Refused."""
    if fault is None:
        return
    if fault.kind == "throttle":
        raise Refused("ThrottlingException", "The calls to the API are throttled.")
    if fault.kind == "unavailable":
        errors = [error.name for error in operation.error_shapes]
        internal = next((name for name in errors if name.startswith("Internal")), "InternalFailure")
        raise Refused(internal, "An internal error has occurred.")
    if fault.kind == "error":
        raise Refused(fault.code, f"{fault.code}, as it was asked for.")


def stall(faults: Faults, fault: Fault | None, kind: str) -> None:
    """Keep the caller waiting: who asked for it may let go by clearing the faults."""
    if fault is not None and fault.kind == kind:
        faults.cleared.wait(fault.seconds or _NEVER)


def half_done(
    fault: Fault | None, request: dict[str, Any], work: Callable[[dict[str, Any]], dict[str, Any]]
) -> dict[str, Any]:
    """Do the work, or as much of it as the fault lets."""
    if fault is None or fault.kind not in ("unprocessed", "empty_page"):
        return work(request)
    if fault.kind == "empty_page":
        return _empty_page(request, work(request))
    records = request.get("UsageRecords", [])
    done = max(0, len(records) - fault.records)
    answer = work({**request, "UsageRecords": records[:done]})
    return {**answer, "UnprocessedRecords": records[done:]}


def _empty_page(request: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    """Return a page with nothing on it, whose token leads to what would have been on it."""
    token = "NextToken" if "NextToken" in answer else "nextToken"
    emptied: dict[str, Any] = {
        name: [] for name, value in answer.items() if isinstance(value, list)
    }
    return {**emptied, token: token_at(request, start_of(request, request.get(token)))}


def cut_off(environ: dict[str, Any]) -> None:
    """Close the connection, so that nobody hears the answer.

    A short body would not do: botocore takes one without a word. The server hands out no
    connection either, but a question about it, which is a method of it.
    """
    connection = environ["waitress.client_disconnected"].__self__
    connection.socket.shutdown(socket.SHUT_RDWR)
