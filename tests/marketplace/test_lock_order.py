"""Many threads at the agreements of one family and one customer: nobody waits in a circle.

PostgreSQL answers a circle with an OperationalError, and SQLite one who waited too long: none is
allowed here. Where two rows are locked, they are locked in one order by everybody.
"""

import itertools
import random
import threading
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from backoffice.audit import SYSTEM
from marketplace import attaching, deciding, granting, inbox, looking
from marketplace.metering import closing
from marketplace.models import Agreement, Meter, MeteredHour, Notice
from marketplace.settling import settle
from tenants import reconcile
from tenants.errors import NotPossible
from tenants.models import Grant, Tenant
from tests import notices as bodies
from tests.people import add_member

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]

FAMILY = ("agmt-1", "agmt-2", "agmt-3")


@pytest.fixture
def threads(is_long):
    return 12 if is_long else 8


@pytest.fixture
def turns(is_long):
    """How much each thread does."""
    return 60 if is_long else 12


@pytest.fixture
def tenant(db):
    tenant = Tenant.objects.create(company="Burr Bearings")
    add_member(tenant, "owner", "bob@example.com")
    return tenant


@pytest.fixture
def family(tenant):
    """Three agreements of one account; the first is the customer's."""
    for name in FAMILY:
        inbox.apply(inbox.save(bodies.licensed(agreement=name)))
    Agreement.objects.filter(agreement_id="agmt-1").update(tenant=tenant)
    granting.follow(Agreement.objects.get(agreement_id="agmt-1"))
    return list(Agreement.objects.order_by("pk"))


@pytest.fixture
def race(in_threads, threads, turns, record_property):
    """Let threads do such things in turn; return which of them failed, with the reason."""

    def run(*verbs):
        failed = []

        def one(number):
            chance = random.Random(number)
            for turn in range(turns):
                verb = verbs[(number + turn) % len(verbs)]
                try:
                    verb(chance)
                except OperationalError as error:
                    failed.append((getattr(verb, "__name__", ""), str(error).split("\n")[0]))

        in_threads(threads, one)
        figures = f"{threads * turns} times {len(verbs)} verbs in turn, {len(failed)} circles"
        record_property("figures", figures)
        return failed

    return run


seconds, hours = itertools.count(10), itertools.count(1)
one_closer = threading.Lock()


def one_of_them(chance):
    return Agreement.objects.get(agreement_id=chance.choice(FAMILY))


def hear(chance):
    kind = chance.choice([bodies.amended, bodies.licensed, bodies.advised])
    inbox.apply(inbox.save(kind(next(seconds), chance.choice(FAMILY))))


def settle_one(chance):
    settle(one_of_them(chance))


def attach(chance):
    with suppress(NotPossible):
        attaching.attach_agreement(one_of_them(chance), SYSTEM, customer=Tenant.objects.get().pk)


def detach(chance):
    with suppress(NotPossible):
        attaching.detach_agreement(one_of_them(chance), SYSTEM)


def decide(chance):
    with suppress(NotPossible):
        deciding.decide_on_advisory(one_of_them(chance), SYSTEM, decision=deciding.SUSPEND)


def look(chance):
    Agreement.objects.filter(pk=one_of_them(chance).pk).update(look_due_at=timezone.now())
    looking.look_at_due()


def bring_aws_in_line(chance):
    reconcile.request_reconcile(Tenant.objects.get())
    reconcile.reconcile(Tenant.objects.get())


def close_hours(chance):
    """One process at a time does this (metering/running.py)."""
    with one_closer:
        now = timezone.now() + timedelta(hours=next(hours))
        Meter.objects.update(due_at=now)
        closing.close_due(now, renew=lambda: None, read=lambda *_: [])


def test_notices_of_one_family_never_wait_in_a_circle(family, race):
    assert race(hear) == []
    assert not Notice.objects.filter(state="waiting").exists()


def test_agreements_that_begin_at_once_never_wait_in_a_circle(race, threads, turns):
    """Two of each new account, and each is told of by several notices at the same moment."""
    numbers = itertools.count()

    def begin(chance):
        number = next(numbers)
        account = f"{111122220000 + number // threads}"
        told = chance.choice(["Purchase Agreement Created", "License Updated"])
        name, whose = f"agmt-{account}-{number % 2}", {"acceptor": {"accountId": account}}
        inbox.apply(inbox.save(bodies.event(told, 0, name, **whose)))

    assert race(begin) == []
    assert Agreement.objects.count() == 2 * turns


def test_whoever_works_on_one_customer_never_waits_in_a_circle(family, race):
    """What staff, buyers, the sweep, the worker and the meters do, all of it at once."""
    everything = (hear, settle_one, attach, detach, decide, look, bring_aws_in_line, close_hours)

    assert race(*everything) == []
    assert not Notice.objects.filter(state="waiting").exists()
    assert {*Grant.objects.filter(ended_at=None).values_list("agreement", flat=True)} == {
        *Agreement.objects.exclude(tenant=None).values_list("agreement_id", flat=True)
    }


def test_the_meters_and_whoever_ends_an_agreement_never_wait_in_a_circle(
    tenant, race, threads, turns
):
    names = [f"agmt-{number}" for number in range(threads * turns // 4)]
    for name in names:
        inbox.apply(inbox.save(bodies.licensed(agreement=name)))
    Agreement.objects.update(tenant=tenant)
    granting.follow(Agreement.objects.first())
    left = iter(names)

    def end_one(chance):
        inbox.apply(inbox.save(bodies.ended(agreement=next(left))))

    assert race(end_one, close_hours, close_hours, close_hours) == []
    assert MeteredHour.objects.exists()
    assert not Agreement.objects.exclude(state="ended").exists()
