"""The API behind the gateway: GET /v1/me, POST /v1/solve, and its own OpenAPI document.

The gateway has checked token, key, rate and quota, each alone. This verifies the token again,
checks that token and key belong together and are open now, does the work, and meters it before it
answers.
"""

import json
import traceback
from functools import partial
from typing import Any

from adapters import openapi
from adapters.errors import OutsideError, TryLater
from adapters.rights import AccessItem
from adapters.tokens import Claims
from functions.annealing import TooSlow, solve
from functions.callers import (
    Event,
    address_of_api,
    check_open,
    claims_of,
    known_key,
    permitted_route,
)
from functions.metering import Meter
from functions.remaining_time import Clock, Context
from functions.repeats import do_once
from functions.replies import Declined, refusal, reply
from functions.solve_requests import read_solve_request

Answer = dict[str, Any]

BUSY = Declined("try_again", "We are busy. Send the same call again in a minute.")
SLOW = Declined(
    "took_too_long", "The call took too long. Send fewer reads or sweeps, or try again in a minute."
)
BROKEN = Declined("broken", "Something broke on our side. Tell support this request id.")


def handler(event: Event, context: Context | None) -> Answer:
    meter = Meter(event)
    try:
        return reply(200, _answer(event, meter, Clock(context)), meter.request_id)
    except Declined as declined:
        meter.count_refused()
        return refusal(declined, meter.request_id)
    except (TooSlow, TryLater) as error:
        _log(error, meter.request_id)
        meter.count_failed(hurried=True)
        return refusal(SLOW if isinstance(error, TooSlow) else BUSY, meter.request_id)
    except Exception as error:  # the outermost door: a bug answers with the id to ask about
        _log(error, meter.request_id)
        meter.count_failed()
        return refusal(BROKEN, meter.request_id)


def _answer(event: Event, meter: Meter, clock: Clock) -> Answer:
    if public := PUBLIC.get((event["httpMethod"], event["resource"])):
        return public(event)
    claims = claims_of(event)
    access = meter.access = known_key(event)
    check_open(access, claims)
    work = partial(WORK[permitted_route(event, claims)], event, claims, access, clock)
    return do_once(event, access.tenant_id, meter, work)


def _document(event: Event) -> Answer:
    return openapi.document(server=address_of_api(event))


def _me(event: Event, claims: Claims, access: AccessItem, clock: Clock) -> tuple[Answer, int]:
    told = ("tenant_id", "role", "permissions", "domains", "email")
    return {**{name: claims.text(name) for name in told}, "tier": access.tier}, 0


def _solve(event: Event, claims: Claims, access: AccessItem, clock: Clock) -> tuple[Answer, int]:
    # The access item's tier, not the claim's: a token may be an hour old.
    wanted = read_solve_request(event.get("body"), tier=access.tier)
    matrix, effort = wanted.problem.matrix, wanted.effort
    found = solve(matrix, seed=wanted.seed, effort=effort, is_late=clock.is_nearly_over)
    body: Answer = {
        "solution": wanted.problem.told(found.solution),
        "energy": found.energy,
        "units": found.units,
    }
    if wanted.is_complete is not None:
        body["complete"] = wanted.is_complete
    return body, found.units


# Needs neither token nor key, and is not metered.
PUBLIC = {("GET", "/v1/openapi.json"): _document}
WORK = {("GET", "/v1/me"): _me, ("POST", "/v1/solve"): _solve}


def _log(error: Exception, request_id: str) -> None:
    """Write one line: where it broke, but no text that might quote claims or body."""
    what = str(error) if isinstance(error, OutsideError) else type(error).__name__
    where = [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)]
    line = {"level": "error", "function": "api", "request_id": request_id}
    print(json.dumps({**line, "error": what, "where": where[-5:]}))
