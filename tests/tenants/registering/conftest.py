"""Somebody who registers by themselves: the form, the code in the mail, the page for it."""

import re
import uuid
from typing import Any

import pytest
from django.conf import settings

from adapters import user_pool
from tenants.models import SignUp

EMAIL = "nina@newcomer.example"


@pytest.fixture
def form():
    """What the form sends, each time anew unless it is changed."""

    def form(**fields):
        given = {
            "email": EMAIL,
            "full_name": "Nina New",
            "company": "Newcomer",
            "accept_terms": "on",
            "form_key": str(uuid.uuid4()),
        }
        return {**given, **fields}

    return form


@pytest.fixture
def register(client, form):
    """Send the form; return the row of it."""

    def register(**fields):
        answer = client.post("/register/", form(**fields))
        assert answer.status_code == 302, answer.content.decode()
        return SignUp.objects.get(pk=answer.url.split("/")[-2])

    return register


@pytest.fixture
def code_of(cloud):
    """The newest code in a mailbox."""
    return lambda email=EMAIL: re.search(r"\d{6}", cloud.mails(email)[0]["text"])[0]


@pytest.fixture
def type_code(client):
    return lambda row, code: client.post(f"/register/{row.pk}/", {"code": code})


def other_than(code):
    return f"{(int(code) + 1) % 1_000_000:06d}"


def user() -> Any:
    """Nina as Cognito knows her."""
    return user_pool.find_user(settings.USER_POOL_ID, EMAIL)
