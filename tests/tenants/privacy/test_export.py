"""Everything about a person as a ZIP of JSON: what is in it, and what of others is not."""

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.utils import timezone

from adapters.usage import record_usage
from backoffice import job_files, jobs
from backoffice.audit import SYSTEM, Act
from backoffice.models import AuditEvent, Job
from campaigns.errors import CodeRefused
from tenants import limits, people
from tenants.errors import NotPossible
from tenants.models import LimitedVisitor, MailEvent, Member, Message, SuppressedAddress
from tenants.privacy import exporting
from tests.backoffice.doors import do
from tests.customers import sign_up
from tests.people import add_member

pytestmark = pytest.mark.django_db(transaction=True)

ALICE = "alice@example.com"


@pytest.fixture
def export(run_tasks):
    """Export a person and return the files that the ZIP has, read."""

    def run(email=ALICE):
        job = exporting.export_person(email, Act(None, "they asked"))
        run_tasks()
        return read(job)

    return run


def read(job):
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.error
    with default_storage.open(job.result_file) as file:
        archive = zipfile.ZipFile(io.BytesIO(file.read()))
    names = [name for name in archive.namelist() if name != "README.txt"]
    return {name: json.loads(archive.read(name)) for name in names}


def use_the_api(tenant):
    key = tenant.keys.get()
    record_usage(
        tenant_id=tenant.pk,
        api_key_id=key.key_id,
        request_id="r-1",
        units=3,
        billing_source="grant:1",
        at=datetime.now(UTC),
    )


def test_it_has_rows_items_and_the_sign_in(make_tenant, export):
    tenant = make_tenant(ALICE, marketing_opt_in=True)
    use_the_api(tenant)
    member = tenant.members.get()

    files = export()

    assert files["rows/tenants.Member.json"][0]["email"] == ALICE
    assert files["rows/tenants.SignUp.json"][0]["full_name"] == "Alice Ames"
    assert [row["kind"] for row in files["rows/tenants.Message.json"]] == ["welcome"]
    assert files["rows/tenants.NewsletterConsent.json"][0]["wording"]
    assert files["rows/tenants.SyncStep.json"]
    assert files["rows/campaigns.Redemption.json"][0]["redeemed_by"]
    assert files["cognito/users.json"][0]["user_id"] == member.user_id
    assert files["dynamodb/permissions.json"][0]["user_id"] == member.user_id
    assert files["dynamodb/access.json"][0]["tenant_id"] == tenant.pk
    assert files["dynamodb/redemptions.json"][0]["uses"] == 1
    assert {row["record"].partition("#")[0] for row in files["dynamodb/usage.json"]} == {
        "request",
        "hour",
    }
    audited = {row["action"] for row in files["rows/backoffice.AuditEvent.json"]}
    assert "export person" in audited


def test_it_has_what_mail_servers_and_limits_told_of_the_address(make_tenant, export):
    make_tenant(ALICE)
    event = MailEvent.objects.create(
        digest="d", body=f'{{"to": "{ALICE}"}}', kind="bounced", recipient=ALICE
    )
    SuppressedAddress.objects.create(
        address=ALICE, why="bounced", event=event, since=timezone.now()
    )
    seen = limits.visitor_called(ALICE)
    LimitedVisitor.objects.create(
        what="e-mail",
        pseudonym=seen.pseudonym,
        shown=seen.shown,
        since=timezone.now(),
        until=timezone.now(),
    )

    files = export()

    assert files["rows/tenants.MailEvent.json"][0]["recipient"] == ALICE
    assert files["rows/tenants.SuppressedAddress.json"][0]["why"] == "bounced"
    assert files["rows/tenants.LimitedVisitor.json"][0]["shown"] == seen.shown
    assert "pseudonym" not in files["rows/tenants.LimitedVisitor.json"][0]


@pytest.mark.parametrize("asked_as", [ALICE, "Alice@Example.com", "alice+news@example.com"])
def test_all_spellings_of_an_address_are_one_person(make_tenant, export, asked_as):
    tenant = make_tenant("alice+work@example.com")
    people.invite(tenant, SYSTEM, email="bob@example.com", full_name="Bob", role="developer")

    files = export(asked_as)

    assert [row["email"] for row in files["rows/tenants.Member.json"]] == ["alice+work@example.com"]


