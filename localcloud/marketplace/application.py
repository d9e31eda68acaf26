"""The Marketplace's own port: the APIs of AWS, and a page that says what there is."""

from collections.abc import Callable, Iterable
from html import escape
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from localcloud.locks import service_of
from localcloud.marketplace.protocols import asked_of
from localcloud.marketplace.wire import Wire
from localcloud.marketplace.world import World

SIGNING_NAME = "aws-marketplace"


class MarketplaceApplication:
    """The WSGI application."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._wire = Wire(world)
        self._addresses = Map([Rule("/", endpoint=self._index, methods=["GET"])])

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        response = self._wire.answer(request) if asked_of(request) else self._page(request)
        return response(environ, start_response)

    def _page(self, request: Request) -> Response:
        try:
            view, values = self._addresses.bind_to_environ(request.environ).match()
            answer: Response = view(request, **values)
            return answer
        except HTTPException as error:
            return Response(error.description or "", error.code)

    def _index(self, _: Request) -> Response:
        products = "".join(
            f"<li><code>{escape(product.code)}</code> {escape(product.title)}</li>"
            for product in self._world.products.values()
        )
        agreements = "".join(
            f"<li><code>{escape(one.id)}</code> {escape(one.product.title)}: {one.status}</li>"
            for one in list(self._world.agreements.values())
        )
        body = f"<h2>Products</h2><ul>{products}</ul><h2>Agreements</h2><ul>{agreements}</ul>"
        page = (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            "<title>AWS Marketplace</title></head>"
            f"<body><h1>AWS Marketplace</h1>{body}</body></html>"
        )
        headers = {"Content-Security-Policy": "default-src 'none'"}
        return Response(page, mimetype="text/html", headers=headers)


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
