"""A customer who has an account and ties a subscription to it."""

from re import search
from urllib.parse import unquote, urlsplit

import pytest

from backoffice.audit import SYSTEM
from backoffice.models import AuditEvent
from marketplace import registering
from marketplace.errors import OwnersOnly
from marketplace.models import Agreement, Registration
from marketplace.registration_links import SIGNING_IN, sign
from tenants import accounts
from tenants.access import access_of
from tenants.models import Tenant
from tests import people
from tests.buyers import fill_in

pytestmark = pytest.mark.django_db(transaction=True)


def link_to_attach(page):
    """The link of the form, as it stands behind the sign-in or in a button."""
    found = search(r'href="(?:/account/login/\?next=)?([^"]*(?:/|%2F)attach(?:/|%2F)[^"]*)"', page)
    assert found, page
    return unquote(found.group(1))


@pytest.fixture
def attach(arrive):
    """Come from AWS and press the button; return the last page."""

    def run(client, bought=None):
        arrive(bought, client=client)
        client.asked = client.get(link_to_attach(client.landed.content.decode()), follow=True)
        return client.post("/account/subscription/attach/", follow=True)

    return run


def access(tenant):
    from django.utils import timezone

    return access_of(tenant, tenant.grants.all(), timezone.now())


def test_a_promo_customer_who_subscribes_later_pays_by_the_agreement(
    as_member, attach, buy, confirm, run_tasks
):
    client = as_member()
    tenant = Tenant.objects.get()
    assert access(tenant).tier == "starter"
    bought = buy()
    confirm(bought)

    page = attach(client, bought)
    run_tasks()

    assert "It becomes part of the account of" in client.asked.content.decode()
    assert "The subscription is part of this account now." in page.content.decode()
    assert (access(tenant).tier, access(tenant).billing_source) == ("pro", f"agreement:{bought.id}")
    assert Registration.objects.get().attached_by == client.member
    assert AuditEvent.objects.get(action="attach subscription").actor_name == client.member.email


def test_signing_in_from_the_form_leads_back_to_it(arrive, make_tenant):
    people.choose_password(make_tenant("alice@example.com").members.get())
    client = arrive()

    link = link_to_attach(client.landed.content.decode())
    answer = people.sign_in(client, "alice@example.com", next=link)

    assert answer["Location"] == link
    assert "Attach it" in client.get(link, follow=True).content.decode()


def test_the_mail_to_a_known_address_leads_there_too(arrive, as_member, run_tasks, cloud):
    client = as_member()
    fill_in(arrive(), email=client.member.email)
    run_tasks()
    mail = cloud.mails(client.member.email)[0]["text"]
    link = next(line for line in mail.splitlines() if "/attach/" in line)

    client.get(urlsplit(link).path)
    client.post("/account/subscription/attach/")

    assert Agreement.objects.get().tenant == client.member.tenant


def test_several_agreements_are_tied_to_one_account(as_member, attach, buy, confirm):
    client = as_member()
    for _ in range(3):
        bought = buy(account_id="111122223333")
        confirm(bought)
        attach(client, bought)

    tenant = Tenant.objects.get()
    assert tenant.grants.exclude(agreement="").count() == 3
    assert client.get("/account/subscription/").content.decode().count("agmt-") == 3


def test_attaching_twice_is_once(as_member, attach, buy):
    client, bought = as_member(), buy()
    attach(client, bought)

    client.get(f"/account/subscription/attach/{sign(Registration.objects.get(), SIGNING_IN)}/")
    again = client.post("/account/subscription/attach/", follow=True)

    assert again.status_code == 200
    assert AuditEvent.objects.filter(action="attach subscription").count() == 1


@pytest.mark.parametrize("role", ["developer", "billing", "read-only"])
def test_only_an_owner_attaches_and_others_are_told_whom_to_ask(as_member, attach, role):
    page = attach(as_member(role))

    assert page.status_code == 403
    assert "alice@example.com" in page.content.decode()
    assert Agreement.objects.get().tenant is None


def test_the_service_takes_it_from_owners_alone(arrive, as_member):
    arrive()

    with pytest.raises(OwnersOnly):
        registering.attach(Registration.objects.get(), as_member("developer").member, SYSTEM)

    assert Agreement.objects.get().tenant is None


def test_an_agreement_of_another_account_is_not_taken_away(arrive, as_member):
    client = arrive(client=as_member())
    link = link_to_attach(client.landed.content.decode())
    fill_in(arrive(client.bought))

    client.get(link)
    answer = client.post("/account/subscription/attach/")

    assert answer.status_code == 409
    assert Agreement.objects.get().tenant != client.member.tenant


def test_a_suspended_customer_comes_to_the_sign_in(arrive, as_member):
    client = arrive(client=as_member())
    link = link_to_attach(client.landed.content.decode())
    accounts.suspend(client.member.tenant, SYSTEM)

    assert "/account/login/" in client.get(link)["Location"]
    assert Agreement.objects.get().tenant is None


def test_without_a_registration_there_is_nothing_to_attach(as_member):
    client = as_member()

    answers = [
        client.get("/account/subscription/attach/"),
        client.post("/account/subscription/attach/"),
        client.get("/account/subscription/attach/forged:a:b/", follow=True),
    ]

    assert [answer.status_code for answer in answers] == [410, 410, 410]
    assert "Set up your account" in answers[0].content.decode()
