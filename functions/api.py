"""The API behind the gateway: GET /v1/me and POST /v1/solve.

The gateway has checked token, key, rate and quota, each alone. This checks that they belong
together and are open now, does the work, and meters it before it answers.
"""

import json
import traceback
from datetime import UTC, datetime
from typing import Any

from adapters.errors import OutsideError, TryLater
from adapters.rights import AccessItem
from adapters.usage import record_usage
from functions.annealing import solve
from functions.callers import Event, claims_of, open_access, permitted_route, request_id_of
from functions.replies import Declined, refusal, reply
from functions.solve_requests import read_solve_request

Answer = dict[str, Any]

BUSY = Declined("try_again", "We are busy. Send the same call again in a minute.")
BROKEN = Declined("broken", "Something broke on our side. Tell support this request id.")


def handler(event: Event, context: object) -> Answer:
    request_id = ""
    try:
        request_id = request_id_of(event)
        return reply(200, _answer(event, request_id), request_id)
    except Declined as declined:
        return refusal(declined, request_id)
    except TryLater as error:
        _log(error, request_id)
        return refusal(BUSY, request_id)
    except Exception as error:  # the outermost door: a bug answers with the id to ask about
        _log(error, request_id)
        return refusal(BROKEN, request_id)


def _answer(event: Event, request_id: str) -> Answer:
    access = open_access(event)
    body, units = WORK[permitted_route(event)](event, access)
    # Metered before the answer leaves: a call that cannot be counted gives nothing away.
    record_usage(
        tenant_id=access.tenant_id,
        api_key_id=access.api_key_id,
        request_id=request_id,
        units=units,
        billing_source=access.billing_source,
        at=datetime.now(UTC),
    )
    return body


def _me(event: Event, access: AccessItem) -> tuple[Answer, int]:
    claims = claims_of(event)
    told = ("tenant_id", "role", "permissions", "domains", "email")
    return {**{name: claims.get(name, "") for name in told}, "tier": access.tier}, 0


def _solve(event: Event, access: AccessItem) -> tuple[Answer, int]:
    # The access item's tier, not the claim's: a token may be an hour old.
    wanted = read_solve_request(event.get("body"), tier=access.tier)
    try:
        found = solve(
            wanted.problem.matrix, seed=wanted.seed, effort=wanted.effort, is_late=is_late
        )
    except TooSlow as error:
        raise SLOW from error
    body: Answer = {
        "solution": wanted.problem.told(found.solution),
        "energy": found.energy,
        "units": found.units,
    }
    is_complete = {} if wanted.is_complete is None else {"complete": wanted.is_complete}
    return body | is_complete, found.units


WORK = {("GET", "/v1/me"): _me, ("POST", "/v1/solve"): _solve}


def _log(error: Exception, request_id: str) -> None:
    """Write one line: where it broke, but no text that might quote claims or body."""
    what = str(error) if isinstance(error, OutsideError) else type(error).__name__
    where = [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)]
    line = {"level": "error", "function": "api", "request_id": request_id}
    print(json.dumps({**line, "error": what, "where": where[-5:]}))
