"""From "Set up your account" to an account, in either order with what AWS tells."""

import uuid

import pytest
from django.db.models import Count
from django.test import Client

from adapters import windows
from adapters.errors import TryLater
from marketplace import registering
from marketplace.errors import AgreementTaken
from marketplace.models import Agreement, Registration
from tenants.access import access_of
from tenants.models import Grant, Member, SignUp, Tenant
from tests import buyers
from tests.buyers import fill_in
from tests.customers import wish

pytestmark = pytest.mark.django_db(transaction=True)


def access():
    from django.utils import timezone

    tenant = Tenant.objects.get()
    return access_of(tenant, tenant.grants.all(), timezone.now())


def test_the_form_says_what_was_bought_and_masks_the_account(arrive):
    page = arrive().landed.content.decode()

    assert "Gatehouse solver, pay as you go" in page
    assert "Pro" in page
    account = Agreement.objects.get().account_id
    assert account not in page
    assert account[-4:] in page


def test_the_plan_of_a_contract_is_decided_when_aws_confirms(arrive, buy):
    assert "decided when AWS confirms" in arrive(buy(buyers.CONTRACT)).landed.content.decode()


def test_a_free_trial_is_said(arrive):
    client = arrive(**{"x-amzn-marketplace-offer-type": "free-trial"})

    assert Registration.objects.get().is_free_trial
    assert "Free trial" in client.landed.content.decode()


def test_subscribe_then_register(arrive, buy, confirm, run_tasks, cloud):
    bought = buy()
    confirm(bought)

    answer = fill_in(arrive(bought))
    run_tasks()

    row = SignUp.objects.get()
    assert answer["Location"] == f"/signup/{row.pk}/"
    assert (access().allowed, access().tier) == (True, "pro")
    assert access().billing_source == f"agreement:{bought.id}"
    assert Tenant.objects.get().is_reconciled
    subjects = {mail["subject"] for mail in cloud.mails("bob@gmail.com")}
    assert subjects == {
        "Choose your password for Gatehouse",
        "Burr Bearings: your subscription has started",
    }


def test_register_then_subscribe(arrive, confirm, run_tasks, cloud):
    client = arrive()
    fill_in(client)
    run_tasks()
    assert (access().allowed, access().reason) == (False, "no_grant")
    assert len(cloud.mails("bob@gmail.com")) == 1

    confirm(client.bought)
    run_tasks()

    assert (access().allowed, access().tier) == (True, "pro")
    assert len(cloud.mails("bob@gmail.com")) == 2


def test_staff_read_that_aws_is_waited_for(arrive, staff, run_tasks):
    fill_in(arrive())
    run_tasks()

    page = staff("support").get(f"/admin/tenants/tenant/{Tenant.objects.get().pk}/change/")

    assert "AWS has not confirmed the subscription yet" in page.content.decode()


def test_the_progress_page_speaks_of_the_subscription_and_not_of_a_code(arrive):
    client = arrive()

    page = client.get(fill_in(client)["Location"]).content.decode()

    assert "AWS has told us of your subscription" in page
    assert "the API opens by itself" in page
    assert "code" not in page.split("<main")[1].split("</main>")[0]


def test_who_buys_again_after_an_end_may_register_before_aws_confirms(arrive, buy, confirm):
    bought = buy(buyers.LEGACY)
    confirm(bought, state="ended", ended_as="unsubscribe-success")
    client = arrive(bought)
    assert "this subscription ended" in client.landed.content.decode()

    fill_in(client)
    assert access().allowed is False
    confirm(bought, state="active", ended_as="")

    assert access().allowed


def test_a_legacy_buyer_registers_too(arrive, buy, confirm):
    bought = buy(buyers.LEGACY)
    fill_in(arrive(bought))

    confirm(bought)

    source = f"{buyers.LEGACY}/{bought.customer_identifier}"
    assert access().billing_source == f"agreement:{source}"


def test_who_never_registers_leaves_no_customer(arrive):
    arrive()

    assert Registration.objects.get().state == "open"
    assert not Tenant.objects.exists()


def test_a_registration_left_is_taken_up_again_with_a_fresh_token(arrive):
    bought = arrive().bought

    answer = fill_in(arrive(bought))

    assert answer.status_code == 302
    assert Registration.objects.get().state == "finished"
    assert Registration.objects.get().sign_up == SignUp.objects.get()


def test_a_reload_and_a_double_click_are_one_account(arrive):
    client = arrive()
    first = fill_in(client)

    second = fill_in(client)
    reloaded = client.get("/marketplace/registration/")

    assert first["Location"] == second["Location"] == reloaded["Location"]
    assert Tenant.objects.count() == 1


def test_who_registers_twice_is_led_to_the_sign_in(arrive):
    client = arrive()
    fill_in(client)

    again = arrive(client.bought).landed.content.decode()

    assert "This subscription has an account" in again
    assert "/account/login/?next=/account/subscription/" in again


