"""Whether a stage works, asked from outside as a customer would."""

import json
import re
import urllib.error
import urllib.request
from dataclasses import dataclass, fields
from typing import Any

import boto3
from botocore.exceptions import ClientError

from infra.deploying import handover, portal, sam, static_files
from infra.deploying.stages import Stage
from infra.deploying.stopping import Stopped

_PATIENCE_SECONDS = 60
_CUSTOMER = "smoke_customer"


@dataclass(frozen=True)
class Customer:
    """Somebody who exists for this test only; the portal knows them as any other."""

    username: str
    password: str
    api_key: str


@dataclass(frozen=True)
class _Answer:
    status: int
    body: str


class _StayHere(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


_opener = urllib.request.build_opener(_StayHere)


def test(stage: Stage, *, has_api: bool) -> str:
    """Ask the portal, sign-in and the API. Raises Stopped with what did not answer as it should."""
    settings = portal.settings_of(stage)
    url = settings["PORTAL_URL"].rstrip("/")
    _expect(f"{url}/healthz", 200, '"ok"')
    _expect(f"{url}/signup/", 200, "accept_terms")
    static = _test_static_files(stage, f"{url}/signup/")
    hosts = _test_two_hosts(url, settings.get("STAFF_URL", "").rstrip("/"))
    _test_sign_in(stage)
    tried = f"health, sign-up page{static}{hosts}, sign-in refuses a stranger"
    if not has_api:
        return f"{tried}. NOT TRIED: readiness, token and API call, as there is no API"
    _expect(f"{url}/readyz", 200, '"status": "ok"')
    api = settings["API_URL"].rstrip("/")
    _test_api(api)
    tried += ", readiness, API refuses a stranger"
    customer = _customer(stage)
    if customer is None:
        return f"{tried}. NOT TRIED: token and API call, as nobody is {_CUSTOMER}"
    _test_first_call(stage, api, customer)
    return f"{tried}, token, API call"


def _test_static_files(stage: Stage, page: str) -> str:
    """A page's style comes from the CDN, if the stage has one."""
    cdn = static_files.address(stage)
    if not cdn:
        return ""
    found = re.search(rf'href="({re.escape(cdn)}[^"]+\.css)"', _get(page, {}).body)
    if not found:
        raise Stopped(f"{page} names no style at {cdn}")
    if trouble := static_files.trouble_with(found[1]):
        raise Stopped(f"{found[1]} {trouble}")
    return ", static files"


def _test_two_hosts(url: str, staff_url: str) -> str:
    """The backoffice is on the host of staff and on no other, if the stage has one."""
    if not staff_url:
        return ""
    _expect(f"{staff_url}/admin/login/", 200, "")
    _expect(f"{staff_url}/signup/", 404, "")
    _expect(f"{url}/admin/login/", 404, "")
    return ", two hosts"


def _test_sign_in(stage: Stage) -> None:
    """A wrong password is refused as such: pool and client are there, and belong together."""
    try:
        _token(stage, Customer("nobody@gatehouse.example", "Wrong-password-1", ""))
    except ClientError as error:
        if error.response["Error"]["Code"] == "NotAuthorizedException":
            return
        raise Stopped(f"the user pool answers {error}") from error
    raise Stopped("the user pool let a stranger in")


def _test_api(url: str) -> None:
    _expect(f"{url}/v1/openapi.json", 200, '"openapi"')
    _expect(f"{url}/v1/me", 401, "")


def _test_first_call(stage: Stage, url: str, customer: Customer) -> None:
    try:
        token = _token(stage, customer)
    except ClientError as error:
        raise Stopped(f"the smoke customer gets no token: {error}") from error
    headers = {"Authorization": token, "x-api-key": customer.api_key}
    _expect(f"{url}/v1/me", 200, '"tenant_id"', headers)


def _token(stage: Stage, customer: Customer) -> str:
    cognito: Any = boto3.client("cognito-idp", region_name=stage.region)
    answer = cognito.initiate_auth(
        AuthFlow="USER_PASSWORD_AUTH",
        ClientId=sam.outputs(stage, "identity")["ClientId"],
        AuthParameters={"USERNAME": customer.username, "PASSWORD": customer.password},
    )
    return str(answer["AuthenticationResult"]["IdToken"])


def _customer(stage: Stage) -> Customer | None:
    kept = handover.read(stage, _CUSTOMER)
    try:
        return Customer(**json.loads(kept)) if kept else None
    except (ValueError, TypeError) as error:
        # Not chained: the error would show what was written there.
        wanted = ", ".join(f'"{field.name}": "…"' for field in fields(Customer))
        raise Stopped(
            f"/gatehouse/{stage.name}/{_CUSTOMER} must hold {{{wanted}}} and does not: "
            f"{type(error).__name__}"
        ) from None


def _expect(url: str, status: int, part: str, headers: dict[str, str] | None = None) -> None:
    answer = _get(url, headers or {})
    if answer.status != status or part not in answer.body:
        raise Stopped(f"{url} answers {answer.status}, not {status}: {answer.body[:300]}")


def _get(url: str, headers: dict[str, str]) -> _Answer:
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 - the stage's own address
    try:
        with _opener.open(request, timeout=_PATIENCE_SECONDS) as answer:
            return _Answer(answer.status, answer.read().decode(errors="replace"))
    except urllib.error.HTTPError as error:
        return _Answer(error.code, error.read().decode(errors="replace"))
    except OSError as error:
        raise Stopped(f"{url} does not answer: {error}") from error
