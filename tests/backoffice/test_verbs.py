"""One confirmation page behind both doors: it says what will happen, and only a POST does it."""

import pytest
from django.test import Client
from django.urls import reverse

from backoffice.bulk_pages import MOST_ROWS
from backoffice.models import AuditEvent, Job
from tenants import accounts
from tenants.models import Tenant
from tests.backoffice import rows
from tests.backoffice.doors import choose, do, do_to_many, list_url, page_url, verb_url

pytestmark = pytest.mark.django_db(transaction=True)


def is_suspended(tenant: Tenant) -> bool:
    return Tenant.objects.get(pk=tenant.pk).is_suspended


def test_the_button_is_on_the_row_s_page_and_leads_to_the_confirmation(staff):
    tenant, client = rows.a_customer(), staff("support")

    page = client.get(page_url(tenant)).content.decode()

    assert f'href="{verb_url(tenant, "reset")}"' in page


def test_without_the_permission_there_is_no_button_and_no_action(staff):
    tenant, client = rows.a_customer(), staff("view_tenant")

    page = client.get(page_url(tenant)).content.decode()
    listed = client.get(list_url(tenant)).content.decode()

    assert "/do/" not in page
    assert 'value="reset"' not in listed


def test_a_button_that_makes_no_sense_now_is_left_out(staff):
    tenant, client = rows.a_customer(), staff("support")

    page = client.get(page_url(tenant)).content.decode()

    assert verb_url(tenant, "suspend") in page
    assert verb_url(tenant, "reinstate") not in page


def test_dangerous_verbs_come_last_and_are_red(staff):
    tenant, client = rows.a_customer(), staff("admin")

    page = client.get(page_url(tenant))

    buttons = [button["verb"] for button in page.context["verb_buttons"]]
    dangers = [verb.is_danger for verb in buttons]
    assert dangers == sorted(dangers)
    assert buttons[-1].name == "close"
    assert page.content.decode().count('class="gh-button gh-danger"') == sum(dangers) > 0


def test_opening_the_confirmation_does_nothing_and_says_what_would_happen(staff):
    tenant, client = rows.a_customer(), staff("support")

    page = client.get(verb_url(tenant, "suspend")).content.decode()

    assert "The next API call is refused already" in page
    assert "Ames Optics" in page
    assert not is_suspended(tenant)


def test_choosing_rows_on_the_list_names_each_and_does_nothing_yet(staff):
    ames, burr = rows.a_customer(), rows.a_customer("Burr Tools", "bob@example.com")
    client = staff("support")

    page = choose(client, "suspend", ames, burr).content.decode()

    assert "Ames Optics" in page
    assert "Burr Tools" in page
    assert "To these 2" in page
    assert not is_suspended(ames)
    assert not is_suspended(burr)


def test_a_post_that_confirms_nothing_shows_the_question_again(staff):
    tenant, client = rows.a_customer(), staff("support")

    answer = client.post(verb_url(tenant, "suspend"), {"reason": "no confirmation"})

    assert answer.status_code == 200
    assert not is_suspended(tenant)


def test_confirming_one_row_does_it_once_with_one_message(staff):
    tenant, client = rows.a_customer(), staff("support")

    page = do(client, "suspend", tenant, reason="Invoice unpaid")

    assert page.count("1 account is suspended.") == 1
    assert is_suspended(tenant)
    event = AuditEvent.objects.get()
    assert (event.actor_name, event.action, event.reason) == ("staff", "suspend", "Invoice unpaid")


def test_confirming_many_rows_does_each_with_one_message(staff):
    ames, burr = rows.a_customer(), rows.a_customer("Burr Tools", "bob@example.com")
    client = staff("support")

    page = do_to_many(client, "suspend", ames, burr)

    assert page.count("2 accounts are suspended.") == 1
    assert is_suspended(ames)
    assert is_suspended(burr)
    assert AuditEvent.objects.count() == 2


