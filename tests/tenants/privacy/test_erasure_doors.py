"""The doors to an erasure: the verb with its typed confirmation, and the command."""

import pytest
from django.core.management import CommandError, call_command

from backoffice.audit import SYSTEM
from backoffice.models import AuditEvent, Job
from tenants import people
from tenants.models import Member
from tenants.privacy import erasing
from tests.backoffice.doors import do, do_to_many, verb_url
from tests.people import add_member

pytestmark = pytest.mark.django_db(transaction=True)

ALICE = "alice@example.com"


@pytest.fixture
def alice(make_tenant):
    return make_tenant(ALICE).members.get()


def test_the_confirmation_says_what_becomes_of_the_account_and_what_is_kept(staff, alice):
    page = staff("admin").get(verb_url(alice, "erase-person")).content.decode()

    assert "They are alone in Ames Optics: the account is closed" in page
    assert "Kept: The billing ledger" in page
    assert "Kept: That no mail may be sent to the address" in page


def test_the_last_owner_among_others_is_told_so_and_refused(staff, alice):
    people.invite(alice.tenant, SYSTEM, email="bob@example.com", full_name="Bob", role="developer")
    client = staff("admin")

    page = client.get(verb_url(alice, "erase-person")).content.decode()
    answer = do(client, "erase-person", alice, typed=ALICE)

    assert "They are the last owner of Ames Optics" in page
    assert "They are the last owner of Ames Optics" in answer
    assert not Job.objects.filter(kind=erasing.KIND).exists()


def test_the_address_has_to_be_typed(staff, alice):
    client = staff("admin")

    page = do(client, "erase-person", alice, typed="bob@example.com")

    assert "This is not the address." in page
    assert not Job.objects.filter(kind=erasing.KIND).exists()


def test_one_person_at_a_time(staff, alice, run_tasks):
    bob = add_member(alice.tenant, "developer", "bob@example.com")

    page = do_to_many(staff("admin"), "erase-person", alice, bob, typed=ALICE)

    assert "One person at a time" in page
    assert not Job.objects.filter(kind=erasing.KIND).exists()


def test_it_leads_to_the_job_and_the_trail_says_why(staff, alice, run_tasks):
    page = do(staff("admin"), "erase-person", alice, typed=" Alice@Example.com ", reason="Letter 7")

    assert "1 person is being erased." in page
    assert "Erasing a person" in page
    event = AuditEvent.objects.get(action="erase person")
    assert (event.reason, event.target_name.endswith("@erased.invalid")) == ("Letter 7", True)


def test_who_was_erased_has_no_button_for_it(staff, alice, run_tasks):
    erasing.erase_person(ALICE, SYSTEM)
    run_tasks()

    page = staff("admin").get(f"/admin/tenants/member/{alice.pk}/change/").content.decode()

    assert "Erased person" in page
    assert "erase-person" not in page


def test_the_command_erases(alice, run_tasks, monkeypatch, capsys):
    monkeypatch.setattr("time.sleep", lambda seconds: run_tasks())

    call_command("erase_person", ALICE, reason="Letter 7", yes=True)

    assert Member.objects.get(pk=alice.pk).full_name == "Erased person"
    said = capsys.readouterr().out
    assert "the account is closed" in said
    assert said.endswith("Erased.\n")


def test_the_command_asks_for_the_address_again(alice, monkeypatch):
    monkeypatch.setattr("builtins.input", lambda prompt: "bob@example.com")

    with pytest.raises(CommandError, match="Nobody was erased"):
        call_command("erase_person", ALICE, reason="Letter 7")

    assert not Job.objects.filter(kind=erasing.KIND).exists()


def test_the_command_says_when_there_is_nobody(db):
    with pytest.raises(CommandError, match="Nothing is kept"):
        call_command("erase_person", "nobody@example.com", reason="Letter 7", yes=True)
