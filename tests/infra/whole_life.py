"""A customer's whole life, and what staff do about it: every verb that asks something of AWS."""

import json
import uuid

import boto3
import pytest
from django.conf import settings
from django.utils import timezone

from adapters import domains, usage, user_pool
from adapters.domains import DomainItem
from adapters.errors import NotThere
from adapters.named_keys import read_key
from backoffice.audit import SYSTEM
from portal import dead_letters
from portal.dead_letters import Chosen
from tenants import accounts, closing, links, logins, sweep, tasks, tier_plans, welcome
from tenants.domains import holding
from tenants.drift import checking, repairing
from tenants.finding import calls
from tenants.models import Difference, MailEvent, SignUp, SuppressedAddress, Tenant, TierPlan
from tenants.privacy import erasing, exporting
from tenants.registering import settling
from tenants.returned import inbox, suppression
from tests import mail_events
from tests.customers import sign_up
from tests.dead_letters import give_up


def live_through_every_verb(client, run_tasks, code):
    now = timezone.now()
    assert client.get("/readyz").status_code == 200
    client.post("/signup/check-code/", {"code": code})
    row = sign_up(code=code)
    run_tasks()
    row.refresh_from_db()
    member = row.tenant.members.get()
    link = links.find_link(links.mint_link(member, now))
    welcome.choose_password(link, "Correct-horse-battery-1")
    welcome.reveal_key(member)
    verbs = [
        accounts.suspend,
        accounts.reinstate,
        accounts.request_reset,
        lambda tenant, act: accounts.change_tier(tenant, "pro", act),
        moved_by_hand_and_repaired,
        lambda tenant, act: logins.remove_app(tenant.members.get(), act),
        lambda tenant, act: holding.hold(tenant, act, name="ames.example", rule="developer"),
        lambda tenant, act: exporting.export_tenant(tenant, act),
        lambda tenant, act: closing.close_sign_up(row),
    ]
    for verb in verbs:
        verb(Tenant.objects.get(pk=row.tenant_id), SYSTEM)
        run_tasks()
        sweep.run_due()
        run_tasks()
    usage.hours_of(row.tenant_id, now)
    see_two_dead_letters_out(run_tasks)
    mend_a_plan(run_tasks)
    look_for_drift(run_tasks)
    with pytest.raises(NotThere):
        read_key("/gatehouse/local/newsletters/none")
    look_for_a_call(run_tasks)
    let_mail_go_again()
    let_somebody_register(run_tasks)
    erasing.erase_person(row.email, SYSTEM)
    run_tasks()


def let_somebody_register(run_tasks):
    """The trigger tells of somebody; they are gone again before the next round."""
    person = {"user_id": str(uuid.uuid4()), "email": "nina@newcomer.example"}
    url = settings.REGISTRATIONS_QUEUE_URL
    boto3.client("sqs").send_message(QueueUrl=url, MessageBody=json.dumps(person))
    assert settling.take_registrations() == 1
    closing.close_sign_up(SignUp.objects.get(email="nina@newcomer.example", state="provisioning"))
    run_tasks()


def let_mail_go_again():
    sweep.run_due()
    inbox.apply(*inbox.save(mail_events.bounce("m", "bob@example.com")))
    suppression.release(suppression.suppressed("bob@example.com"), SYSTEM, sends_held=True)
    SuppressedAddress.objects.all().delete()
    MailEvent.objects.all().delete()


def mend_a_plan(run_tasks):
    tier_plans.look_at_plans()
    TierPlan.objects.filter(tier="pro").update(rate=1)
    plan = TierPlan.objects.get(tier="pro")
    boto3.client("apigateway").update_usage_plan(
        usagePlanId=plan.plan_id,
        patchOperations=[{"op": "replace", "path": "/throttle/rateLimit", "value": "1"}],
    )
    tier_plans.repair(plan, SYSTEM)
    run_tasks()


def look_for_drift(run_tasks):
    domains.write_domain(DomainItem("nobodys.example", "gone-long-ago", "developer"))
    checking.check(SYSTEM)
    run_tasks()
    assert checking.checks().first().state == "done"
    repairing.repair(Difference.objects.get(kind="domain"), SYSTEM)
    run_tasks()
    assert domains.read_domain("nobodys.example") is None


def look_for_a_call(run_tasks):
    job = calls.look_for("AAAAAAAAAAAAAAA=", hours=calls.HOUR, act=SYSTEM)
    run_tasks()
    job.refresh_from_db()
    assert job.state == "done"


def see_two_dead_letters_out(run_tasks):
    for _ in range(2):
        tasks.run_due.delay()
    give_up()
    [given_up, _] = dead_letters.look("tasks").given_up
    dead_letters.discard(Chosen("tasks", given_up.letter.message_id), SYSTEM)
    dead_letters.send_again("tasks", SYSTEM)
    run_tasks()
    assert dead_letters.look("tasks").given_up == []


def moved_by_hand_and_repaired(tenant, act):
    user_id = tenant.members.get().user_id
    user_pool.set_tenant(settings.USER_POOL_ID, user_id, "another")
    accounts.reconcile_now(tenant, act)
