"""Many rows of a list: the same confirmation, then a job instead of the request."""

import pytest

from backoffice.bulk_pages import AT_ONCE
from backoffice.models import AuditEvent, Job, JobRow
from tenants.models import Tenant
from tests.backoffice.bulk.conftest import FEW_MORE
from tests.backoffice.doors import choose, do_to_many, list_url, page_url

pytestmark = pytest.mark.django_db(transaction=True)


def suspended() -> int:
    return Tenant.objects.exclude(suspended_at=None).count()


def test_as_many_as_before_are_done_within_the_request(staff, make_customers):
    customers = make_customers(AT_ONCE)

    page = do_to_many(staff("support"), "suspend", *customers)

    assert f"{AT_ONCE} accounts are suspended." in page
    assert not Job.objects.exists()


def test_more_are_a_job_and_nothing_is_done_in_the_request(staff, make_customers, confirm_all):
    [first, *_others] = make_customers()

    answer = confirm_all(staff("support"), "suspend", first)

    job = Job.objects.get()
    assert answer["Location"] == page_url(job)
    assert job.title == f"Suspend: {FEW_MORE} customers"
    assert (job.rows.count(), suspended()) == (FEW_MORE, 0)
    assert AuditEvent.objects.get().reason == "Invoices unpaid"


def test_the_confirmation_says_how_many_and_names_the_first(staff, make_customers):
    customers = make_customers()

    answer = choose(staff("support"), "suspend", *customers)

    page = answer.content.decode()
    assert f"To these {FEW_MORE}, by a job" in page
    assert f"and {FEW_MORE - AT_ONCE} more" in page
    assert "The next API call is refused already" in page
    assert (suspended(), Job.objects.count()) == (0, 0)


def test_ticked_rows_are_all_meant_and_not_only_those_that_are_named(staff, make_customers):
    customers, client = make_customers(), staff("support")
    asked = choose(client, "suspend", *customers)
    form = {"confirmed": "yes", "reason": "x", "action": "suspend", "expected": FEW_MORE}

    client.post(list_url(customers[0]), {**form, "_selected_action": asked.context["keys"]})

    assert set(JobRow.objects.values_list("key", flat=True)) == {each.pk for each in customers}


def test_who_ticked_a_few_is_offered_all_of_the_list(staff, make_customers):
    customers, client = make_customers(60), staff("support")

    page = choose(client, "suspend", *customers[:3]).content.decode()
    all_of_them = client.post(
        list_url(customers[0]),
        {"action": "suspend", "select_across": "1", "_selected_action": [customers[0].pk]},
    ).content.decode()

    assert "Choose all 60 of the list" in page
    assert "To these 60, by a job" in all_of_them


def test_all_of_a_filtered_list_are_those_that_match(staff, make_customers, confirm_all):
    customers = make_customers(60)
    Tenant.objects.filter(pk__in=[each.pk for each in customers[:25]]).update(stuck=True)

    confirm_all(staff("support"), "reconcile", customers[0], query="?status=stuck")

    assert set(JobRow.objects.values_list("key", flat=True)) == {each.pk for each in customers[:25]}


def test_a_list_that_grew_meanwhile_is_shown_once_more(staff, make_customers, confirm_all):
    [first, *_others], client = make_customers(), staff("support")

    answer = confirm_all(client, "suspend", first, expected=FEW_MORE - 1)

    assert "The list has changed since you saw it" in answer.content.decode()
    assert not Job.objects.exists()


def test_pressing_twice_is_one_job(staff, make_customers, confirm_all, run_tasks):
    [first, *_others], client = make_customers(), staff("support")
    once = confirm_all(client, "suspend", first, ticket="a" * 32)
    run_tasks()

    twice = confirm_all(client, "suspend", first, ticket="a" * 32)

    assert once["Location"] == twice["Location"]
    assert Job.objects.count() == 1
    assert AuditEvent.objects.filter(action="suspend").count() == FEW_MORE


def test_pressing_twice_at_the_same_moment_is_one_job(
    staff, make_customers, confirm_all, monkeypatch
):
    [first, *_others], client = make_customers(), staff("support")
    confirm_all(client, "suspend", first, ticket="a" * 32)
    seen = iter([None])
    from backoffice import bulk_jobs
    from backoffice.bulk_pages import Choice

    look = bulk_jobs._with_ticket
    monkeypatch.setattr(Choice, "begun", lambda *_: None)
    monkeypatch.setattr(bulk_jobs, "_with_ticket", lambda *wanted: next(seen, look(*wanted)))

    answer = confirm_all(client, "suspend", first, ticket="a" * 32)

    assert answer["Location"] == page_url(Job.objects.get())


def test_a_colleague_s_ticket_starts_a_job_of_one_s_own(staff, make_customers, confirm_all):
    [first, *_others] = make_customers()
    confirm_all(staff("support"), "suspend", first, ticket="a" * 32)

    confirm_all(staff("admin", username="anna"), "suspend", first, ticket="a" * 32)

    assert Job.objects.count() == 2


def test_more_than_a_job_may_hold_are_refused_and_the_page_says_what_to_do(
    staff, make_customers, monkeypatch
):
    [first, *_others] = make_customers()
    monkeypatch.setattr("backoffice.bulk_pages.CAP", FEW_MORE - 1)

    page = staff("support").post(
        list_url(first),
        {"action": "suspend", "select_across": "1", "_selected_action": [first.pk]},
        follow=True,
    )

    assert "filter the list first." in page.content.decode()
    assert not Job.objects.exists()


def test_a_reason_is_asked_for_and_nothing_begins_without(staff, make_customers, confirm_all):
    [first, *_others] = make_customers()

    answer = confirm_all(staff("support"), "suspend", first, reason=" ")

    assert answer.status_code == 422
    assert not Job.objects.exists()


@pytest.mark.parametrize("role", ["auditor", "marketing"])
def test_without_the_right_no_job_begins(staff, make_customers, role):
    [first, *_others], client = make_customers(), staff(role)
    form = {"action": "suspend", "select_across": "1", "confirmed": "yes", "reason": "x"}
    form |= {"_selected_action": [first.pk]}

    answer = client.post(list_url(first), {**form, "expected": FEW_MORE})

    assert answer.status_code == 403
    assert not Job.objects.exists()
