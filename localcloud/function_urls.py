"""ListFunctionUrlConfigs, which moto lacks and deployment tools ask for."""

from typing import Any

from moto.awslambda import urls


def install() -> None:
    """No function of ours has an address of its own."""
    path = r"{0}/(?P<api_version>[^/]+)/functions/(?P<function_name>[\w_:%-]+)/urls/?$"
    urls.url_paths[path] = _none


def _none(request: Any, full_url: str, headers: Any) -> tuple[int, dict[str, str], str]:
    return 200, {"Content-Type": "application/json"}, '{"FunctionUrlConfigs": []}'
