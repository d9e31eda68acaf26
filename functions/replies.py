"""What the API answers: JSON with the headers that every answer carries."""

import json
from collections.abc import Iterable
from typing import Any

from adapters.definitions import definition
from adapters.problems import CONTENT_TYPE, Mistake, problem, status_of


class Declined(Exception):
    """We understood the call and say no: a code of problems.json, and a sentence that helps."""

    def __init__(self, code: str, message: str, mistakes: Iterable[Mistake] = ()) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.mistakes = tuple(mistakes)

    @property
    def status(self) -> int:
        return status_of(self.code)


def reply(
    status: int, body: dict[str, Any], request_id: str, *, content_type: str = "application/json"
) -> dict[str, Any]:
    """Return a proxy answer. API Gateway adds CORS headers only to what it answers itself."""
    return {
        "statusCode": status,
        "headers": {
            "Content-Type": content_type,
            "Access-Control-Allow-Origin": definition("api")["cors"]["allow_origin"],
            "X-Request-Id": request_id,
        },
        "body": json.dumps(body, allow_nan=False),
        "isBase64Encoded": False,
    }


def refusal(declined: Declined, request_id: str) -> dict[str, Any]:
    body = problem(
        declined.code, detail=declined.message, request_id=request_id, mistakes=declined.mistakes
    )
    answer = reply(declined.status, body, request_id, content_type=CONTENT_TYPE)
    if declined.status == 401:
        answer["headers"]["WWW-Authenticate"] = "Bearer"
    return answer
