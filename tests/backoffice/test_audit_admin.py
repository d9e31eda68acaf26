"""The audit trail is read and never changed, whoever asks."""

import pytest
from django.urls import reverse

from backoffice import audit
from backoffice.audit import Act
from tests.backoffice import rows
from tests.backoffice.doors import list_url, page_url

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def event():
    act = Act(None, "Invoice unpaid")
    return audit.record(act, "suspend", rows.a_customer(), before={"state": "active"})


def test_an_auditor_reads_who_what_before_and_why(staff, event):
    page = staff("auditor").get(page_url(event)).content.decode()

    for fact in ("gatehouse", "suspend", "active", "Invoice unpaid", event.target_id):
        assert fact in page


def test_support_does_not_read_the_trail(staff, event):
    assert staff("support").get(page_url(event)).status_code == 403


def test_a_superuser_cannot_change_an_event(superuser, event):
    answer = superuser.post(page_url(event), {"reason": "never mind"})

    event.refresh_from_db()
    assert answer.status_code == 403
    assert event.reason == "Invoice unpaid"


def test_a_superuser_cannot_delete_or_add_an_event(superuser, event):
    delete = reverse("admin:backoffice_auditevent_delete", args=(event.pk,))

    assert superuser.post(delete, {"post": "yes"}).status_code == 403
    assert superuser.get(reverse("admin:backoffice_auditevent_add")).status_code == 403


@pytest.mark.parametrize(("term", "found"), [("suspend", 1), ("susp", 0), ("", 2)])
def test_the_trail_is_searched_by_exact_words(staff, event, term, found):
    audit.record(Act(None), "reset account", rows.a_customer("Burr", "bob@example.com"))

    page = staff("auditor").get(list_url(event) + f"?q={term}")

    assert page.context["cl"].result_count == found


def test_the_trail_of_one_customer_is_found_by_its_id(staff, event):
    audit.record(Act(None), "reset account", rows.a_customer("Burr", "bob@example.com"))

    page = staff("auditor").get(list_url(event) + f"?q={event.target_id}")

    assert [row.pk for row in page.context["cl"].result_list] == [event.pk]
