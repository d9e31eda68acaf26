"""After an erasure a search of every store finds the person nowhere, and all else as it was."""

import json
import signal
from datetime import timedelta

import pytest
from django.utils import timezone

from adapters.aws import client
from backoffice import jobs
from backoffice.audit import SYSTEM, Act
from backoffice.models import AuditEvent, Job
from campaigns.eligibility import Customer
from campaigns.models import Campaign, Redemption
from tenants import accounts, people, support, sweep
from tenants.account import settings as account_settings
from tenants.errors import NotPossible
from tenants.models import (
    MailEvent,
    Member,
    Message,
    NewsletterConsent,
    OneTimeLink,
    SignUp,
    SupportRequest,
    SuppressedAddress,
    Tenant,
)
from tenants.privacy import erasing, exporting
from tenants.returned import inbox, suppression
from tests import every_store
from tests.customers import sign_up
from tests.killed_worker import kill_job_at
from tests.people import add_member, choose_password
from tests.worker import waiting_tasks

pytestmark = pytest.mark.django_db(transaction=True)

ALICE, TAGGED, BOB = "alice@example.com", "alice+news@example.com", "bob@example.com"
NAME = "Alice Ämes"


@pytest.fixture
def erase(run_tasks):
    def run(email=ALICE, act=SYSTEM):
        job = erasing.erase_person(email, act)
        run_tasks()
        job.refresh_from_db()
        assert job.state == Job.State.DONE, job.error
        inbox.take_events()  # what SES tells of the last mails comes later
        return job

    return run


@pytest.fixture
def alice(make_campaign, make_code, run_tasks):
    """A customer with traces in every store, and what they are called."""
    code = make_code(make_campaign(once_per_customer=True))
    row = sign_up(email=ALICE, code=code, full_name=NAME, marketing_opt_in=True)
    run_tasks()
    tenant, member = row.tenant, row.tenant.members.get()
    choose_password(member)
    act = Act(None, name=ALICE)
    account_settings.choose_newsletter(Member.objects.get(pk=member.pk), act, wanted=False)
    support.ask_for_password(ALICE, timezone.now())
    client("sesv2").put_suppressed_destination(EmailAddress=ALICE, Reason="BOUNCE")
    event = MailEvent.objects.create(
        digest="d", body=json.dumps({"to": ALICE}), kind="bounced", recipient=ALICE, said=ALICE
    )
    SuppressedAddress.objects.create(
        address=ALICE, why="bounced", event=event, since=timezone.now()
    )
    Message.objects.create(kind="not_again", to=TAGGED)
    SignUp.objects.create(
        form_key="0" * 32, email=TAGGED, full_name=NAME, company="", state="known"
    )
    Tenant.objects.filter(pk=tenant.pk).update(trouble=f"cognito-idp: {ALICE} is odd")
    accounts.suspend(tenant, Act(None, f"{NAME} <{ALICE}> wrote"))
    accounts.reinstate(tenant, SYSTEM)
    run_tasks()
    exporting.export_person(ALICE, SYSTEM)
    run_tasks()
    member.refresh_from_db()
    return member


def words_of(member):
    return [ALICE, TAGGED, NAME, member.user_id, *Customer(ALICE).identities]


def test_a_search_of_every_store_finds_nothing(alice, erase, own_files):
    words = words_of(alice)
    before = {place.partition(":")[0] for place in every_store.find(words, own_files)}
    assert {"cognito", "permissions", "redemptions", "tenants_member"} <= before
    assert {"tenants_message", "backoffice_auditevent", "tenants_syncstep"} <= before
    assert any(place.endswith(".zip") for place in before)

    erase()

    assert every_store.find(words, own_files) == []


def test_what_was_redeemed_stays_counted(alice, erase):
    before = list(Redemption.objects.values())

    erase()

    assert list(Redemption.objects.values()) == before
    codes = client("dynamodb").scan(TableName="gatehouse-local-promo-codes")["Items"]
    assert sum(int(item.get("uses", {}).get("N", 0)) for item in codes) == 1


def test_proof_of_consent_and_of_the_terms_stays(alice, erase):
    erase()

    member = Member.objects.get(pk=alice.pk)
    consent = NewsletterConsent.objects.get()
    assert member.terms_accepted_at
    assert (consent.member_id, bool(consent.wording), bool(consent.withdrawn_at)) == (
        member.pk,
        True,
        True,
    )
    assert member.email.endswith("@erased.invalid")


