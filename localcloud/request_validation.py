"""API Gateway's request validator: required parameters, and bodies against a JSON schema.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html
"""

import json
from collections.abc import Callable
from itertools import islice
from typing import Any

from jsonschema import Draft4Validator, ValidationError  # type: ignore[import-untyped]
from werkzeug.wrappers import Request

from localcloud.refusals import Refusal

# A wrong matrix is wrong in each of its numbers; the first few say enough.
_MOST_REASONS = 3

_NAMES = {"array": list, "object": dict, "string": str, "boolean": bool, "integer": int}


def check(request: Request, api: Any, method: Any) -> None:
    """Raise Refusal if the method's validator finds the request wanting."""
    validator = api.request_validators.get(method.request_validator_id)
    if validator is None:
        return
    if validator.validate_request_parameters:
        _check_parameters(request, method.request_parameters or {})
    if validator.validate_request_body:
        _check_body(request, api, method.request_models or {})


def _check_parameters(request: Request, parameters: dict[str, Any]) -> None:
    # Required means given and not blank; a path with a blank in it is no path of the API.
    given: dict[str, Any] = {"header": request.headers, "querystring": request.args}
    missing = []
    for parameter, required in parameters.items():
        place, name = parameter.removeprefix("method.request.").split(".", 1)
        if required in (True, "true") and place in given and not given[place].get(name):
            missing.append(name)
    if missing:
        names = ", ".join(missing)
        message = f"Missing required request parameters: [{names}]"
        raise Refusal("BAD_REQUEST_PARAMETERS", message=message)


def _check_body(request: Request, api: Any, models: dict[str, str]) -> None:
    """Check a body whose content type has a model; API Gateway lets every other type through.

    A model for "$default" is for every type without one of its own.
    """
    model = models.get(request.mimetype or "application/json") or models.get("$default")
    if model is None or model not in api.models:
        return
    try:
        body = json.loads(request.get_data())
    except (ValueError, RecursionError) as error:
        raise Refusal("BAD_REQUEST_BODY", "[the body is not valid JSON]") from error
    errors = Draft4Validator(json.loads(api.models[model].schema)).iter_errors(body)
    reasons = [_reason(error) for error in islice(errors, _MOST_REASONS)]
    if reasons:
        raise Refusal("BAD_REQUEST_BODY", f"[{', '.join(reasons)}]")


def _reason(error: ValidationError) -> str:
    """Say what is wrong and where, in the manner of API Gateway."""
    words = _WORDS.get(str(error.validator))
    what = words(error) if words else error.message[:200]
    where = "".join(f"/{part}" for part in error.absolute_path)
    return f"{what} at {where}" if where else what


def _wrong_type(error: ValidationError) -> str:
    allowed = error.validator_value
    names = allowed if isinstance(allowed, list) else [allowed]
    return (
        f"instance type ({_type_of(error.instance)}) does not match any allowed primitive type "
        f"(allowed: {json.dumps(names)})"
    )


def _type_of(value: Any) -> str:
    if value is None:
        return "null"
    return next((name for name, kind in _NAMES.items() if type(value) is kind), "number")


def _missing(error: ValidationError) -> str:
    names = sorted(set(error.validator_value) - set(error.instance))
    return f"object has missing required properties ({json.dumps(names)})"


def _unknown(error: ValidationError) -> str:
    names = sorted(set(error.instance) - set(error.schema.get("properties", {})))[:5]
    return (
        "object instance has properties which are not allowed by the schema: "
        f"{json.dumps([name[:40] for name in names])}"
    )


def _short(error: ValidationError) -> str:
    return (
        f"array is too short: must have at least {error.validator_value} elements "
        f"but instance has {len(error.instance)} elements"
    )


def _long(error: ValidationError) -> str:
    return (
        f"array is too long: must have at most {error.validator_value} elements "
        f"but instance has {len(error.instance)} elements"
    )


def _low(error: ValidationError) -> str:
    return f"numeric instance is lower than the required minimum (minimum: {error.validator_value})"


def _high(error: ValidationError) -> str:
    limit = error.validator_value
    return f"numeric instance is greater than the required maximum (maximum: {limit})"


def _few(error: ValidationError) -> str:
    return (
        f"object has too few properties (found {len(error.instance)} "
        f"but schema requires at least {error.validator_value})"
    )


def _many(error: ValidationError) -> str:
    return (
        f"object has too many properties (found {len(error.instance)} "
        f"but schema requires at most {error.validator_value})"
    )


def _not_one(error: ValidationError) -> str:
    schemas = error.validator_value
    matched = sum(Draft4Validator(schema).is_valid(error.instance) for schema in schemas)
    return f"instance failed to match exactly one schema (matched {matched} out of {len(schemas)})"


_WORDS: dict[str, Callable[[ValidationError], str]] = {
    "additionalProperties": _unknown,
    "maxItems": _long,
    "maximum": _high,
    "maxProperties": _many,
    "minItems": _short,
    "minProperties": _few,
    "minimum": _low,
    "oneOf": _not_one,
    "required": _missing,
    "type": _wrong_type,
}
