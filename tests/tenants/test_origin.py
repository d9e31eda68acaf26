"""Where a visitor came from is kept with the sign-up, whatever happens on the way."""

import re

import pytest

from campaigns.links import LONGEST, UTM
from tenants.models import SignUp
from tests.backoffice.doors import list_url, page_url
from tests.customers import sign_up

pytestmark = pytest.mark.django_db(transaction=True)

LINK = (
    "/signup/?utm_source=newsletter&utm_medium=mail&utm_campaign=autumn"
    "&utm_term=api&utm_content=top"
)


def hidden_fields(answer) -> dict[str, str]:
    """Return what the page's form sends along without showing it."""
    inputs = re.findall(r'<input type="hidden"[^>]*>', answer.content.decode())
    named = (dict(re.findall(r'(name|value)="([^"]*)"', each)) for each in inputs)
    return {each["name"]: each.get("value", "") for each in named}


def send(client, page, code: str, email: str = "alice@example.com"):
    """Fill the form in and send it as a browser does, hidden fields included."""
    typed = {"email": email, "full_name": "Alice Ames", "company": "Ames Optics", "code": code}
    return client.post("/signup/", {**hidden_fields(page), **typed, "accept_terms": "on"})


def test_what_the_link_says_is_kept_with_the_sign_up(client, make_code):
    send(client, client.get(LINK), make_code())

    row = SignUp.objects.get()
    assert [getattr(row, name) for name in UTM] == ["newsletter", "mail", "autumn", "api", "top"]


def test_a_form_that_came_back_with_an_error_still_knows(client, make_code):
    refused = send(client, client.get(LINK), "NEVERMADE")
    assert refused.status_code == 422

    send(client, refused, make_code())

    assert SignUp.objects.exclude(state="refused").get().utm_source == "newsletter"


def test_a_form_that_was_only_half_filled_in_still_knows(client, make_code):
    half = send(client, client.get(LINK), "", email="not an address")
    assert half.status_code == 422

    send(client, half, make_code())

    assert SignUp.objects.get().utm_source == "newsletter"


def test_a_visitor_without_a_campaign_link_signs_up_all_the_same(client, make_code):
    answer = send(client, client.get("/signup/"), make_code())

    assert answer.status_code == 302
    assert SignUp.objects.get().utm_source == ""


def test_nonsense_in_a_link_is_cut_and_never_an_error(client, make_code):
    page = client.get("/signup/", {"utm_source": "x\x00\x1b" + "y" * 500, "utm_medium": "<b>"})

    answer = send(client, page, make_code())

    row = SignUp.objects.get()
    assert answer.status_code == 302
    assert row.utm_source == "x" + "y" * (LONGEST - 1)
    assert "<b>" not in page.content.decode()


def test_a_hidden_field_that_was_tampered_with_is_cut_too(client, make_code):
    page = client.get("/signup/")
    form = {**hidden_fields(page), "utm_source": "z\0" * 300}
    typed = {"email": "alice@example.com", "full_name": "A", "company": "B", "code": make_code()}

    answer = client.post("/signup/", {**form, **typed, "accept_terms": "on"})

    assert answer.status_code == 302
    assert SignUp.objects.get().utm_source == "z" * LONGEST


def test_staff_see_where_a_sign_up_came_from(staff, client, make_code):
    send(client, client.get(LINK), make_code())
    row = SignUp.objects.get()

    page = staff("support").get(page_url(row)).content.decode()

    assert "Source (utm_source)" in page
    assert "newsletter" in page


def test_the_list_shows_the_sign_ups_of_one_source(staff, client, make_code):
    send(client, client.get(LINK), make_code())
    sign_up(code=make_code(), email="bob@example.com")

    page = staff("support").get(list_url(SignUp()), {"utm_source": "newsletter"})

    assert [row.email for row in page.context["cl"].result_list] == ["alice@example.com"]
