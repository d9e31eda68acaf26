"""A person is erased from the audit trail: the lines stay, and say of whom no more."""

import json

import pytest

from backoffice import audit, audit_erasure
from backoffice.audit import Act, Thing
from backoffice.models import AuditEvent

pytestmark = pytest.mark.django_db(transaction=True)

NORA = ("nora@northwind.example", "Nora Nørth", "5f0c-sub")
SUBJECT = "nora@northwind.example"


@pytest.fixture
def trail(db):
    staff = Act(None, "Asked by NORA@northwind.example, for Nora Nørth", name="anna")
    own = Act(None, name="nora@northwind.example")
    nora = Thing("tenants.Member", "17", "Nora Nørth <nora@northwind.example>")
    other = Thing("tenants.Member", "18", "eleonora@northwind.example")
    facts = {"email": "nora@northwind.example", "people": ["Nora Nørth", "Bob"], "role": "owner"}
    return [
        audit.record_outside(staff, "change role", nora, before={}, after=facts),
        audit.record_outside(own, "sign in", Thing("Login", "5f0c-sub", "login")),
        audit.record_outside(Act(None, name="bob"), "invite", other),
    ]


def erase() -> int:
    return audit_erasure.pseudonymise(NORA, subject=SUBJECT)


def everything() -> str:
    return json.dumps(list(AuditEvent.objects.values()), default=str, ensure_ascii=False).casefold()


def test_nothing_in_the_trail_names_the_person_any_more(trail):
    assert erase() == 2

    text = everything().replace("eleonora@northwind.example", "")
    assert [word for word in NORA if word.casefold() in text] == []


def test_the_other_facts_of_a_line_stay(trail):
    erase()

    line = AuditEvent.objects.get(pk=trail[0].pk)
    pseudonym = audit_erasure.pseudonym_of(SUBJECT)
    assert (line.actor_name, line.action, line.at) == ("anna", "change role", trail[0].at)
    assert line.after == {"email": pseudonym, "people": [pseudonym, "Bob"], "role": "owner"}
    assert line.reason == f"Asked by {pseudonym}, for {pseudonym}"
    assert line.erased_at


def test_lines_about_one_person_still_belong_together(trail):
    erase()

    first, second, _ = AuditEvent.objects.order_by("pk")
    assert first.target_name == second.actor_name == second.target_id
    assert audit_erasure.pseudonym_of(" Nora@Northwind.example") == first.target_name


def test_somebody_whose_address_only_contains_theirs_is_left_alone(trail):
    erase()

    line = AuditEvent.objects.get(pk=trail[2].pk)
    assert (line.target_name, line.erased_at) == ("eleonora@northwind.example", None)


def test_erasing_twice_changes_nothing_the_second_time(trail):
    erase()

    assert erase() == 0


def test_more_lines_than_fit_one_transaction_are_all_found(trail, monkeypatch):
    monkeypatch.setattr(audit_erasure, "AT_ONCE", 1)

    assert erase() == 2


def test_a_word_too_short_to_mean_anybody_is_not_looked_for(trail):
    assert audit_erasure.pseudonymise(["no", " "], subject=SUBJECT) == 0
