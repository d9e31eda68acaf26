"""The simulator for programs: what its pages do, as JSON. docs/local-cloud.md has the list."""

import json
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from localcloud.marketplace.agreements import Agreement
from localcloud.marketplace.buying import CannotHappen
from localcloud.marketplace.faults import Fault, FaultUnknown
from localcloud.marketplace.notices import NoticeUnknown
from localcloud.marketplace.world import World

_ABOUT_AGREEMENTS = (
    *("upgrade", "renew", "replace", "cancel", "expire", "terminate"),
    *("advise", "resolve_advisory"),
)


class JsonApi:
    def __init__(self, world: World) -> None:
        self._world = world

    def rules(self) -> list[Rule]:
        """Return which address is what: an endpoint is the function that answers."""
        return [
            Rule("/api/products", endpoint=self._products, methods=["GET"]),
            Rule("/api/agreements", endpoint=self._agreements, methods=["GET"]),
            Rule("/api/agreements", endpoint=self._buy, methods=["POST"]),
            Rule("/api/agreements/<name>/token", endpoint=self._token, methods=["POST"]),
            Rule("/api/agreements/<name>/<verb>", endpoint=self._act, methods=["POST"]),
            Rule("/api/accounts/<account>/<verb>", endpoint=self._act_on_account, methods=["POST"]),
            Rule("/api/clock", endpoint=self._clock, methods=["GET"]),
            Rule("/api/clock", endpoint=self._advance, methods=["POST"]),
            Rule("/api/notices", endpoint=self._notices, methods=["GET"]),
            Rule("/api/notices", endpoint=self._set_notices, methods=["POST"]),
            Rule("/api/notices/<int:number>", endpoint=self._deliver, methods=["POST"]),
            Rule("/api/faults", endpoint=self._faults, methods=["GET"]),
            Rule("/api/faults", endpoint=self._add_fault, methods=["POST"]),
            Rule("/api/faults/<int:number>", endpoint=self._remove_fault, methods=["DELETE"]),
            Rule("/api/calls", endpoint=self._calls, methods=["GET"]),
            Rule("/api/reset", endpoint=self._reset, methods=["POST"]),
        ]

    def _products(self, _: Request) -> Response:
        return _answer([asdict(product) for product in self._world.products.values()])

    def _agreements(self, _: Request) -> Response:
        return _answer([_shown(one) for one in list(self._world.agreements.values())])

    def _buy(self, request: Request) -> Response:
        given = _given(request)
        code = given.pop("product", "")
        starts_in = timedelta(days=given.pop("starts_in_days", 0))
        return _tried(lambda: _shown(self._world.buy(code, starts_in=starts_in, **given)), 201)

    def _token(self, _: Request, name: str) -> Response:
        return _tried(lambda: {"token": self._world.set_up_account(name)}, 201)

    def _act(self, request: Request, name: str, verb: str) -> Response:
        """What follows a renewal or a replacement is what is answered."""
        if verb not in _ABOUT_AGREEMENTS:
            return _wrong(
                f"There is no verb {verb}: there are {', '.join(_ABOUT_AGREEMENTS)}.", 404
            )
        given = _given(request)
        return _tried(lambda: _shown(getattr(self._world, verb)(name, **given)))

    def _act_on_account(self, _: Request, account: str, verb: str) -> Response:
        if verb not in ("suspend", "reinstate"):
            return _wrong(f"There is no verb {verb}: there are suspend, reinstate.", 404)
        getattr(self._world, verb)(account)
        return _answer({"suspended": sorted(self._world.suspended)})

    def _clock(self, _: Request) -> Response:
        clock = self._world.clock
        return _answer({"now": clock.now(), "ahead_seconds": clock.ahead.total_seconds()})

    def _advance(self, request: Request) -> Response:
        given = _given(request)
        return _tried(lambda: {"now": self._world.advance(**given)})

    def _notices(self, _: Request) -> Response:
        return _answer(self._world.notices.as_json())

    def _set_notices(self, request: Request) -> Response:
        """`holds`: whether new ones wait. `deliver`: "all" sends those that wait."""
        given, notices = _given(request), self._world.notices
        if "holds" in given:
            notices.holds = bool(given["holds"])
        if given.get("deliver") == "all":
            notices.deliver_all(copies=given.get("copies", 1))
        if "kind" in given:
            about = given.pop("agreement_id", "")
            return _tried(lambda: asdict(self._world.notify(given.pop("kind"), about, **given)))
        return self._notices(request)

    def _deliver(self, request: Request, number: int) -> Response:
        given, notices = _given(request), self._world.notices
        if given.pop("drop", False):
            return _tried(lambda: asdict(notices.drop(number)))
        if "after_seconds" in given:
            given["after"] = timedelta(seconds=given.pop("after_seconds"))
        return _tried(lambda: asdict(notices.deliver(number, **given)))

    def _faults(self, _: Request) -> Response:
        return _answer([asdict(fault) for fault in list(self._world.faults.waiting)])

    def _add_fault(self, request: Request) -> Response:
        given = _given(request)
        return _tried(lambda: asdict(self._world.faults.add(Fault(**given))), 201)

    def _remove_fault(self, _: Request, number: int) -> Response:
        self._world.faults.remove(number)
        return self._faults(_)

    def _calls(self, request: Request) -> Response:
        return _answer(self._world.calls.as_json(request.args.get("operation", "")))

    def _reset(self, _: Request) -> Response:
        self._world.clear()
        return _answer({})


def _given(request: Request) -> dict[str, Any]:
    """Return the body; an empty one is an empty object. A body of another type answers 415."""
    if not request.data:
        return {}
    given = request.get_json()
    return dict(given) if isinstance(given, dict) else {}


def _tried(happen: Any, status: int = 200) -> Response:
    """Answer with what happened, or say why it cannot, or which word is not known."""
    try:
        return _answer(happen(), status)
    except CannotHappen as error:
        return _wrong(str(error), 409)
    except NoticeUnknown as error:
        return _wrong(str(error), 404)
    except (FaultUnknown, TypeError, ValueError) as error:
        return _wrong(str(error), 400)


def _shown(agreement: Agreement) -> dict[str, Any]:
    facts = {**asdict(agreement), "product": agreement.product.code}
    return {**facts, "license_arn": agreement.license_arn}


def _wrong(sentence: str, status: int) -> Response:
    return _answer({"error": sentence}, status)


def _answer(what: Any, status: int = 200) -> Response:
    body = json.dumps(what, default=_as_text, indent=1)
    return Response(
        body, status, mimetype="application/json", headers={"Cache-Control": "no-store"}
    )


def _as_text(what: Any) -> str:
    return what.isoformat() if hasattr(what, "isoformat") else str(what)
