"""From the queue to the agreement and its grant: nothing lost, nothing double."""

import json
from itertools import permutations

import pytest
from django.conf import settings

from adapters.aws import client
from adapters.marketplace import ResolvedCustomer
from marketplace import granting, inbox
from marketplace.agreements import agreement_of
from marketplace.models import Agreement, Notice
from portal import lambda_notices
from portal.lambda_entry import handler
from tenants import sweep
from tenants.access import access_of
from tenants.models import Grant, Message, Tenant
from tests import notices as bodies
from tests.people import add_member

pytestmark = pytest.mark.django_db(transaction=True)


def send(*texts):
    for text in texts:
        client("sqs").send_message(QueueUrl=settings.NOTICES_QUEUE_URL, MessageBody=text)


def queued():
    answer = client("sqs").get_queue_attributes(
        QueueUrl=settings.NOTICES_QUEUE_URL, AttributeNames=["All"]
    )["Attributes"]
    names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
    return sum(int(answer[name]) for name in names)


@pytest.fixture
def customer(db):
    """A customer whom agmt-1, or X01, belongs to; nothing has told of it yet."""

    def make(is_legacy=False):
        tenant = Tenant.objects.create(company="Burr Bearings")
        add_member(tenant, "owner", "bob@example.com")
        names = (
            {"product_code": bodies.LEGACY, "customer_identifier": "X01"}
            if is_legacy
            else {"product_code": bodies.SUBSCRIPTION["code"], "agreement_id": "agmt-1"}
        )
        row = agreement_of(ResolvedCustomer(account_id=bodies.ACCOUNT, **names))
        Agreement.objects.filter(pk=row.pk).update(tenant=tenant)
        granting.follow(Agreement.objects.get(pk=row.pk))
        return tenant

    return make


def end_state(tenant):
    """What must be the same however the notices came."""
    from django.utils import timezone

    access = access_of(tenant, tenant.grants.all(), timezone.now())
    rows = Agreement.objects.order_by("agreement_id").values_list(
        *("agreement_id", "product_code", "license_id", "state", "ended_as", "ended_at"),
        *("starts_at", "ends_at", "advisory_since", "auto_renews", "tenant", "intent"),
    )
    open_grants = tenant.grants.filter(ended_at=None).values_list("agreement", "tier")
    return list(rows), (access.allowed, access.tier, access.billing_source), sorted(open_grants)


def clear():
    for model in (Message, Grant, Notice, Agreement):
        model.objects.all().delete()
    Tenant.objects.update(generation=1)


@pytest.mark.parametrize("name", bodies.HISTORIES)
def test_every_order_of_a_history_ends_the_same_and_doubles_nothing(
    name, customer, record_property
):
    history = bodies.HISTORIES[name]
    tenant = customer(is_legacy="legacy" in name)
    kept = Agreement.objects.values().get()
    ends, doubles, lost, schedules = [], 0, 0, 0
    for number, order in enumerate(permutations(history)):
        clear()
        Agreement.objects.create(**kept)
        copies = (1, 2, 5)[number % 3]
        for text in [*order, *order[::-1] * (copies - 1)]:
            inbox.apply(inbox.save(text))
        schedules += 1
        ends.append(end_state(tenant))
        occasions = Message.objects.values_list("kind", "agreement", "occasion", "to")
        doubles += len(occasions) - len(set(occasions))
        doubles += Grant.objects.count() - Grant.objects.values("agreement").distinct().count()
        lost += len(history) - Notice.objects.filter(state="applied", copies=copies).count()

    figures = f"{name}: {schedules} schedules, {doubles} double effects, {lost} lost"
    record_property("figures", figures)
    assert (ends.count(ends[0]), doubles, lost) == (schedules, 0, 0)


@pytest.mark.parametrize(
    ("name", "agreement", "is_open"),
    [
        ("bought and cancelled", "agmt-1", False),
        ("an advisory comes and goes", "agmt-1", True),
        ("renewed", "agmt-2", True),
        ("replaced, and nobody says by what", "agmt-2", True),
        ("an end that is new to us", "agmt-1", False),
        ("cancelled and bought again", "agmt-1", False),
        ("legacy, left and back", f"{bodies.LEGACY}/X01", True),
        ("legacy, gone", f"{bodies.LEGACY}/X01", False),
    ],
)
def test_each_history_ends_right(name, agreement, is_open, customer):
    tenant = customer(is_legacy="legacy" in name)
    for text in bodies.HISTORIES[name]:
        inbox.apply(inbox.save(text))

    assert end_state(tenant)[1][0] is is_open
    assert [one for one, _ in end_state(tenant)[2]] == ([agreement] if is_open else [])