def test_a_reason_is_required(staff):
    tenant, client = rows.a_customer(), staff("support")

    answer = client.post(verb_url(tenant, "suspend"), {"confirmed": "yes", "reason": "  "})

    assert answer.status_code == 422
    assert "This field is required" in answer.content.decode()
    assert not is_suspended(tenant)


def test_a_refused_row_is_named_and_does_not_keep_the_others_from_being_done(staff, db):
    ames, burr = rows.a_customer(), rows.a_customer("Burr Tools", "bob@example.com")
    accounts.suspend(ames, accounts.Act(None, "before"))
    client = staff("support")

    page = do_to_many(client, "suspend", ames, burr)

    assert "1 account is suspended." in page
    assert "Ames Optics: This account is suspended already." in page
    assert is_suspended(burr)


def test_the_service_decides_and_not_the_missing_button(staff):
    tenant, client = rows.a_customer(), staff("support")

    page = do(client, "reinstate", tenant)

    assert "Ames Optics: This account is not suspended." in page
    assert "is reinstated." not in page


def test_a_list_leads_back_to_itself_as_it_was_filtered(staff):
    tenant, client = rows.a_customer(), staff("support")
    page = choose(client, "suspend", tenant, query="?status=open")
    form = {"action": "suspend", "_selected_action": [tenant.pk], "confirmed": "yes", "reason": "x"}

    answer = client.post(list_url(tenant), {**form, "filters": page.context["filters"]})

    assert answer["Location"] == list_url(tenant) + "?status=open"


def test_filters_cannot_lead_to_another_site(staff):
    tenant, client = rows.a_customer(), staff("support")
    form = {"action": "suspend", "_selected_action": [tenant.pk], "confirmed": "yes", "reason": "x"}

    answer = client.post(list_url(tenant), {**form, "filters": "//evil.example/"})

    assert answer["Location"].startswith(list_url(tenant) + "?")


def test_more_rows_than_a_verb_takes_that_is_no_job_are_refused(staff):
    tenant, client = rows.a_customer(), staff("support")
    Tenant.objects.bulk_create(Tenant(company=f"Company {n}") for n in range(MOST_ROWS))
    form = {"action": "redeem", "_selected_action": [tenant.pk], "select_across": 1, "index": 0}

    page = client.post(list_url(tenant), form, follow=True).content.decode()

    assert f"Choose {MOST_ROWS} rows at most." in page
    assert not Job.objects.exists()


def test_a_confirmation_without_its_token_is_refused(staff):
    tenant, client = rows.a_customer(), staff("support")
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(client.user)

    answer = careful.post(verb_url(tenant, "suspend"), {"confirmed": "yes", "reason": "forged"})

    assert answer.status_code == 403
    assert not is_suspended(tenant)


def test_an_unknown_verb_or_row_is_not_found(staff):
    tenant, client = rows.a_customer(), staff("support")
    gone = reverse("admin:tenants_tenant_verb", args=("nobody", "suspend"))

    assert client.get(verb_url(tenant, "explode")).status_code == 404
    assert client.get(gone).status_code == 404


def test_a_stranger_is_sent_to_the_sign_in(client, db):
    tenant = rows.a_customer()

    answer = client.post(verb_url(tenant, "suspend"), {"confirmed": "yes", "reason": "x"})

    assert answer["Location"].startswith("/admin/login/")
    assert not is_suspended(tenant)


@pytest.mark.parametrize("verb", ["reset", "change-tier", "close"])
def test_every_question_has_a_label_and_the_page_one_heading(staff, verb):
    tenant, client = rows.a_customer(), staff("admin")

    page = client.get(verb_url(tenant, verb))

    text = page.content.decode()
    fields = [field.id_for_label for field in page.context["form"]]
    assert [field for field in fields if f'<label for="{field}">' not in text] == []
    assert text.count("<h1") == 1
