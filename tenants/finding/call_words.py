"""What became of a call of the API, in the words that support says to a customer."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from adapters.access_log import LoggedCall
from adapters.definitions import definition

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise
else:
    StrOrPromise = str | Promise


@dataclass(frozen=True)
class Verdict:
    """`colour` is one of labels; `codes` are the problems that our function may have named."""

    why: StrOrPromise
    helps: StrOrPromise = ""
    colour: str = "warning"
    codes: tuple[str, ...] = ()


_NO_ROUTE = Verdict(
    _("There is nothing at this address: its path or its method is wrong."),
    _("Have them compare both with the reference of the API."),
)
_TOO_LATE = Verdict(
    _("Our function did not answer in time."),
    _(
        "Have them send a smaller problem, or one with a time limit, and call again in a minute. "
        "If it happens to many customers, tell operations."
    ),
    "danger",
)
_OURS = Verdict(
    _("Something broke on our side."),
    _("Tell operations the request id and the time. The customer may call again in a minute."),
    "danger",
)

# By what API Gateway calls its refusals: the keys of gateway_responses in api.json, and the
# firewall's.
REFUSALS: dict[str, Verdict] = {
    "UNAUTHORIZED": Verdict(
        _(
            "No valid ID token came with it: there was none, it had expired, or it was of another "
            "kind."
        ),
        _(
            "Have them sign in again and send the new ID token as Authorization: it is good for an "
            "hour. If they cannot sign in, People on their page says why."
        ),
    ),
    "INVALID_API_KEY": Verdict(
        _("No live API key came with it."),
        _(
            "Have them send it as x-api-key, and compare its last four with API keys on their "
            "page: a key that was replaced, revoked or suspended is refused."
        ),
    ),
    "ACCESS_DENIED": Verdict(
        _("The token does not open this address."),
        _("Have somebody call whose role allows it; an owner changes roles."),
    ),
    "QUOTA_EXCEEDED": Verdict(
        _("The quota of the period was used up."),
        _("Usage on their page says when the next period begins. A higher tier has more."),
    ),
    "THROTTLED": Verdict(
        _("Too many calls came at once: more than the tier, or the API as a whole, allows."),
        _(
            "Have them wait as long as Retry-After says and call more slowly. A higher tier has "
            "more."
        ),
    ),
    "BAD_REQUEST_BODY": Verdict(
        _("The body does not fit the schema."),
        _("The answer names what is wrong; the reference of the API has the schema."),
    ),
    "BAD_REQUEST_PARAMETERS": Verdict(
        _("A parameter was missing."),
        _("The answer names it; the reference of the API has them all."),
    ),
    "REQUEST_TOO_LARGE": Verdict(
        _("The body is larger than 10 MB."), _("Have them send a smaller problem.")
    ),
    "UNSUPPORTED_MEDIA_TYPE": Verdict(
        _("The body is of another type."), _("Have them send JSON as application/json.")
    ),
    "MISSING_AUTHENTICATION_TOKEN": _NO_ROUTE,
    "RESOURCE_NOT_FOUND": _NO_ROUTE,
    "INTEGRATION_TIMEOUT": _TOO_LATE,
    "INTEGRATION_FAILURE": _TOO_LATE,
    "WAF_FILTERED": Verdict(
        _("The firewall held the address off: too many calls came from it in five minutes."),
        _("Have them call more slowly; after a few minutes they are let in again."),
    ),
    "DEFAULT_4XX": Verdict(
        _("The gateway did not take the call."),
        _("Have them compare it with the reference of the API. If they agree, tell operations."),
    ),
    "DEFAULT_5XX": _OURS,
}


def verdict_on(call: LoggedCall) -> Verdict:
    """Say what became of it. What our function refused, the answer names by its code alone."""
    if call.refused_by:
        rest = "DEFAULT_5XX" if call.status >= 500 else "DEFAULT_4XX"
        return REFUSALS.get(call.refused_by, REFUSALS[rest])
    if call.status < 400:
        return Verdict(_("It was served."), colour="success")
    if call.status == 500:
        return _OURS
    return Verdict(
        _("Our function refused it. The code in its answer says why."),
        _("Ask for the code. With this status it is one of these:"),
        "danger" if call.status >= 500 else "warning",
        _codes_of(call),
    )


def _codes_of(call: LoggedCall) -> tuple[str, ...]:
    known = definition("problems")["problems"]
    return tuple(
        code
        for route in definition("api")["routes"]
        if (route["method"], route["path"]) == (call.method, call.resource)
        for code in route["problems"]
        if known[code]["status"] == call.status
    )
