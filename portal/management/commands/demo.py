"""`manage.py demo`: what a newcomer sees after `make run`. On the laptop only."""

import json
import os
import secrets
import time
import uuid
from argparse import ArgumentParser
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from adapters.marketplace_simulator import Simulator
from backoffice.audit import Act
from campaigns import gatekeeping
from campaigns.generation import export_file, generate_codes
from campaigns.models import Batch, Campaign
from portal import demo_buyers
from tenants import accounts, signups
from tenants.models import Tenant
from tenants.signups import Wish

ROLES = ("marketing", "support", "operations", "auditor", "admin")
PATIENCE_SECONDS = 60

# Company, person, and what has become of them.
CUSTOMERS = (
    ("Northwind Optics", "Nora North", "nora@northwind.example", "open"),
    ("Halden Robotics", "Hal Halden", "hal@halden.example", "suspended"),
    ("Quiet Labs", "Quinn Quiet", "quinn@quiet.example", "upgraded"),
)


class Command(BaseCommand):
    help = (
        "Fill an empty local stage with staff logins, two campaigns with codes, three customers "
        "in different states and two buyers of AWS Marketplace, one of whom never registered, and "
        "write what a script needs to know to .local/demo.json. Needs the running local cloud and "
        "worker; refuses any stage but local."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--output", type=Path, default=settings.LOCAL_DIR / "demo.json")

    def handle(self, **options: Any) -> None:
        if not settings.IS_LOCAL:
            raise CommandError("Demo data is for the local stage only.")
        call_command("ensure_roles", verbosity=0)
        staff = {role: _staff(role) for role in ROLES}
        act = Act(User.objects.get(username="admin"), "demo data")
        campaign = _campaigns(act)
        shared = generate_codes(campaign, count=1, max_uses=1000, act=act, label="Shared code")
        single = generate_codes(campaign, count=200, max_uses=1, act=act, label="Trade fair")
        demo_code = _codes(shared)[0]
        codes = _codes(single)[: len(CUSTOMERS)]
        tenants = [_customer(*each) for each in zip(codes, CUSTOMERS, strict=True)]
        for tenant, (*_, state) in zip(tenants, CUSTOMERS, strict=True):
            _await(lambda tenant=tenant: _fresh(tenant).is_reconciled, f"{tenant} to be set up")
            _change(tenant, state, act)
        simulator = Simulator(os.environ["MARKETPLACE_URL"])
        for buyer in demo_buyers.come_and_leave(simulator, _await):
            _await(lambda buyer=buyer: _fresh(buyer).is_reconciled, f"{buyer} to be set up")
        facts = {"demo_campaign": campaign.slug, "demo_code": demo_code, "staff": staff}
        options["output"].touch(mode=0o600)
        options["output"].write_text(json.dumps(facts))


def _staff(role: str) -> dict[str, str]:
    password = secrets.token_urlsafe(9)
    user = User.objects.create_user(role, f"{role}@gatehouse.example", password, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return {"username": role, "password": password}


def _campaigns(act: Act) -> Campaign:
    now = timezone.now()
    launch = Campaign(
        name="Autumn launch",
        slug="autumn-launch",
        tier="starter",
        prefix="AUTUMN",
        starts_at=now - timedelta(days=3),
        ends_at=now + timedelta(days=60),
    )
    gatekeeping.save_campaign(launch, act)
    partners = Campaign(
        name="Partner preview", slug="partner-preview", tier="pro", prefix="PARTNER"
    )
    gatekeeping.save_campaign(partners, act)
    gatekeeping.pause_campaign(partners, act)
    return launch


def _codes(batch: Batch) -> list[str]:
    _await(lambda: Batch.objects.get(pk=batch.pk).state == Batch.State.READY, f"{batch}")
    with default_storage.open(export_file(batch)) as lines:
        return str(lines.read().decode()).split()


def _customer(code: str, facts: tuple[str, str, str, str]) -> Tenant:
    company, name, email, _state = facts
    wish = Wish(email=email, full_name=name, company=company, code=code, marketing_opt_in=False)
    row = signups.sign_up(wish, form_key=uuid.uuid4())
    if row.tenant is None:
        raise CommandError(f"{email} could not sign up: {row.state}")
    return row.tenant


def _change(tenant: Tenant, state: str, act: Act) -> None:
    if state == "suspended":
        accounts.suspend(tenant, Act(act.actor, "Invoice unpaid for 60 days"))
    elif state == "upgraded":
        accounts.change_tier(tenant, "pro", Act(act.actor, "Trial of the larger tier until March"))


def _fresh(tenant: Tenant) -> Tenant:
    return Tenant.objects.get(pk=tenant.pk)


def _await(question: Any, what: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not question():
        if time.monotonic() > deadline:
            raise CommandError(f"Waited {PATIENCE_SECONDS} s for {what}. Does the worker run?")
        time.sleep(0.1)
