"""Your data: a person has their own collected and downloads it, and asks to be erased."""

import io
import zipfile

import pytest

from backoffice.models import AuditEvent, Job
from tenants.models import ErasureRequest
from tests.backoffice.doors import do

pytestmark = pytest.mark.django_db(transaction=True)

DATA = "/account/settings/data/"


def read(answer):
    return zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))


def test_a_person_downloads_their_own_data(as_member, run_tasks, own_files):
    client = as_member("owner")

    collecting = client.post(f"{DATA}export/", follow=True).content.decode()
    run_tasks()
    page = client.get(DATA).content.decode()
    answer = client.get(f"{DATA}download/")

    assert "It is being collected." in collecting
    assert "Download my data" in page
    assert b"alice@example.com" in read(answer).read("rows/tenants.Member.json")
    assert AuditEvent.objects.filter(
        action="download own data", actor_name="alice@example.com"
    ).exists()


def test_a_second_wish_waits_for_the_first(as_member, own_files):
    client = as_member("owner")
    client.post(f"{DATA}export/")

    page = client.post(f"{DATA}export/", follow=True).content.decode()

    assert "Your data is being collected already." in page
    assert Job.objects.filter(kind="export-person").count() == 1


def test_nobody_downloads_a_colleagues_data_or_what_staff_collected(as_member, run_tasks, staff):
    owner = as_member("owner")
    owner.post(f"{DATA}export/")
    bob = as_member("developer", "bob@example.com")
    do(staff("admin"), "export-person", bob.member)
    run_tasks()

    answer = bob.get(f"{DATA}download/", follow=True)

    assert answer.redirect_chain == [(DATA, 302)]


def test_whoever_asks_to_be_erased_is_on_the_list_of_staff(as_member, staff):
    client = as_member("developer", "bob@example.com")

    page = client.post(f"{DATA}erasure/", {"wanted": "yes"}, follow=True).content.decode()
    shown = staff("support").get("/admin/tenants/erasurerequest/").content.decode()

    assert "You asked for it on" in page
    assert "bob@example.com" in shown
    assert AuditEvent.objects.filter(action="ask for erasure").exists()


def test_whoever_thinks_again_withdraws_it(as_member):
    client = as_member("developer", "bob@example.com")
    client.post(f"{DATA}erasure/", {"wanted": "yes"})

    page = client.post(f"{DATA}erasure/", {"wanted": "no"}, follow=True).content.decode()

    assert "Ask to be erased" in page
    assert not ErasureRequest.objects.exists()


def test_an_admin_erases_them_from_the_list(as_member, staff, run_tasks):
    member = as_member("developer", "bob@example.com").member
    row = ErasureRequest.objects.create(member=member)

    do(staff("admin"), "erase-person", row, typed="bob@example.com")
    run_tasks()

    member.refresh_from_db()
    assert member.full_name == "Erased person"
    assert not ErasureRequest.objects.exists()


def test_the_last_owner_is_led_to_the_people(as_member):
    client = as_member("owner")
    as_member("developer", "bob@example.com")

    page = client.get(DATA).content.decode()

    assert "You are the last owner of this account." in page
    assert "Ask to be erased" not in page


def test_nobody_comes_here_without_the_sign_in(client, db):
    assert client.get(DATA).status_code == 302
    assert client.post(f"{DATA}export/").status_code == 302