def test_a_colleague_is_in_no_line_of_it(make_tenant, export, run_tasks):
    tenant = make_tenant(ALICE)
    add_member(tenant, "developer", "bob@example.com")
    Message.objects.create(kind="welcome", to="bob@example.com", member=Member.objects.last())
    run_tasks()

    files = export()

    assert "bob@example.com" not in json.dumps(files)
    assert files["rows/tenants.Tenant.json"][0]["company"] == "Ames Optics"


def test_no_secret_is_in_it(make_tenant, export):
    tenant = make_tenant(ALICE)
    hashes = [tenant.keys.get().sha256, tenant.members.get().links.get().token_hash]

    text = json.dumps(export())

    assert all(hashes)
    assert not any(each in text for each in hashes)


def test_of_a_customer_everybody_is_in_it(make_tenant, run_tasks):
    tenant = make_tenant(ALICE)
    add_member(tenant, "developer", "bob@example.com")
    run_tasks()

    job = exporting.export_tenant(tenant, SYSTEM)
    run_tasks()
    files = read(job)

    assert {row["email"] for row in files["cognito/users.json"]} == {ALICE, "bob@example.com"}
    assert {row["email"] for row in files["rows/tenants.Member.json"]} == {ALICE, "bob@example.com"}


def test_nobody_is_exported_of_whom_nothing_is_known(db):
    with pytest.raises(NotPossible):
        exporting.export_person("nobody@example.com", SYSTEM)

    assert not Job.objects.exists()


def test_a_person_who_never_finished_is_found_by_the_sign_up(export):
    with pytest.raises(CodeRefused):
        sign_up(email="carol@example.com", code="WRONG")

    files = export("carol@example.com")

    assert files["rows/tenants.SignUp.json"][0]["email"] == "carol@example.com"


def test_a_repeated_chunk_changes_nothing(make_tenant, run_tasks):
    make_tenant(ALICE)
    job = exporting.export_person(ALICE, SYSTEM)
    for _ in range(3):
        jobs.run_chunk(Job.objects.get(pk=job.pk))
    Job.objects.filter(pk=job.pk).update(next_chunk=1, done=1)
    run_tasks()

    assert read(job)["rows/tenants.Member.json"][0]["email"] == ALICE


def test_the_file_is_gone_after_seven_days(make_tenant, export):
    make_tenant(ALICE)
    export()
    job = Job.objects.get(kind=exporting.KIND)
    assert job.files_until - timezone.now() > timedelta(days=6)

    Job.objects.update(files_until=timezone.now())
    job_files.delete_old()

    assert not default_storage.exists(job.result_file)


def test_staff_ask_with_a_reason_and_the_job_offers_the_file(staff, make_tenant, run_tasks):
    tenant = make_tenant(ALICE)
    client = staff("admin")

    page = do(client, "export-person", tenant.members.get(), reason="Letter of 3 May")
    run_tasks()
    job = Job.objects.get(kind=exporting.KIND)
    shown = client.get(f"/admin/backoffice/job/{job.pk}/change/").content.decode()

    assert "1 export is being made." in page
    assert "Download the data" in shown
    assert AuditEvent.objects.get(action="export person").reason == "Letter of 3 May"


def test_staff_without_the_right_see_no_button(staff, make_tenant):
    tenant = make_tenant(ALICE)

    page = staff("support").get(f"/admin/tenants/member/{tenant.members.get().pk}/change/")

    assert page.status_code == 200
    assert "export-person" not in page.content.decode()


def test_the_command_writes_the_file(make_tenant, run_tasks, tmp_path, monkeypatch):
    make_tenant(ALICE)
    target = tmp_path / "alice.zip"
    monkeypatch.setattr("time.sleep", lambda seconds: run_tasks())

    call_command("export_tenant", ALICE, output=str(target))

    assert "rows/tenants.Member.json" in zipfile.ZipFile(target).namelist()


@pytest.mark.parametrize("who", ["nobody@example.com", "no-such-customer"])
def test_the_command_says_when_there_is_nobody(db, tmp_path, who):
    with pytest.raises(CommandError):
        call_command("export_tenant", who, output=str(tmp_path / "x.zip"))