def test_a_renewed_agreement_goes_on_until_its_successor_is_active(customer):
    tenant = customer()
    [made, licensed, ended, renewed, licensed_again] = bodies.HISTORIES["renewed"]
    payers = []
    for text in (made, licensed, ended, renewed, licensed_again):
        inbox.apply(inbox.save(text))
        payers.append(end_state(tenant)[1][2])

    first, second = "agreement:agmt-1", "agreement:agmt-2"
    assert payers == ["none", first, first, first, second]
    assert Message.objects.filter(kind="subscription_started").count() == 1
    assert not Message.objects.filter(kind="subscription_ended").exists()


def test_the_sweep_takes_notices_from_the_queue(customer):
    tenant = customer()
    send(bodies.created(), bodies.licensed(), bodies.licensed(), "no notice at all")

    assert sweep.run_due()["notices"] == 4

    assert (queued(), end_state(tenant)[1][0]) == (0, True)
    states = Notice.objects.values_list("state", flat=True)
    assert sorted(states) == ["applied", "applied", "applied", "unreadable"]


@pytest.mark.parametrize("step", ["save", "queues.discard", "apply"])
def test_a_death_between_any_two_steps_loses_nothing(step, customer, monkeypatch):
    tenant = customer()
    send(bodies.licensed(), bodies.created())
    dies = pytest.MonkeyPatch()

    def die(*args, **kwargs):
        raise SystemExit

    dies.setattr(f"marketplace.inbox.{step}", die)
    with pytest.raises(SystemExit):
        inbox.take_notices()
    dies.undo()

    sweep.run_due()

    assert (queued(), end_state(tenant)[1][0]) == (0, True)
    assert set(Notice.objects.values_list("state", flat=True)) == {"applied"}
    assert tenant.grants.count() == 1


def test_an_unknown_kind_is_kept_shown_and_breaks_nothing(customer):
    customer()
    inbox.apply(inbox.save(bodies.event("Purchase Agreement Teleported", 1)))

    notice = Notice.objects.get()
    assert (notice.state, notice.kind) == ("unknown", "Purchase Agreement Teleported")
    assert (notice.agreement.agreement_id, notice.agreement.state) == ("agmt-1", "pending")


def test_two_workers_at_once_make_one_grant_and_one_mail(customer, in_threads):
    tenant = customer()
    notices = [inbox.save(bodies.licensed()), inbox.save(bodies.created())] * 4
    in_threads(8, lambda number: inbox.apply_calmly(notices[number]))
    inbox.apply_waiting()

    assert tenant.grants.count() == 1
    assert Message.objects.filter(kind="subscription_started").count() == 1


def test_lambda_tells_notices_from_tasks_by_their_queue(customer):
    tenant = customer()
    record = {
        "messageId": "1",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:gatehouse-local-notices",
        "body": bodies.licensed(),
    }

    assert handler({"Records": [record]}, None) == {"batchItemFailures": []}

    assert end_state(tenant)[1][0] is True


def test_lambda_gives_back_what_could_not_be_kept(monkeypatch):
    from django.db import OperationalError

    save = inbox.save

    def fail(body):
        if body == "first":
            raise OperationalError("the database is away")
        return save(body)

    monkeypatch.setattr(inbox, "save", fail)
    records = [{"messageId": name, "body": name} for name in ("first", "second")]

    answer = lambda_notices.consume({"Records": records})

    assert answer == {"batchItemFailures": [{"itemIdentifier": "first"}]}
    assert [notice.body for notice in Notice.objects.all()] == ["second"]


def test_the_raw_notice_is_kept_word_for_word_even_if_nobody_can_read_it():
    text = json.dumps({"detail": "odd\u0000"})
    inbox.apply(inbox.save(text))

    assert Notice.objects.get().body == text
