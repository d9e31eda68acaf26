"""Which API, stage and path an address is for: by the stage in it, or by its custom domain.

https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-custom-domains.html
"""

from dataclasses import dataclass
from typing import Any

from moto.apigateway.models import apigateway_backends
from werkzeug.wrappers import Request

from localcloud.place import ACCOUNT, REGION
from localcloud.refusals import Refusal

# Where several APIs have the same stage: /_apis/{name}/{stage}/{path}. AWS has no such address.
_BY_NAME = "/_apis"

# What AWS calls the mapping of a domain without a base path.
_NO_BASE_PATH = "(none)"


@dataclass(frozen=True)
class Address:
    """`path` chooses the resource; the event of a function tells `shown` and `full` instead."""

    api: Any
    stage: str
    path: str
    shown: str
    full: str


def address_of(request: Request) -> Address:
    """Return what the request is for. Raises Refusal."""
    host = request.host.partition(":")[0].lower()
    if host in control_plane().domain_names:
        return _mapped(host, request.path)
    if request.path.startswith(_BY_NAME):
        return _named(request.path.removeprefix(_BY_NAME))
    # On AWS the host name tells which API is called; here there is one that has the stage.
    stage, path = _parted(request.path)
    return Address(_api_with(stage), stage, path, path, f"/{stage}{path}")


def control_plane() -> Any:
    return apigateway_backends[ACCOUNT][REGION]


def _named(rest: str) -> Address:
    name, below = _parted(rest)
    stage, path = _parted(below)
    for api in control_plane().apis.values():
        if api.name == name and stage in api.stages:
            shown = _shown(path, rest)
            return Address(api, stage, path, shown, f"/{stage}{shown}")
    raise Refusal("MISSING_AUTHENTICATION_TOKEN")


def _mapped(host: str, path: str) -> Address:
    """Follow the mapping of the domain. A base path stays in the paths that a function is told."""
    mappings = {m.base_path: m for m in control_plane().base_path_mappings.get(host, {}).values()}
    base, below = _parted(path)
    mapping = mappings.get(base)
    if mapping is None:
        mapping, below = mappings.get(_NO_BASE_PATH), _trimmed(path)
    if mapping is None:
        raise Refusal("NO_MAPPING")
    stage = mapping.stage
    if not stage:
        stage, below = _parted(below)
    api = control_plane().apis.get(mapping.rest_api_id)
    if api is None or stage not in api.stages:
        raise Refusal("NO_MAPPING")
    shown = _shown(_trimmed(path), path)
    return Address(api, stage, below, shown, shown)


def _api_with(stage: str) -> Any:
    for api in reversed(list(control_plane().apis.values())):
        if stage in api.stages:
            return api
    raise Refusal("MISSING_AUTHENTICATION_TOKEN")


def _parted(path: str) -> tuple[str, str]:
    """Part the first step of a path from the rest: /a/b/c into a and /b/c."""
    first, _, rest = path.removeprefix("/").partition("/")
    return first, _trimmed(f"/{rest}")


def _shown(path: str, asked: str) -> str:
    """A portal behind {proxy+} is told of a slash at the end, and means something by it."""
    return path if path == "/" or not asked.endswith("/") else f"{path}/"


def _trimmed(path: str) -> str:
    """API Gateway does not care about a slash at the end."""
    return path.rstrip("/") or "/"
