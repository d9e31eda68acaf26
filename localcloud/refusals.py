"""What the gateway answers itself: API Gateway's own words, or those of the API's definition."""

import json
from dataclasses import dataclass
from typing import Any

from werkzeug.wrappers import Response


@dataclass(frozen=True)
class _Kind:
    status: int
    message: str
    error: str


# https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
# API Gateway has no type of its own for a broken function: it answers with this and the headers of
# DEFAULT_5XX.
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
    "QUOTA_EXCEEDED": _Kind(429, "Limit Exceeded", "LimitExceededException"),
    "REQUEST_TOO_LARGE": _Kind(
        413, "HTTP content length exceeded 10485760 bytes.", "RequestTooLargeException"
    ),
    "THROTTLED": _Kind(429, "Too Many Requests", "TooManyRequestsException"),
    "UNAUTHORIZED": _Kind(401, "Unauthorized", "UnauthorizedException"),
}

_TEMPLATE = '{"message": $context.error.messageString}'
_HEADER = "gatewayresponse.header."


class Refusal(Exception):
    """The gateway does not pass the call on, or has no answer to pass back."""

    def __init__(self, kind: str, reason: str = "") -> None:
        super().__init__(kind)
        self.kind = kind
        self.reason = reason

    def response(self, api: Any) -> Response:
        """Return the answer as the API defines it, or else as API Gateway does by default."""
        usual = _KINDS[self.kind]
        defined = api.gateway_responses if api else {}
        own = defined.get(self.kind)
        status = int((own and own.status_code) or usual.status)
        templates = (own and own.response_templates) or {}
        body = self._rendered(templates.get("application/json", _TEMPLATE), usual.message)
        response = Response(body, status, mimetype="application/json")
        response.headers["x-amzn-ErrorType"] = usual.error
        for name, value in _headers(own or defined.get(f"DEFAULT_{usual.status // 100}XX")):
            response.headers[name] = value
        return response

    def _rendered(self, template: str, message: str) -> str:
        values = {
            "$context.error.validationErrorString": json.dumps(self.reason)[1:-1],
            "$context.error.messageString": json.dumps(message),
            "$context.error.message": message,
        }
        for name, value in values.items():
            template = template.replace(name, value)
        return template


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
