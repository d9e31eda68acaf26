"""What buyers of AWS Marketplace do, for tests."""

import re
from typing import Any
from urllib.parse import urlencode

SUBSCRIPTION = "3ca8p4subscription00000002"
CONTRACT = "3ca8p4contracttiers0000001"
CONSUMPTION = "3ca8p4consumption000000003"
LEGACY = "legacysubscription000005"
FORM = "application/x-www-form-urlencoded"
TOKEN = "x-amzn-marketplace-token"
BOB = {
    "email": "bob@gmail.com",
    "full_name": "Bob Burr",
    "company": "Burr Bearings",
    "accept_terms": "on",
}


def hand_over(token: str, **fields: str) -> Any:
    """Post AWS's form as a browser does from another site: without any cookie of ours."""
    from django.test import Client

    body = urlencode({TOKEN: token, **fields})
    return Client(enforce_csrf_checks=True).post("/marketplace/register/", body, content_type=FORM)


def form_key(page: Any) -> str:
    found = re.search(r'name="form_key" value="([^"]+)"', page.content.decode())
    assert found, page.content.decode()
    return found.group(1)


def fill_in(client: Any, **changed: str) -> Any:
    """Send the form that the browser is at; return the answer, a redirect if all is well."""
    form = {**BOB, "form_key": form_key(client.landed), **changed}
    return client.post("/marketplace/registration/", form)


def confirm(bought: Any, *, tier: str = "", **facts: Any) -> Any:
    """Write down what AWS's notices would tell of the agreement, and let the grant follow."""
    from adapters.marketplace import ResolvedCustomer
    from marketplace import granting
    from marketplace.agreements import agreement_of
    from marketplace.models import Agreement

    row = agreement_of(
        ResolvedCustomer(
            product_code=bought.product.code,
            account_id=bought.account_id,
            license_arn=bought.license_arn,
            customer_identifier=bought.customer_identifier,
            agreement_id="" if bought.product.is_legacy else bought.id,
        )
    )
    told = {"state": "active", "starts_at": bought.starts_at, "ends_at": bought.ends_at}
    Agreement.objects.filter(pk=row.pk).update(tier=tier, **{**told, **facts})
    row = Agreement.objects.get(pk=row.pk)
    granting.follow(row)
    return row
