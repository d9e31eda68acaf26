"""Customers for tests, signed up through the real service."""

import uuid
from typing import Any

from tenants import signups
from tenants.models import SignUp
from tenants.signups import Wish


def wish(**fields: Any) -> Wish:
    values = {
        "email": "alice@example.com",
        "full_name": "Alice Ames",
        "company": "Ames Optics",
        "code": "",
        "marketing_opt_in": False,
    }
    return Wish(**{**values, **fields})


def sign_up(form_key: uuid.UUID | None = None, **fields: Any) -> SignUp:
    return signups.sign_up(wish(**fields), form_key=form_key or uuid.uuid4())