def test_a_colleague_with_the_same_subscription_is_told_whom_to_ask(arrive):
    first = arrive()
    colleague = arrive(first.bought)
    fill_in(first)

    answer = fill_in(colleague, email="carol@example.com")

    assert answer.status_code == 409
    assert "b•••@gmail.com" in answer.content.decode()
    assert "bob@gmail.com" not in answer.content.decode()
    assert Tenant.objects.count() == 1


def test_two_agreements_of_one_account_are_two_customers_if_they_want(arrive, buy):
    first = arrive(buy(account_id="111122223333"))
    second = arrive(buy(account_id="111122223333"))

    fill_in(first)
    fill_in(second, email="carol@example.com")

    assert Agreement.objects.values("tenant").distinct().count() == 2


def test_a_known_address_gets_a_mail_that_leads_to_attaching(arrive, make_tenant, run_tasks, cloud):
    make_tenant("bob@gmail.com")
    client = arrive()

    answer = fill_in(client)
    run_tasks()

    page = client.get(answer["Location"]).content.decode()
    assert "Check your mail" in page
    assert "/account/subscription/attach/" in cloud.mails("bob@gmail.com")[0]["text"]
    assert Tenant.objects.count() == 1
    assert Agreement.objects.get().tenant is None


def test_nothing_tells_whether_an_address_is_known(arrive, buy, make_tenant):
    make_tenant("bob@gmail.com")

    pages = []
    for email in ("bob@gmail.com", "dan@gmail.com"):
        client = arrive(buy())
        answer = fill_in(client, email=email)
        page = client.get(answer["Location"]).content.decode()
        key = answer["Location"].split("/")[2]
        pages.append((answer.status_code, page.replace(key, "").replace(key[:8], "")))

    assert pages[0] == pages[1]


def test_an_account_that_was_closed_lets_its_subscription_go(arrive):
    client = arrive()
    fill_in(client)
    Tenant.objects.update(state=Tenant.State.CLOSED)
    Member.objects.update(left_at="2026-01-01T00:00:00Z")

    fill_in(arrive(client.bought))

    assert Agreement.objects.get().tenant == Tenant.objects.latest("created_at")
    assert Tenant.objects.count() == 2


def test_a_form_that_lacks_something_is_shown_again(arrive):
    client = arrive()

    answer = fill_in(client, email="nobody", accept_terms="")

    assert answer.status_code == 422
    assert "Write a whole e-mail address" in answer.content.decode()
    assert not SignUp.objects.exists()


def test_a_busy_cloud_keeps_what_was_typed(arrive, monkeypatch):
    client = arrive()

    def busy(*_, **__):
        raise TryLater("dynamodb")

    with monkeypatch.context() as patch:
        patch.setattr(windows, "count_in_window", busy)
        answer = fill_in(client)
    assert answer.status_code == 503
    assert "Send the form again in a minute" in answer.content.decode()
    assert "Burr Bearings" in answer.content.decode()

    client.landed = answer
    assert fill_in(client).status_code == 302


def test_many_at_once_make_one_customer(arrive, in_threads):
    bought = arrive().bought
    row = Registration.objects.get()

    def register(number):
        try:
            given = wish(email=f"racer-{number % 4}@example.com")
            return registering.register(row, given, form_key=uuid.uuid4()).state
        except AgreementTaken:
            return "taken"

    outcomes = in_threads(16, register)

    assert Tenant.objects.count() == 1
    assert outcomes.count("provisioning") == 1
    assert SignUp.objects.aggregate(made=Count("tenant"))["made"] == 1
    assert Agreement.objects.get(agreement_id=bought.id).tenant == Tenant.objects.get()


def test_one_form_sent_by_many_threads_is_one_sign_up(arrive, in_threads, confirm):
    confirm(arrive().bought)
    row, key = Registration.objects.get(), uuid.uuid4()

    rows = in_threads(16, lambda _: registering.register(row, wish(), form_key=key))

    assert {each.pk for each in rows} == {SignUp.objects.get().pk}
    assert (Tenant.objects.count(), Grant.objects.count()) == (1, 1)


def test_a_signed_in_customer_stays_signed_in(arrive, as_member):
    client = as_member()

    arrive(client=client)

    assert client.get("/account/").status_code == 200
    assert "You are signed in as" in client.landed.content.decode()


def test_the_answer_to_aws_sets_no_cookie(cloud, buy, transactional_db):
    """A new session would take the place of the one that the browser did not send along."""
    answer = buyers.hand_over(cloud.marketplace.set_up_account(buy().id))

    assert (answer.status_code, answer.cookies.output()) == (303, "")


def test_the_token_is_nowhere(cloud, buy, caplog):
    caplog.set_level("DEBUG", logger="marketplace")
    token = cloud.marketplace.set_up_account(buy().id)

    answer = buyers.hand_over(token)

    client = Client()
    landed = client.get(answer["Location"], follow=True)
    rows = [str(vars(row)) for model in (Registration, Agreement) for row in model.objects.all()]
    seen = [str(answer.headers), str(client.cookies), landed.content.decode(), caplog.text, *rows]
    seen += [str(dict(client.session))]
    assert not [text for text in seen if token in text or token[:20] in text]
