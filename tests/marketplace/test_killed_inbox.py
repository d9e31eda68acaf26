"""Whoever takes notices from the queue is killed with -9: at random moments, before each statement,
and around each call. The last one finishes: nothing is lost, and nothing has happened twice."""

import random
import time
from collections import Counter

import pytest
from django.conf import settings
from moto.sqs.models import sqs_backends

from adapters import queues
from adapters.definitions import name_of
from localcloud.place import ACCOUNT, REGION
from marketplace import inbox
from marketplace.models import Agreement, Notice
from tenants.models import Grant, Message, Tenant
from tests import notices as bodies
from tests.crashes import Point, calls_of, killed_after, killed_before_statement, strike
from tests.people import add_member

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(1800)]

# SQS gives up a message that was handed out five times; the last time nobody dies.
DEATHS_IN_A_ROW = 3
# Two agreements that stay, one that is over, and a legacy customer who came back; and how many
# copies of each notice come.
FEW = {bodies.created(): 1, bodies.licensed(): 2}
MANY = {
    **FEW,
    **{bodies.amended(): 1, bodies.advised(3): 2},
    **{bodies.created(0, "agmt-2"): 1, bodies.licensed(1, "agmt-2"): 3},
    **{bodies.licensed(1, "agmt-3"): 1, bodies.ended(9, "agmt-3"): 1},
    **{bodies.sns("subscribe-success", 0): 2, bodies.sns("unsubscribe-pending", 4): 1},
    **{bodies.sns("subscribe-success", 5): 1},
}
STAY = ("subscription_started", "agreement_notice")


@pytest.fixture
def tenant(db):
    tenant = Tenant.objects.create(company="Burr Bearings")
    add_member(tenant, "owner", "bob@example.com")
    return tenant


@pytest.fixture
def told():
    return MANY


@pytest.fixture
def anew(tenant, told):
    """Forget what was heard, and fill the queue anew."""

    def make():
        for model in (Message, Grant, Notice):
            model.objects.all().delete()
        Agreement.objects.all().delete()
        empty_queues()
        legacy = {"product_code": bodies.LEGACY, "customer_identifier": "X01"}
        for names in (*({"agreement_id": f"agmt-{n}"} for n in (1, 2, 3)), legacy):
            known = {"product_code": bodies.SUBSCRIPTION["code"], **names}
            Agreement.objects.create(tenant=tenant, account_id=bodies.ACCOUNT, **known)
        for text, copies in told.items():
            for _ in range(copies):
                sqs().send_message(name_of("notices"), text)

    return make


def sqs():
    return sqs_backends[ACCOUNT][REGION]


def empty_queues():
    for name in ("notices", "notices-dead", "tasks"):
        queue = sqs().get_queue(name_of(name))
        queue.last_purged_at = None
        sqs().purge_queue(name_of(name))


def queue_of_notices():
    return sqs().get_queue(name_of("notices"))


def half_a_minute_later():
    """What the dead one held is seen again."""
    for message in queue_of_notices()._messages:
        message.change_visibility(0)


def end_state():
    """What must be the same, however often somebody died on the way."""
    rows = Agreement.objects.order_by("agreement_id").values_list(
        *("agreement_id", "customer_identifier", "license_id", "state", "ended_as", "ended_at"),
        *("starts_at", "ends_at", "auto_renews", "advisory_since", "tenant"),
    )
    heard = Notice.objects.values_list("message_id", "state").order_by("message_id")
    mails = Message.objects.filter(kind__in=STAY).exclude(agreement="agmt-3")
    return {
        "agreements": list(rows),
        "open grants": Counter(Grant.objects.filter(ended_at=None).values_list("agreement")),
        "notices": list(heard),
        "mails": Counter(mails.values_list("kind", "agreement", "occasion", "to")),
    }


def doubles():
    """Count what is there twice: grants of one agreement, and mails of one occasion."""
    grants = Counter(Grant.objects.values_list("agreement", "tenant"))
    mails = Counter(Message.objects.values_list("kind", "agreement", "occasion", "to"))
    return sum(count - 1 for found in (grants, mails) for count in found.values())


def lost(told):
    """Count the notices of which nothing is left, or fewer copies than were delivered."""
    kept = dict(Notice.objects.values_list("body", "copies"))
    waits = queues.waiting_messages(settings.NOTICES_QUEUE_URL)
    given_up = queues.waiting_messages(
        queues.dead_queue(settings.NOTICES_QUEUE_URL, thing="notices")
    )
    few = sum(kept.get(text, 0) < copies for text, copies in told.items())
    return few + waits + given_up


@pytest.fixture
def right(anew, told):
    """What there is if nobody dies, and how long it takes."""
    anew()
    begun = time.monotonic()
    inbox.take_notices()
    assert (doubles(), lost(told)) == (0, 0)
    return end_state(), time.monotonic() - begun


@pytest.fixture
def finish(right, told):
    """Let the last one finish, and compare."""
    found = Counter()

    def run(kills):
        # A request of the dead one may be answered late, and hide notices once more.
        while queue_of_notices()._messages:
            half_a_minute_later()
            inbox.take_notices()
        inbox.take_notices()
        found.update(runs=1, kills=kills, lost=lost(told), doubled=doubles())
        found["other ends"] += end_state() != right[0]
        return found

    return run


@pytest.fixture
def figures(record_property):
    def note(found):
        record_property("figures", ", ".join(f"{count} {name}" for name, count in found.items()))

    return note


def test_killed_at_random_moments(anew, right, finish, figures, is_long):
    chance = random.Random(20261126)
    for _ in range(100 if is_long else 7):
        anew()
        kills = 0
        for _ in range(DEATHS_IN_A_ROW):
            kills += killed_after(inbox.take_notices, chance.uniform(0.01, right[1]))
            half_a_minute_later()
        found = finish(kills)

    figures(found)
    assert found["kills"] >= found["runs"]
    assert (found["lost"], found["doubled"], found["other ends"]) == (0, 0, 0)


@pytest.mark.parametrize("told", [FEW], ids=["few"])
def test_killed_before_a_statement(anew, finish, figures, is_long):
    """Before each one in the long run, else before one in seven."""
    step = 1 if is_long else 7
    number, is_killed = 0, True
    while is_killed:
        anew()
        is_killed = killed_before_statement(inbox.take_notices, number)
        found = finish(int(is_killed))
        number += step

    figures(found)
    assert found["kills"] == found["runs"] - 1 > 9
    assert (found["lost"], found["doubled"], found["other ends"]) == (0, 0, 0)


def test_killed_before_and_after_each_call(anew, finish, figures, is_long):
    anew()
    calls = calls_of(inbox.take_notices)
    step = 1 if is_long else 14
    for number in range(0, len(calls), step):
        for kind in ("killed before", "killed after"):
            anew()
            found = finish(int(not strike(inbox.take_notices, Point(kind, number))))

    figures(found)
    assert {"ReceiveMessage", "DeleteMessage", "SendMessage"} <= {*calls}
    assert found["kills"] == found["runs"]
    assert (found["lost"], found["doubled"], found["other ends"]) == (0, 0, 0)
