"""From a form without a code to everything that follows: account, mail, claims and newsletter."""

import re
import uuid

import pytest

from adapters import domains
from adapters.domains import DomainItem
from tenants.models import Member, SignUp
from tests import people

pytestmark = pytest.mark.django_db(transaction=True)

EMAIL = "nina@newcomer.example"


@pytest.fixture
def come_in(client, cloud, run_tasks):
    """Register, and type the code."""

    def come_in(**fields):
        form = {"email": EMAIL, "full_name": "Nina New", "company": "Newcomer"}
        form |= {"accept_terms": "on", "form_key": str(uuid.uuid4()), **fields}
        page = client.post("/register/", form).url
        code = re.search(r"\d{6}", cloud.mails(EMAIL)[0]["text"])[0]
        client.post(page, {"code": code})
        run_tasks()
        return Member.objects.get(email=EMAIL)

    return come_in


def test_who_wants_news_gets_it_and_everything_else(kit, make_connection, come_in, cloud, client):
    make_connection("kit")

    member = come_in(marketing_opt_in="on")

    assert kit.people[EMAIL].state == "active"
    assert cloud.mails(EMAIL)[0]["subject"] == "Choose your password for Gatehouse"
    people.choose_password(member)
    assert people.sign_in(client, EMAIL).status_code == 302


def test_who_did_not_ask_for_news_gets_none(kit, make_connection, come_in):
    make_connection("kit")

    come_in()

    assert EMAIL not in kit.people


def test_a_platform_that_is_down_keeps_nobody_out(kit, make_connection, come_in):
    make_connection("kit")
    kit.fail(500, times=50)

    come_in(marketing_opt_in="on")

    assert SignUp.objects.get().tenant.is_reconciled
    assert EMAIL not in kit.people


def test_a_colleague_who_joins_by_domain_is_asked_for_too(
    kit, make_connection, make_tenant, come_in
):
    tenant = make_tenant()
    make_connection("kit", [SignUp.objects.get().campaign])
    domains.write_domain(DomainItem("newcomer.example", tenant.pk, "developer"))

    come_in(marketing_opt_in="on")

    assert kit.people[EMAIL].state == "active"
