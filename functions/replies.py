"""What the API answers: JSON with the headers that every answer carries."""

import json
from typing import Any

from adapters.definitions import definition


class Declined(Exception):
    """We understood the call and say no: a status, a stable code, and a sentence that helps."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message


def reply(status: int, body: dict[str, Any], request_id: str) -> dict[str, Any]:
    """Return a proxy answer. API Gateway adds CORS headers only to what it answers itself."""
    return {
        "statusCode": status,
        "headers": {
            "Content-Type": "application/json",
            "Access-Control-Allow-Origin": definition("api")["cors"]["allow_origin"],
            "X-Request-Id": request_id,
        },
        "body": json.dumps(body, allow_nan=False),
        "isBase64Encoded": False,
    }


def refusal(declined: Declined, request_id: str) -> dict[str, Any]:
    body = {"code": declined.code, "message": declined.message, "request_id": request_id}
    return reply(declined.status, body, request_id)
