"""The API as an OpenAPI document, made from the definition that the gateway is built from."""

from collections.abc import Iterable
from typing import Any

from adapters.definitions import definition
from adapters.problems import CONTENT_TYPE, problem, status_of

Json = dict[str, Any]

_PROTECTED: list[Json] = [{"IdToken": [], "ApiKey": []}]
_SCHEMES = {
    "IdToken": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "The ID token of the sign-in service. It is good for an hour.",
    },
    "ApiKey": {
        "type": "apiKey",
        "in": "header",
        "name": "x-api-key",
        "description": "The API key of the same account.",
    },
}
# What a tier is sold as stays out of a document for programs.
_NOT_LIMITS = {"marketplace_dimension", "price_note"}


def document(*, server: str) -> Json:
    """Return the document of an API at this address, which has no slash at its end."""
    content = definition("api")
    paths: dict[str, Json] = {}
    for route in content["routes"]:
        paths.setdefault(route["path"], {})[route["method"].lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {name: content[name] for name in ("title", "version", "description")},
        "servers": [{"url": server}],
        "security": _PROTECTED,
        "paths": paths,
        "components": {
            "schemas": {name: _schema(name, model) for name, model in content["models"].items()},
            "securitySchemes": _SCHEMES,
        },
        "x-tiers": {
            name: {limit: tier[limit] for limit in tier if limit not in _NOT_LIMITS}
            for name, tier in definition("tiers").items()
        },
    }


def problems_of(route: Json) -> list[tuple[str, str]]:
    """Return each problem that a call of the route can meet: its code, and how it is put."""
    met = {"all"} | ({"protected"} if not route.get("public") else set())
    met |= {name for name in ("body", "parameters") if route.get(name)}
    found = {
        answer["problem"]: answer["detail"]
        for answer in definition("api")["gateway_responses"].values()
        if answer["met_by"] in met
    }
    known = definition("problems")["problems"]
    own = {code: known[code]["advice"] for code in route["problems"]}
    return sorted((own | found).items(), key=lambda entry: (status_of(entry[0]), entry[0]))


def _operation(route: Json) -> Json:
    operation: Json = {
        "operationId": f"{route['method'].lower()}_{_word(route['path'])}",
        "summary": route["summary"],
        "description": route["description"],
        "responses": {"200": _answer(route["answer"]), **_refusals(problems_of(route))},
    }
    if route.get("public"):
        operation["security"] = []
    if "parameters" in route:
        operation["parameters"] = route["parameters"]
    if "body" in route:
        content = _json_content(route["body"], route["example"])
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _word(path: str) -> str:
    return "_".join(path.replace(".", "/").strip("/").split("/"))


def _answer(answer: Json) -> Json:
    return {
        "description": answer["description"],
        "headers": {"X-Request-Id": _text_header("The id to tell support.")},
        "content": _json_content(answer["model"], answer.get("example")),
    }


def _json_content(model: str, example: Any) -> Json:
    content: Json = {"schema": _reference(model)}
    if example is not None:
        content["example"] = example
    return {"application/json": content}


def _refusals(problems: Iterable[tuple[str, str]]) -> Json:
    """Return a response for each status, with an example for each code that has it."""
    known = definition("problems")["problems"]
    by_status: dict[str, Json] = {}
    for code, detail in problems:
        examples = by_status.setdefault(str(status_of(code)), {})
        body = problem(code, detail=detail, request_id="c2Vhc29uIG9m=")
        examples[code] = {"summary": known[code]["title"], "value": body}
    return {
        status: {
            "description": " · ".join(example["summary"] for example in examples.values()),
            "headers": _headers_of(examples),
            "content": {CONTENT_TYPE: {"schema": _reference("Problem"), "examples": examples}},
        }
        for status, examples in by_status.items()
    }


def _headers_of(codes: Iterable[str]) -> Json:
    """Return the headers that the gateway puts on one of these refusals, but not on every one."""
    own = [
        answer.get("headers", {})
        for answer in definition("api")["gateway_responses"].values()
        if answer["problem"] in codes
    ]
    return {
        name: _text_header(f"For instance {value}.")
        for headers in own
        for name, value in headers.items()
    }


def _text_header(description: str) -> Json:
    return {"description": description, "schema": {"type": "string"}}


def _reference(model: str) -> Json:
    return {"$ref": f"#/components/schemas/{model}"}


def _schema(name: str, model: Any) -> Any:
    """Return a model, which is in draft 4 for API Gateway, in the draft of OpenAPI 3.1."""
    if isinstance(model, list):
        return [_schema(name, part) for part in model]
    if not isinstance(model, dict):
        return model
    schema = {key: _schema(name, value) for key, value in model.items() if key != "$schema"}
    if str(schema.get("$ref")).startswith("#/"):
        schema["$ref"] = f"#/components/schemas/{name}{schema['$ref'][1:]}"
    for limit, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(schema.get(exclusive), bool) and schema.pop(exclusive):
            schema[exclusive] = schema.pop(limit)
    return schema
