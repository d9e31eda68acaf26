"""DynamoDB reads with the standard library alone, for Lambdas that a person waits for.

Importing botocore takes longer than the whole work of a token trigger, which Cognito cuts at 5 s.
"""

import hashlib
import hmac
import json
import os
import threading
import time
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from adapters.errors import NotThere, OutsideError, Refused, TryLater

Value = str | int | float | bool | None | list["Value"] | dict[str, "Value"]

CONNECT_SECONDS = 1
READ_SECONDS = 2
# Both tries together, however they fail: Cognito's 5 s have the start of a new process in them.
MOST_SECONDS = 3.5
# With less time left, a second try would only keep the person waiting.
LEAST_SECONDS = 0.5

BUSY = {
    "InternalServerError",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "ThrottlingException",
}
_CONTENT_TYPE = "application/x-amz-json-1.0"
_kept = threading.local()


def get_item(table: str, key: dict[str, str], consistent: bool = True) -> dict[str, Value] | None:
    """Return the item, or None. Raises TryLater, NotThere (no such table) or Refused."""
    wanted = {
        "TableName": table,
        "Key": {name: {"S": value} for name, value in key.items()},
        "ConsistentRead": consistent,
    }
    item = _call("GetItem", json.dumps(wanted).encode()).get("Item")
    return _decoded({"M": item}) if item else None  # type: ignore[return-value]


def signed_headers(target: str, body: bytes, *, host: str, at: float) -> dict[str, str]:
    """Return the headers of one POST to DynamoDB, signed with Signature Version 4.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
    """
    moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(at))
    headers = {
        "content-type": _CONTENT_TYPE,
        "host": host,
        "x-amz-date": moment,
        "x-amz-target": target,
    }
    if token := os.environ.get("AWS_SESSION_TOKEN"):
        headers["x-amz-security-token"] = token
    names = sorted(headers)
    canonical = "\n".join(
        ["POST", "/", ""]
        + [f"{name}:{headers[name]}" for name in names]
        + ["", ";".join(names), hashlib.sha256(body).hexdigest()]
    )
    scope = f"{moment[:8]}/{_region()}/dynamodb/aws4_request"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    signature = _signature(scope, f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{digest}")
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={_setting('AWS_ACCESS_KEY_ID')}/{scope}, "
        f"SignedHeaders={';'.join(names)}, Signature={signature}"
    )
    return headers


def _signature(scope: str, text: str) -> str:
    key = b"AWS4" + _setting("AWS_SECRET_ACCESS_KEY").encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()


def _setting(name: str) -> str:
    try:
        return os.environ[name]
    except KeyError as error:
        raise Refused(f"dynamodb: {name} is not set") from error


def _region() -> str:
    # A laptop sets only the second one, which is what boto3 reads.
    return os.environ.get("AWS_REGION") or _setting("AWS_DEFAULT_REGION")


def _endpoint() -> str:
    return (
        os.environ.get("AWS_ENDPOINT_URL_DYNAMODB")
        or os.environ.get("AWS_ENDPOINT_URL")
        or f"https://dynamodb.{_region()}.amazonaws.com"
    ).rstrip("/")


def _call(operation: str, body: bytes) -> dict[str, Any]:
    """Ask once, and once more if that did not answer or was busy and there is time."""
    ends_at = time.monotonic() + MOST_SECONDS
    try:
        return _ask(operation, body, ends_at)
    except TryLater:
        if ends_at - time.monotonic() < LEAST_SECONDS:
            raise
        time.sleep(0.05)
        return _ask(operation, body, ends_at)


def _ask(operation: str, body: bytes, ends_at: float) -> dict[str, Any]:
    endpoint = _endpoint()
    headers = signed_headers(
        f"DynamoDB_20120810.{operation}", body, host=urlsplit(endpoint).netloc, at=time.time()
    )
    try:
        status, text = _post(endpoint, headers, body, ends_at)
    except (OSError, HTTPException) as error:
        raise TryLater(f"dynamodb did not answer: {type(error).__name__}") from error
    if status != 200:
        raise _translated(operation, status, text)
    answer: dict[str, Any] = json.loads(text)
    return answer


def _post(endpoint: str, headers: dict[str, str], body: bytes, ends_at: float) -> tuple[int, bytes]:
    """Send on the kept connection; one that the other side closed meanwhile is replaced once."""
    kept = getattr(_kept, "connection", None)
    if kept and kept[0] == endpoint:
        try:
            return _exchange(kept[1], headers, body, ends_at)
        except (ConnectionError, HTTPException):
            _kept.connection = None
    connection = _connection(endpoint)
    _kept.connection = (endpoint, connection)
    return _exchange(connection, headers, body, ends_at)


def _connection(endpoint: str) -> HTTPConnection:
    parts = urlsplit(endpoint)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    return kind(parts.hostname or "", parts.port)


def _exchange(
    connection: HTTPConnection, headers: dict[str, str], body: bytes, ends_at: float
) -> tuple[int, bytes]:
    try:
        if connection.sock is None:
            connection.timeout = _at_most(CONNECT_SECONDS, ends_at)
            connection.connect()
        connection.sock.settimeout(_at_most(READ_SECONDS, ends_at))
        connection.request("POST", "/", body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, HTTPException):
        # Half an answer may still arrive on it: never to be read as the answer to the next call.
        connection.close()
        _kept.connection = None
        raise


def _at_most(seconds: float, ends_at: float) -> float:
    left = ends_at - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return min(seconds, left)


def _translated(operation: str, status: int, text: bytes) -> OutsideError:
    try:
        code = str(json.loads(text)["__type"]).rpartition("#")[2]
    except (ValueError, KeyError, TypeError):
        code = f"HTTP {status}"
    said = f"dynamodb {operation}: {code}"
    if code in BUSY or status >= 500:
        return TryLater(said)
    return NotThere(said) if code == "ResourceNotFoundException" else Refused(said)


def _decoded(attribute: dict[str, Any]) -> Value:
    """Turn {"S": "x"} into "x". Kinds that no table of ours holds are refused."""
    kind, value = next(iter(attribute.items()))
    match kind:
        case "S" | "BOOL":
            return value  # type: ignore[no-any-return]
        case "N":
            return float(value) if set(value) & set(".eE") else int(value)
        case "SS":
            return sorted(value)
        case "L":
            return [_decoded(each) for each in value]
        case "M":
            return {name: _decoded(each) for name, each in value.items()}
        case "NULL":
            return None
    raise Refused(f"dynamodb: an attribute of kind {kind} is not expected")
