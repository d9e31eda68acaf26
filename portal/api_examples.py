"""A call of the API in the languages that its reference shows, with the stage's addresses.

Token and key come from the environment: neither is ever in a page.
"""

import json
import shlex
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

_WIDEST = 76


class Example(NamedTuple):
    language: str
    label: str
    code: str


def examples_of(route: dict[str, Any], server: str) -> list[Example]:
    """Return the route's example call, one for each language."""
    url, body = server + route["path"], route.get("example")
    headers = [] if route.get("public") else ["Authorization", "x-api-key"]
    return [
        Example("curl", "curl", _curl(route["method"], url, headers, body)),
        Example("python", _("Python"), _python(route["method"], url, headers, body)),
        Example("javascript", _("JavaScript"), _javascript(route["method"], url, headers, body)),
    ]


def pretty(value: Any, *, indent: str = "", room: int = _WIDEST) -> str:
    """Return JSON in which a line holds as much as it has room for."""
    line = json.dumps(value, ensure_ascii=False)
    if len(line) + len(indent) <= room or not isinstance(value, dict | list) or not value:
        return line
    deeper = indent + "  "
    if isinstance(value, dict):
        parts = [
            f"{json.dumps(name)}: {pretty(part, indent=deeper)}" for name, part in value.items()
        ]
        opening, closing = "{", "}"
    else:
        parts = [pretty(part, indent=deeper) for part in value]
        opening, closing = "[", "]"
    inner = ",\n".join(deeper + part for part in parts)
    return f"{opening}\n{inner}\n{indent}{closing}"


# Where each language takes the values of headers from.
_VARIABLES = {"Authorization": "ID_TOKEN", "x-api-key": "API_KEY"}


def _curl(method: str, url: str, headers: list[str], body: Any) -> str:
    parts = [f"curl {url}" if method == "GET" else f"curl -X {method} {url}"]
    parts += [f'-H "{name}: ${_VARIABLES[name]}"' for name in headers]
    if body is not None:
        parts += ["-H 'Content-Type: application/json'", f"--data {shlex.quote(json.dumps(body))}"]
    return " \\\n  ".join(parts)


def _python(method: str, url: str, headers: list[str], body: Any) -> str:
    given = [f'"{name}": os.environ["{_VARIABLES[name]}"],' for name in headers]
    given += ['"Content-Type": "application/json",'] if body is not None else []
    lines = ["import json", *(["import os"] if headers else []), "import urllib.request", ""]
    lines += [f"body = json.dumps({body!r}).encode()"] if body is not None else []
    lines += ["request = urllib.request.Request(", f'    "{url}",', f'    method="{method}",']
    lines += ["    data=body,"] if body is not None else []
    lines += ["    headers={", *(f"        {line}" for line in given), "    },"] if given else []
    lines += [
        ")",
        "with urllib.request.urlopen(request) as answer:",
        "    print(json.load(answer))",
    ]
    return "\n".join(lines)


def _javascript(method: str, url: str, headers: list[str], body: Any) -> str:
    given = [f'"{name}": process.env.{_VARIABLES[name]},' for name in headers]
    given += ['"Content-Type": "application/json",'] if body is not None else []
    lines = [f'const answer = await fetch("{url}", {{', f'  method: "{method}",']
    lines += ["  headers: {", *(f"    {line}" for line in given), "  },"] if given else []
    lines += [f"  body: JSON.stringify({json.dumps(body)}),"] if body is not None else []
    return "\n".join([*lines, "});", "console.log(await answer.json());"])
