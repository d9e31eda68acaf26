"""Staff on a host name of their own: each host answers its own pages, and trusts itself alone."""

import re

import pytest
from django.test import Client

from tests.house.test_stages import production  # noqa: F401 - a fixture
from tests.portal.loaded_settings import told

pytestmark = pytest.mark.django_db(transaction=True)

PORTAL, STAFF = "portal.example", "staff.example"
PUBLIC_PAGES = ("/signup/", "/account/login/", "/marketplace/register/", "/docs/api/")


@pytest.fixture
def two_hosts(settings):
    settings.STAFF_HOST = STAFF
    settings.STAFF_URL, settings.PORTAL_URL = f"https://{STAFF}", f"https://{PORTAL}"
    settings.ALLOWED_HOSTS = [PORTAL, STAFF]
    settings.CSRF_TRUSTED_ORIGINS = []


def status(path, host):
    return Client().get(path, headers={"host": host}).status_code


@pytest.mark.parametrize("path", ["/admin", "/admin/", "/admin/login/", "/admin/costs/"])
def test_the_portals_host_has_no_backoffice(two_hosts, path):
    assert status(path, PORTAL) == 404


@pytest.mark.parametrize("path", PUBLIC_PAGES)
def test_the_staffs_host_has_nothing_for_strangers(two_hosts, path):
    assert status(path, PORTAL) != 404
    assert status(path, STAFF) == 404


@pytest.mark.parametrize("path", ["/signup", "/nowhere", "/administration/"])
def test_the_staffs_host_does_not_lead_to_where_a_page_may_be(two_hosts, path):
    assert status(path, STAFF) == 404


def test_staff_sign_in_on_their_host(two_hosts):
    assert status("/admin/login/", STAFF) == 200
    assert status("/admin/login/", f"{STAFF.upper()}:8443") == 200


def test_the_bare_host_of_staff_leads_into_the_backoffice(two_hosts):
    answer = Client().get("/", headers={"host": STAFF})

    assert (answer.status_code, answer["Location"]) == (302, "/admin/")


@pytest.mark.parametrize("host", [PORTAL, STAFF])
def test_health_is_told_on_both(two_hosts, host):
    assert status("/healthz", host) == 200


def test_what_is_refused_is_a_page_with_its_policy_and_the_request_id(two_hosts):
    answer = Client().get("/admin/", headers={"host": PORTAL})

    assert answer["X-Request-Id"] in answer.content.decode()
    assert "unsafe-eval" not in answer.content.decode()
    assert "default-src 'none'" in answer["Content-Security-Policy"]


def test_a_host_of_strangers_is_refused_by_either_rule(two_hosts):
    assert status("/admin/", "elsewhere.example") == 400
    assert status("/", "elsewhere.example") == 400


def test_the_backoffice_leads_to_the_portals_own_host(two_hosts):
    page = Client().get("/admin/login/", headers={"host": STAFF}).content.decode()

    assert f'href="https://{PORTAL}/"' in page


def post_sign_in(*, origin):
    client = Client(enforce_csrf_checks=True)
    headers = {"host": STAFF, "origin": origin}
    page = client.get("/admin/login/", headers=headers, secure=True).content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
    form = {"csrfmiddlewaretoken": token, "username": "nobody", "password": "wrong"}
    return client.post("/admin/login/", form, headers=headers, secure=True).status_code


def test_a_form_of_the_portals_host_is_not_taken_on_the_staffs(two_hosts):
    assert post_sign_in(origin=f"https://{PORTAL}") == 403
    assert post_sign_in(origin=f"https://{STAFF}") == 200


def test_one_host_has_everything_by_default(client, settings):
    assert settings.STAFF_HOST == ""
    assert settings.STAFF_URL == settings.PORTAL_URL
    assert client.get("/admin/login/").status_code == 200
    assert client.get("/").status_code == 200


SHOWN = """
from portal import settings as s
print(s.STAFF_HOST, s.STAFF_URL, s.ALLOWED_HOSTS, s.CSRF_TRUSTED_ORIGINS, sep="|")
"""


def loaded(environment, **settings):
    """Return what the settings of a stage come to, loaded as the stage does."""
    return told(SHOWN, environment, **settings).strip().split("|")


def test_a_stage_with_a_host_for_staff_answers_to_it_and_trusts_no_other_origin(production):  # noqa: F811
    assert loaded(production, STAFF_URL="https://staff.example/") == [
        "staff.example",
        "https://staff.example",
        "['portal.example', 'staff.example']",
        "[]",
    ]


def test_a_stage_without_one_has_all_at_its_portal(production):  # noqa: F811
    assert loaded(production) == [
        "",
        "https://portal.example",
        "['portal.example']",
        "['https://portal.example']",
    ]
