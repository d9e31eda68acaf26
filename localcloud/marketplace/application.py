"""The Marketplace's own port: the APIs of AWS, pages for people, JSON for programs."""

from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.exceptions import Forbidden, HTTPException
from werkzeug.routing import Map
from werkzeug.wrappers import Request, Response

from localcloud.locks import service_of
from localcloud.marketplace.json_api import JsonApi
from localcloud.marketplace.pages import Pages
from localcloud.marketplace.protocols import asked_of
from localcloud.marketplace.wire import Wire
from localcloud.marketplace.world import World

SIGNING_NAME = "aws-marketplace"


class MarketplaceApplication:
    """The WSGI application."""

    def __init__(self, world: World) -> None:
        self._wire = Wire(world)
        self._addresses = Map([*Pages(world).rules(), *JsonApi(world).rules()])

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        response = self._wire.answer(request) if asked_of(request) else self._page(request)
        return response(environ, start_response)

    def _page(self, request: Request) -> Response:
        try:
            _refuse_strangers(request)
            view, values = self._addresses.bind_to_environ(request.environ).match()
            answer: Response = view(request, **values)
            return answer
        except HTTPException as error:
            return Response(error.description or "", error.code)


def _refuse_strangers(request: Request) -> None:
    """Another web site that the same browser shows presses no button here."""
    here = request.host_url.rstrip("/")
    if request.method != "GET" and request.headers.get("Origin", here) != here:
        raise Forbidden("This belongs to the simulator's own pages.")


class WithMarketplace:
    """The WSGI application in front of moto: what is signed for the Marketplace is for us."""

    def __init__(self, application: Callable[..., Any], world: World) -> None:
        self._application = application
        self._wire = Wire(world)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        is_ours = service_of(environ) == SIGNING_NAME
        answer: Iterable[bytes] = (self._wire if is_ours else self._application)(
            environ, start_response
        )
        return answer