def test_mail_to_the_address_stays_held_back(alice, erase):
    erase()

    assert suppression.suppressed("Alice@example.com") is not None
    assert SuppressedAddress.objects.get().address.endswith("@erased.invalid")


def test_whoever_is_alone_takes_the_account_with_them(alice, erase):
    erase()

    tenant = Tenant.objects.get()
    assert tenant.state == Tenant.State.CLOSED
    assert tenant.company == "Erased customer"
    assert {each.word for each in tenant.words.all()} == {"erased", "customer"}
    assert client("apigateway").get_api_keys()["items"] == []


def test_colleagues_and_their_key_stay_as_they_were(alice, erase, run_tasks, own_files):
    tenant = alice.tenant
    bob = add_member(tenant, "owner", BOB)
    run_tasks()
    choose_password(bob)
    places = sorted(place for place in every_store.find([BOB], own_files))

    erase()

    tenant.refresh_from_db()
    assert (tenant.state, tenant.company) == (Tenant.State.ACTIVE, "Ames Optics")
    assert len(client("apigateway").get_api_keys()["items"]) == 1
    assert len(every_store.find([BOB], own_files)) >= len(places)
    assert every_store.find(words_of(alice), own_files) == []


def test_the_last_owner_among_others_is_not_erased(alice, run_tasks):
    people.invite(alice.tenant, SYSTEM, email=BOB, full_name="Bob", role="developer")

    with pytest.raises(NotPossible, match="last owner"):
        erasing.erase_person(ALICE, SYSTEM)

    alice.refresh_from_db()
    assert alice.left_at is None
    assert not Job.objects.filter(kind=erasing.KIND).exists()


def test_a_second_erasure_waits_for_the_first(alice, run_tasks):
    erasing.erase_person(ALICE, SYSTEM)

    with pytest.raises(NotPossible, match="already"):
        erasing.erase_person(TAGGED, SYSTEM)


def test_nobody_unknown_is_erased_and_nobody_twice(alice, erase):
    erase()

    with pytest.raises(NotPossible):
        erasing.erase_person(Member.objects.get(pk=alice.pk).email, SYSTEM)
    with pytest.raises(NotPossible):
        erasing.erase_person("nobody@example.com", SYSTEM)


def test_whoever_was_erased_may_come_again_to_a_campaign_for_new_ones(alice, erase, make_code):
    erase()

    row = sign_up(email=ALICE, code=make_code(Campaign.objects.get()))

    assert row.tenant.members.get().email == ALICE


def test_a_job_that_is_done_knows_no_name(alice, erase):
    job = erase()

    assert job.arguments.keys() == {"erased", "by_hand"}
    assert AuditEvent.objects.filter(action="person erased").exists()


def test_each_step_may_be_done_twice(alice, run_tasks, own_files):
    words = words_of(alice)
    job = erasing.erase_person(ALICE, SYSTEM)
    for step in range(len(erasing.STEPS)):
        for _ in range(2):
            Job.objects.filter(pk=job.pk).update(next_chunk=step)
            jobs.run_chunk(Job.objects.get(pk=job.pk))

    run_tasks()
    inbox.take_events()

    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.error
    assert every_store.find(words, own_files) == []
    assert not OneTimeLink.objects.exists()
    assert not SupportRequest.objects.exists()


@pytest.mark.parametrize(
    "place",
    [
        ("cognito-idp", "AdminDeleteUser", "after"),
        ("dynamodb", "DeleteItem", "after"),
        ("dynamodb", "UpdateItem", "after"),
    ],
    ids=" ".join,
)
def test_a_killed_worker_leaves_nothing_behind_after_the_sweep(alice, run_tasks, own_files, place):
    words = words_of(alice)
    job = erasing.erase_person(ALICE, SYSTEM)
    waiting_tasks()  # the messages go with the worker

    assert kill_job_at(job, *place) == -signal.SIGKILL
    over = timezone.now() - timedelta(seconds=1)
    for model in (Job, Tenant):
        model.objects.update(leased_until=over)
    Tenant.objects.update(next_attempt_at=None)
    sweep.run_due()
    run_tasks()
    sweep.run_due()
    run_tasks()

    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.error
    assert every_store.find(words, own_files) == []
