"""The Marketplace as a person uses it: buy, set up the account, renew, leave, send the notices.

Every form answers with a redirect, and nothing runs in a page.
"""

import os
import secrets
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from werkzeug.exceptions import NotFound
from werkzeug.routing import Rule
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from localcloud.marketplace import page_forms, page_words
from localcloud.marketplace.agreements import Agreement
from localcloud.marketplace.buying import CannotHappen
from localcloud.marketplace.events import EVENT_KINDS
from localcloud.marketplace.faults import KINDS, FaultUnknown
from localcloud.marketplace.notices import Notice, NoticeUnknown
from localcloud.marketplace.operations import OPERATIONS
from localcloud.marketplace.products import Product
from localcloud.marketplace.topics import TOPIC_ACTIONS
from localcloud.marketplace.world import World

_FOLDER = Path(__file__).parent / "templates"
_SHOWN_CALLS = 100
_SHOWN_NOTICES = 200

_TEMPLATES = Environment(
    loader=FileSystemLoader(_FOLDER),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters.update(
    moment=page_words.moment,
    model=page_words.model,
    pricing=page_words.pricing,
    readable=page_words.readable,
    waiting=page_words.waiting_for,
    ways=page_words.ways_of,
)


class Pages:
    def __init__(self, world: World) -> None:
        self._world = world

    def rules(self) -> list[Rule]:
        """Return which address is which page: an endpoint is the function that answers."""
        gets = {
            "/": self._home,
            "/style.css": self._style,
            "/products/<code>": self._product,
            "/agreements/<name>": self._agreement,
            "/notices": self._notices,
            "/settings": self._settings,
            "/calls": self._calls,
        }
        posts = {
            "/products/<code>": self._buy,
            "/agreements/<name>/change": self._change,
            "/agreements/<name>/happen": self._happen,
            "/notices": self._send_all,
            "/notices/<int:number>": self._send,
            "/settings": self._set,
        }
        return [
            *(Rule(path, endpoint=view, methods=["GET"]) for path, view in gets.items()),
            *(Rule(path, endpoint=view, methods=["POST"]) for path, view in posts.items()),
        ]

    def _home(self, request: Request) -> Response:
        agreements = sorted(self._agreements(), key=lambda one: one.accepted_at, reverse=True)
        products = list(self._world.products.values())
        return self._page(request, "home", products=products, agreements=agreements)

    def _product(self, request: Request, code: str) -> Response:
        return self._product_page(request, self._listed(code))

    def _buy(self, request: Request, code: str) -> Response:
        product = self._listed(code)
        try:
            agreement = page_forms.buy(self._world, code, request.form)
        except CannotHappen as error:
            return self._product_page(request, product, error=str(error))
        return redirect(f"/agreements/{agreement.id}?done=bought", 303)

    def _product_page(self, request: Request, product: Product, error: str = "") -> Response:
        accounts = sorted({one.account_id for one in self._agreements()})
        more = {"product": product, "accounts": accounts, "given": request.form}
        return self._page(request, "product", error=error, **more)

    def _agreement(self, request: Request, name: str) -> Response:
        return self._agreement_page(request, self._known(name))

    def _change(self, request: Request, name: str) -> Response:
        agreement = self._known(name)
        try:
            agreement = page_forms.change(self._world, name, request.form)
        except CannotHappen as error:
            return self._agreement_page(request, agreement, error=str(error))
        return redirect(f"/agreements/{agreement.id}?done={request.form['verb']}", 303)

    def _happen(self, request: Request, name: str) -> Response:
        agreement = self._known(name)
        try:
            page_forms.happen(self._world, agreement, request.form)
        except CannotHappen as error:
            return self._agreement_page(request, agreement, error=str(error))
        return redirect(f"/agreements/{name}?done={request.form['verb']}", 303)

    def _agreement_page(self, request: Request, agreement: Agreement, error: str = "") -> Response:
        is_suspended = agreement.account_id in self._world.suspended
        return self._page(
            request,
            "agreement",
            error=error,
            agreement=agreement,
            facts=page_words.facts_of(agreement, is_suspended=is_suspended),
            verbs=page_words.verbs_for(agreement, is_suspended=is_suspended),
            portal=portal_address(),
            tokens=[
                ("Set up your account", self._world.set_up_account(agreement.id), ""),
                ("The same with a forged token", secrets.token_urlsafe(90), "quiet"),
            ],
            notices=[one for one in self._said() if one.agreement_id == agreement.id],
        )

    def _notices(self, request: Request) -> Response:
        return self._notices_page(request)

    def _send(self, request: Request, number: int) -> Response:
        how, back = request.form.get("how", ""), request.form.get("back", "")
        try:
            page_forms.send(self._world, number, how)
        except NoticeUnknown as error:
            raise NotFound(str(error)) from error
        except CannotHappen as error:
            return self._notices_page(request, error=str(error))
        path = f"/agreements/{back}" if back in self._world.agreements else "/notices"
        return redirect(f"{path}?done={how}", 303)

    def _send_all(self, request: Request) -> Response:
        try:
            page_forms.send_all(self._world, request.form)
        except CannotHappen as error:
            return self._notices_page(request, error=str(error))
        return redirect(f"/notices?done={request.form['all']}", 303)

    def _notices_page(self, request: Request, error: str = "") -> Response:
        return self._page(
            request,
            "notices",
            error=error,
            notices=self._said()[:_SHOWN_NOTICES],
            waiting=len(self._world.notices.waiting()),
            holds=self._world.notices.holds,
            kinds=[*EVENT_KINDS, *TOPIC_ACTIONS],
            agreements=self._agreements(),
        )

    def _said(self) -> list[Notice]:
        return list(reversed(self._world.notices.notices))

    def _settings(self, request: Request) -> Response:
        return self._settings_page(request)

    def _set(self, request: Request) -> Response:
        given = request.form
        try:
            done = self._set_one(given.get("what", ""), given)
        except (CannotHappen, FaultUnknown) as error:
            return self._settings_page(request, error=str(error))
        return redirect(f"/settings?done={done}", 303)

    def _set_one(self, what: str, given: Any) -> str:
        if what == "clock":
            page_forms.move_clock(self._world, given)
        elif what == "fault":
            page_forms.add_fault(self._world, given)
        elif what == "removed":
            self._world.faults.remove(int(given["number"]))
        elif what == "cleared":
            self._world.clear()
        else:
            raise CannotHappen("Press one of the buttons.")
        return what

    def _settings_page(self, request: Request, error: str = "") -> Response:
        faults = list(self._world.faults.waiting)
        return self._page(
            request,
            "settings",
            error=error,
            kinds=KINDS,
            operations=sorted(OPERATIONS),
            faults=faults,
        )

    def _calls(self, request: Request) -> Response:
        calls = list(reversed(self._world.calls.of()))
        return self._page(request, "calls", calls=calls[:_SHOWN_CALLS], count=len(calls))

    def _style(self, _: Request) -> Response:
        return Response((_FOLDER / "style.css").read_text(), mimetype="text/css")

    def _page(self, request: Request, template: str, **what: Any) -> Response:
        ahead = self._world.clock.ahead
        html = _TEMPLATES.get_template(f"{template}.html").render(
            here=request.path,
            now=self._world.clock.now(),
            ahead=str(ahead) if ahead else "",
            said=page_words.DONE.get(request.args.get("done", ""), ""),
            **what,
        )
        status = 422 if what.get("error") else 200
        return Response(html, status, mimetype="text/html", headers=_headers())

    def _agreements(self) -> list[Agreement]:
        return list(self._world.agreements.values())

    def _listed(self, code: str) -> Product:
        if code not in self._world.products:
            raise NotFound(f"No product has the code {code}.")
        return self._world.products[code]

    def _known(self, agreement_id: str) -> Agreement:
        if agreement_id not in self._world.agreements:
            raise NotFound(f"There is no agreement {agreement_id}.")
        return self._world.agreements[agreement_id]


def portal_address() -> str:
    """Return where the portal of `make run` is; it is started after us, so its port is given."""
    return os.environ.get("PORTAL_URL", "http://127.0.0.1:8000").rstrip("/")


def _headers() -> dict[str, str]:
    policy = (
        "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; "
        f"frame-ancestors 'none'; form-action 'self' {portal_address()}"
    )
    # A token is in the form of an agreement's page.
    return {"Content-Security-Policy": policy, "Cache-Control": "no-store"}
