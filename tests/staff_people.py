"""Members of staff as they sign in: with a password, and with an app that shows codes."""

import base64
import re
import time
from typing import Any

from django.contrib.auth.models import User
from django.test import Client

from backoffice.sign_in import totp

PASSWORD = "Correct-horse-battery-1"


def make_staff(name: str = "anna", **fields: Any) -> User:
    return User.objects.create_user(
        name, f"{name}@gatehouse.example", PASSWORD, is_staff=True, **fields
    )


def give_password(
    name: str = "anna", password: str = PASSWORD, *, address: str = "203.0.113.7", to: str = ""
) -> Client:
    """Return a browser in which the first step is done; `client.answer` is what came of it."""
    client: Any = Client(REMOTE_ADDR=address)
    form = {"username": name, "password": password, "next": to}
    client.answer = client.post("/admin/login/", form)
    return client  # type: ignore[no-any-return]


def secret_in(page: str) -> bytes:
    """Read the page as an app's owner does who types the key."""
    found = re.search(r'data-testid="totp-key">([A-Z2-7 ]+)<', page)
    assert found, page
    return base64.b32decode(found[1].replace(" ", ""))


def code_of(secret: bytes, steps: int = 0) -> str:
    return totp.code_at(secret, totp.step_at(time.time()) + steps)


def set_up_app(name: str = "anna") -> tuple[Client, bytes, list[str]]:
    """Return a browser that is signed in by a new app, the app's secret, and recovery codes."""
    client = give_password(name)
    secret = secret_in(client.get("/admin/login/set-up/").content.decode())
    page = client.post("/admin/login/set-up/", {"code": code_of(secret, -1)}).content.decode()
    codes = re.findall(r"<li><code>([a-z0-9]{5}-[a-z0-9]{5})</code>", page)
    return client, secret, codes


def give_code(client: Client, code: str) -> Any:
    return client.post("/admin/login/code/", {"code": code})


def is_in(client: Client) -> bool:
    return client.get("/admin/").status_code == 200
