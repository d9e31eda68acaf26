"""The Marketplace's APIs as a client meets them, on both addresses of the local cloud."""

import json
import uuid
from collections.abc import Iterable
from functools import partial
from typing import Any

from werkzeug.wrappers import Request, Response

from localcloud.marketplace.faults import Fault
from localcloud.marketplace.operations import OPERATIONS
from localcloud.marketplace.outages import cut_off, half_done, refuse, stall
from localcloud.marketplace.protocols import Asked, asked_of
from localcloud.marketplace.refusals import Refused, refusal_of, status_of
from localcloud.marketplace.shapes import read, shown, violations
from localcloud.marketplace.world import World

# A call is refused unread beyond this. https://docs.aws.amazon.com/marketplacemetering/
_LARGEST = 1024 * 1024


class Wire:
    """The WSGI application. Only `asked_of` tells whether a request is for it."""

    def __init__(self, world: World) -> None:
        self._world = world

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        return self.answer(Request(environ))(environ, start_response)

    def answer(self, request: Request) -> Response:
        asked = asked_of(request)
        if asked is None:
            body = {"__type": "UnknownOperationException", "message": "There is no such operation."}
            return Response(json.dumps(body), 404, content_type="application/x-amz-json-1.1")
        fault = self._world.faults.take(asked.operation.name)
        request_id = str(uuid.uuid4())
        params, status, body = self._done(asked, request, fault, request_id)
        self._world.calls.record(
            service=asked.service,
            operation=asked.operation.name,
            protocol=asked.protocol.name,
            request=params,
            status=status,
            answer=body,
            fault=fault.name if fault else "",
        )
        if fault and fault.kind == "lost":
            cut_off(request.environ)
        return asked.protocol.response(body, status=status, request_id=request_id)

    def _done(
        self, asked: Asked, request: Request, fault: Fault | None, request_id: str
    ) -> tuple[Any, int, Any]:
        params: Any = None
        try:
            params = asked.protocol.parsed(request.get_data())
            refuse(fault, asked.operation)
            stall(self._world.faults, fault, "never")
            answer = self._fitting(asked, params, len(request.get_data()), fault)
            stall(self._world.faults, fault, "late")
            return params, 200, answer
        except Refused as refused:
            error = {"__type": refused.code, "message": refused.message, **refused.members}
            if _names_request(asked, refused.code):
                error["requestId"] = request_id
            return params, status_of(refused.code, asked.operation), error

    def _fitting(self, asked: Asked, params: Any, size: int, fault: Fault | None) -> dict[str, Any]:
        model = asked.operation
        if size >= _LARGEST:
            raise Refused("RequestEntityTooLargeException", "The request is 1 MB or more.")
        for violation in violations(params, model.input_shape):
            raise refusal_of(violation, model)
        if model.name not in OPERATIONS:
            raise Refused("UnknownOperationException", f"{model.name} is not simulated here.")
        with self._world.lock:
            self._world.settle()
            work = partial(OPERATIONS[model.name], self._world)
            answer = half_done(fault, read(params, model.input_shape), work)
        result: dict[str, Any] = shown(answer, model.output_shape)
        return result


def _names_request(asked: Asked, code: str) -> bool:
    """Whether the error of this code says which request it is about."""
    shapes: list[Any] = [shape for shape in asked.operation.error_shapes if shape.name == code]
    return any("requestId" in shape.members for shape in shapes)
