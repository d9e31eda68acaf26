"""The audit trail: who did what, written once."""

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction

from backoffice import audit
from backoffice.audit import SYSTEM, Act
from backoffice.models import AppendOnly, AuditEvent, Job
from backoffice.request_ids import current_request_id

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def row():
    return Job.objects.create(kind="paint", title="Gate")


@pytest.fixture
def alice():
    return User.objects.create_user("alice")


def test_a_line_says_who_did_what_to_which_row_and_why(row, alice):
    event = audit.record(
        Act(alice, "shabby"), "paint", row, before={"colour": "red"}, after={"colour": "green"}
    )

    event.refresh_from_db()
    assert (event.actor, event.actor_name, event.action) == (alice, "alice", "paint")
    assert (event.target_type, event.target_id) == ("backoffice.Job", str(row.pk))
    assert (event.target_name, event.reason) == ("Gate", "shabby")
    assert (event.before, event.after) == ({"colour": "red"}, {"colour": "green"})


def test_what_the_product_does_by_itself_is_signed_gatehouse(row):
    event = audit.record(SYSTEM, "paint", row)

    assert (event.actor, event.actor_name) == (None, "gatehouse")


def test_nobody_in_particular_is_no_author():
    assert Act.of(AnonymousUser(), "why") == Act(None, "why")


def test_a_member_of_staff_is_the_author(alice):
    assert Act.of(alice) == Act(alice)


def test_a_line_carries_the_id_of_the_request(row):
    token = current_request_id.set("request-7")

    event = audit.record(SYSTEM, "paint", row)

    current_request_id.reset(token)
    assert event.request_id == "request-7"


def test_long_words_fit_the_row(alice):
    row = Job.objects.create(kind="paint", title="t" * 200)

    event = audit.record(Act(alice, "r" * 900), "paint", row)

    event.refresh_from_db()
    assert (len(event.reason), len(event.target_name)) == (500, 200)


def test_a_line_is_never_changed(row):
    event = audit.record(SYSTEM, "paint", row)
    event.actor_name = "mallory"

    with pytest.raises(AppendOnly):
        event.save()

    assert AuditEvent.objects.get().actor_name == "gatehouse"


def test_a_line_is_never_deleted(row):
    event = audit.record(SYSTEM, "paint", row)

    with pytest.raises(AppendOnly):
        event.delete()

    assert AuditEvent.objects.count() == 1


def test_the_line_outlives_its_author(row, alice):
    audit.record(Act(alice), "paint", row)

    alice.delete()

    event = AuditEvent.objects.get()
    assert (event.actor, event.actor_name) == (None, "alice")


def test_the_line_outlives_its_row(row):
    audit.record(SYSTEM, "paint", row)

    row.delete()

    assert AuditEvent.objects.get().target_name == "Gate"


def test_a_change_that_is_rolled_back_leaves_no_line(row):
    def change_and_fail():
        with transaction.atomic():
            audit.record(SYSTEM, "paint", row)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        change_and_fail()

    assert AuditEvent.objects.count() == 0


def test_rows_cannot_be_changed_or_deleted_in_bulk_either(db):
    with pytest.raises(AppendOnly):
        AuditEvent.objects.update(reason="another")
    with pytest.raises(AppendOnly):
        AuditEvent.objects.all().delete()
