"""What the gateway answers itself: API Gateway's own words, or those of the API's definition.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from werkzeug.wrappers import Response


@dataclass(frozen=True)
class _Kind:
    status: int
    message: str
    error: str


# https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
# API Gateway has no type of its own for a broken function, nor for a custom domain without a
# mapping: they are answered as nobody has defined them.
_KINDS = {
    "ACCESS_DENIED": _Kind(403, "Forbidden", "AccessDeniedException"),
    "BAD_REQUEST_BODY": _Kind(400, "Invalid request body", "BadRequestException"),
    "BAD_REQUEST_PARAMETERS": _Kind(400, "Missing required parameters", "BadRequestException"),
    "FUNCTION_BROKEN": _Kind(502, "Internal server error", "InternalServerErrorException"),
    "INTEGRATION_TIMEOUT": _Kind(504, "Endpoint request timed out", "InternalServerErrorException"),
    "INVALID_API_KEY": _Kind(403, "Forbidden", "ForbiddenException"),
    "MISSING_AUTHENTICATION_TOKEN": _Kind(
        403, "Missing Authentication Token", "MissingAuthenticationTokenException"
    ),
    "NO_MAPPING": _Kind(403, "Forbidden", "ForbiddenException"),
    "QUOTA_EXCEEDED": _Kind(429, "Limit Exceeded", "LimitExceededException"),
    "REQUEST_TOO_LARGE": _Kind(
        413, "HTTP content length exceeded 10485760 bytes.", "RequestTooLargeException"
    ),
    "THROTTLED": _Kind(429, "Too Many Requests", "TooManyRequestsException"),
    "UNAUTHORIZED": _Kind(401, "Unauthorized", "UnauthorizedException"),
}

_OF_NO_TYPE = ("FUNCTION_BROKEN", "NO_MAPPING")
_TEMPLATE = '{"message":$context.error.messageString}'
_VARIABLE = re.compile(r"\$context\.[A-Za-z]+(?:\.[A-Za-z]+)*")
_HEADER = "gatewayresponse.header."


class Refusal(Exception):
    """The gateway does not pass the call on, or has no answer to pass back."""

    def __init__(self, kind: str, reason: str = "", *, message: str = "") -> None:
        super().__init__(kind)
        self._kind = kind
        self._reason = reason
        self._message = message or _KINDS[kind].message

    @property
    def response_type(self) -> str:
        """Return what API Gateway calls it."""
        if self._kind in _OF_NO_TYPE:
            return f"DEFAULT_{_KINDS[self._kind].status // 100}XX"
        return self._kind

    def response(self, api: Any, context: dict[str, Any]) -> Response:
        """Return the answer as the API defines it, or else as API Gateway does by default."""
        usual = _KINDS[self._kind]
        own = self._defined(api)
        templates = (own and own.response_templates) or {}
        body = self._rendered(templates.get("application/json", _TEMPLATE), context)
        status = int((own and own.status_code) or usual.status)
        response = Response(body, status, mimetype="application/json")
        response.headers["x-amzn-ErrorType"] = usual.error
        for name, value in _headers(own):
            response.headers[name] = value
        return response

    def _defined(self, api: Any) -> Any:
        """Return the API's own response of this type, or the one for the rest of its status."""
        defined = api.gateway_responses if api else {}
        rest = f"DEFAULT_{_KINDS[self._kind].status // 100}XX"
        return defined.get(self._kind) or defined.get(rest)

    def _rendered(self, template: str, context: dict[str, Any]) -> str:
        """Put in the variables. API Gateway knows no other expression in these templates."""
        values = {
            "$context.error.validationErrorString": json.dumps(self._reason)[1:-1],
            "$context.error.messageString": json.dumps(self._message),
            "$context.error.message": self._message,
            "$context.error.responseType": self._kind,
            **{f"$context.{name}": str(value) for name, value in context.items()},
        }
        return _VARIABLE.sub(lambda found: values.get(found[0], ""), template)


class FunctionBroken(Refusal):
    """The function raised, or answered what is not an answer of a proxy integration."""

    def __init__(self) -> None:
        super().__init__("FUNCTION_BROKEN")


def _headers(defined: Any) -> list[tuple[str, str]]:
    """Return the constant headers of a gateway response: their values are in single quotes."""
    parameters = (defined and defined.response_parameters) or {}
    return [
        (name.removeprefix(_HEADER), value.strip("'"))
        for name, value in parameters.items()
        if name.startswith(_HEADER)
    ]
