"""What a fault does to a call: refuse it, keep it waiting, or cut it off."""

from botocore.model import OperationModel
from werkzeug.wrappers import Response

from localcloud.marketplace.faults import Fault, Faults
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


def cut_off(response: Response) -> Response:
    """Return the answer with half of its body: the server closes the connection after that."""
    whole = response.get_data()
    response.set_data(whole[: len(whole) // 2])
    response.headers["Content-Length"] = str(len(whole) + 1)
    return response
