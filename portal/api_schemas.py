"""A JSON schema in words: the fields of a body as rows of a table."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

Schema = dict[str, Any]


class Field(NamedTuple):
    name: str
    kind: str
    limits: str
    is_required: bool
    description: str


def fields_of(schema: Schema, *, inside: str = "") -> Iterator[Field]:
    """Return each field; one that is inside of another has the way to it in its name."""
    for name, part in schema.get("properties", {}).items():
        yield Field(
            name=inside + name,
            kind=kind_of(part),
            limits=", ".join(limits_of(part)),
            is_required=name in schema.get("required", []),
            description=part.get("description", ""),
        )
        yield from fields_of(part, inside=f"{inside}{name}.")
        if isinstance(part.get("items"), dict):
            yield from fields_of(part["items"], inside=f"{inside}{name}[].")


def choices_of(schema: Schema) -> list[str]:
    """Return the fields of which exactly one must be there."""
    return [name for way in schema.get("oneOf", []) for name in way.get("required", [])]


def kind_of(schema: Schema) -> str:
    """Return what a value is: "whole number", "list of lists of numbers"."""
    return _(" or ").join(_kinds(schema, _one()))


def _kinds(schema: Schema, words: dict[str, str]) -> Iterator[str]:
    kinds = schema.get("type", [])
    for kind in [kinds] if isinstance(kinds, str) else kinds:
        of = schema.get({"array": "items", "object": "additionalProperties"}.get(kind, ""))
        if isinstance(of, dict):
            inner = _(" or ").join(_kinds(of, _many()))
            yield words[f"{kind} of"] % inner
        else:
            yield words[kind]


def _one() -> dict[str, str]:
    return {
        "array": _("list"),
        "array of": _("list of %s"),
        "boolean": _("true or false"),
        "integer": _("whole number"),
        "null": _("null"),
        "number": _("number"),
        "object": _("object"),
        "object of": _("dictionary of %s"),
        "string": _("text"),
    }


def _many() -> dict[str, str]:
    return {
        "array": _("lists"),
        "array of": _("lists of %s"),
        "boolean": _("true or false"),
        "integer": _("whole numbers"),
        "null": _("nulls"),
        "number": _("numbers"),
        "object": _("objects"),
        "object of": _("dictionaries of %s"),
        "string": _("texts"),
    }


def limits_of(schema: Schema) -> Iterator[str]:
    """Return what bounds a value, as programs write it: 65536 and not 65,536."""
    if "enum" in schema:
        yield _("one of %s") % ", ".join(str(value) for value in schema["enum"])
    yield from _range(schema.get("minimum"), schema.get("maximum"), "%s")
    yield from _range(schema.get("minItems"), schema.get("maxItems"), _("%s entries"))
    yield from _range(schema.get("minProperties"), schema.get("maxProperties"), _("%s names"))
    yield from _range(schema.get("minLength"), schema.get("maxLength"), _("%s characters"))
    if "pattern" in schema:
        yield _("matches %s") % schema["pattern"]


def _range(least: Any, most: Any, words: str) -> Iterator[str]:
    if least is None and most is None:
        return
    if least == most:
        yield words % least
    elif most is None:
        yield words % (_("at least %s") % least)
    elif least is None:
        yield words % (_("at most %s") % most)
    else:
        yield words % (_("%(least)s to %(most)s") % {"least": least, "most": most})
