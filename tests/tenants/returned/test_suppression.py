"""An address that bounces for good, or complains, gets no mail until staff release it."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import boto3
import pytest
from botocore.exceptions import ClientError
from django.urls import reverse
from django.utils import timezone

from backoffice.audit import SYSTEM
from backoffice.models import AuditEvent
from localcloud import mail_returns
from localcloud.mailbox import MAILBOX
from tenants import accounts, mail, signups, sweep
from tenants.errors import NotPossible
from tenants.models import MailEvent, Message, SuppressedAddress
from tenants.returned import inbox, suppression
from tests import mail_events as bodies
from tests.backoffice import rows
from tests.backoffice.doors import do
from tests.customers import sign_up

pytestmark = pytest.mark.django_db(transaction=True)

ALICE = "alice@example.com"
DEAD = "bounce@simulator.amazonses.com"
DAY = datetime(2026, 11, 20, tzinfo=UTC)


def tell(*texts):
    for text in texts:
        for event in inbox.save(text):
            inbox.apply(event)


def stamp(days):
    return (DAY + timedelta(days=days)).isoformat()


def soft(number, days, reason="MailboxFull"):
    return bodies.bounce(f"m-{number}", ALICE, "Transient", reason, timestamp=stamp(days))


def is_held_back(address=ALICE):
    return suppression.suppressed(address) is not None


@pytest.fixture
def bounced(make_tenant):
    """The owner's welcome bounced, as a simulated mailbox does it; another mail is held."""
    tenant = make_tenant(DEAD)
    sweep.run_due()
    return tenant


def resend(tenant, run_tasks):
    accounts.resend_welcome(tenant, SYSTEM)
    run_tasks()
    return Message.objects.filter(kind=Message.Kind.WELCOME).first()


def test_a_mail_to_an_address_that_bounced_is_not_sent_and_says_so(bounced, run_tasks, cloud):
    sent = len(cloud.mails(DEAD))

    message = resend(bounced, run_tasks)

    assert (message.state, message.trouble) == (Message.State.HELD, "A mail bounced")
    assert len(cloud.mails(DEAD)) == sent


def test_it_is_not_tried_again_by_the_sweep(bounced, run_tasks, cloud):
    message = resend(bounced, run_tasks)
    sent = len(cloud.mails(DEAD))

    sweep.run_due()
    run_tasks()

    message.refresh_from_db()
    assert message.state == Message.State.HELD
    assert len(cloud.mails(DEAD)) == sent


def test_case_does_not_matter(bounced):
    assert is_held_back(DEAD.upper())


def test_a_sign_up_with_such_an_address_goes_through(make_code, run_tasks, client):
    tell(bodies.bounce("m", ALICE))

    row = sign_up(code=make_code(), email=ALICE)
    run_tasks()

    row.refresh_from_db()
    assert row.tenant.members.get().email == ALICE
    assert signups.status(row) == "failed"
    page = client.get(reverse("progress", args=[row.pk])).content.decode()
    assert "comes back to us" in page


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (bodies.bounce("m", ALICE), "bounced"),
        (bodies.bounce("m", ALICE, reason="OnAccountSuppressionList"), "bounced"),
        (bodies.complaint("m", ALICE), "complained"),
        (bodies.complaint("m", ALICE, "not-spam"), None),
        (bodies.bounce("m", ALICE, "Transient", "MailboxFull"), None),
        (bodies.bounce("m", ALICE, "Undetermined", "Undetermined"), None),
        (bodies.delivery("m", ALICE), None),
        (bodies.delay("m", ALICE), None),
        (bodies.event("Reject", "m", ALICE), None),
    ],
)
def test_only_a_bounce_for_good_and_a_complaint_hold_an_address_back(text, why):
    tell(text)

    row = suppression.suppressed(ALICE)
    assert (row and row.why) == why


def test_three_mails_that_come_back_within_a_week_hold_it_back():
    tell(soft(1, 0), soft(2, 3))
    assert not is_held_back()

    tell(soft(2, 3), soft(3, 6))

    assert suppression.suppressed(ALICE).why == SuppressedAddress.Why.OFTEN


@pytest.mark.parametrize(
    "story",
    [
        [soft(1, 0), soft(2, 3), soft(3, 8)],
        [soft(1, 0), soft(2, 1), bodies.delivery("m-9", ALICE, timestamp=stamp(2)), soft(3, 3)],
        [
            *(bodies.delivery(f"m-{number}", ALICE, timestamp=stamp(1)) for number in (1, 2, 3)),
            *(soft(number, 2, "General") for number in (1, 2, 3)),
        ],
    ],
    ids=["slowly", "one arrived", "automatic answers"],
)
def test_fewer_do_not(story):
    tell(*story)

    assert not is_held_back()


def test_a_complaint_outweighs_a_bounce_in_any_order():
    ends = set()
    for order in permutations([bodies.bounce("m-1", ALICE), bodies.complaint("m-2", ALICE)]):
        SuppressedAddress.objects.all().delete()
        MailEvent.objects.all().delete()
        tell(*order, *order)
        ends.add((SuppressedAddress.objects.get().why, SuppressedAddress.objects.count()))

    assert ends == {("complained", 1)}


def test_released_mail_goes_out_and_ses_forgets_the_address(make_tenant, run_tasks, cloud, staff):
    tenant = make_tenant(ALICE)
    mail_returns.bounce(MAILBOX.sent(1))
    sweep.run_due()
    resend(tenant, run_tasks)
    before = len(cloud.mails(ALICE))
    row = suppression.suppressed(ALICE)

    page = do(staff("support"), "release", row, reason="They made room", sends_held="on")
    sweep.run_due()
    run_tasks()

    assert "1 address is released." in page
    assert len(cloud.mails(ALICE)) == before + 1
    assert not is_held_back()
    with pytest.raises(ClientError, match="NotFoundException"):
        boto3.client("sesv2").get_suppressed_destination(EmailAddress=ALICE)
    act = AuditEvent.objects.get(action="release address")
    assert (act.reason, act.after) == ("They made room", {"mails sent": 1})


def test_what_is_too_old_is_dropped_and_the_rest_stays_if_staff_want_it(bounced, run_tasks):
    message = resend(bounced, run_tasks)
    suppression.release(suppression.suppressed(DEAD), SYSTEM, sends_held=False)
    message.refresh_from_db()
    assert message.state == Message.State.HELD

    SuppressedAddress.objects.update(released_at=None)
    Message.objects.filter(pk=message.pk).update(created_at=timezone.now() - timedelta(days=15))
    suppression.release(suppression.suppressed(DEAD), SYSTEM, sends_held=True)

    message.refresh_from_db()
    assert message.state == Message.State.DROPPED


def test_what_was_told_before_the_release_holds_nobody_back_again(bounced):
    suppression.release(suppression.suppressed(DEAD), SYSTEM, sends_held=True)

    tell(bodies.bounce("late", DEAD))
    assert not is_held_back(DEAD)

    tell(bodies.bounce("new", DEAD, timestamp=(timezone.now() + timedelta(hours=1)).isoformat()))
    assert suppression.suppressed(DEAD).seen_at is None
    assert is_held_back(DEAD)


def test_a_release_that_dies_after_ses_is_pressed_again(bounced, monkeypatch):
    row = suppression.suppressed(DEAD)

    def die(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(suppression, "_let_go", die)
        with pytest.raises(KeyboardInterrupt):
            suppression.release(row, SYSTEM, sends_held=True)
    assert is_held_back(DEAD)

    suppression.release(row, SYSTEM, sends_held=True)

    assert not is_held_back(DEAD)
    assert AuditEvent.objects.filter(action="release address").count() == 1
    with pytest.raises(NotPossible):
        suppression.release(row, SYSTEM, sends_held=True)


def test_nothing_is_released_while_ses_does_not_answer(bounced, monkeypatch, staff):
    from adapters import suppression_list
    from adapters.errors import TryLater

    def busy(_):
        raise TryLater("SES is busy")

    monkeypatch.setattr(suppression_list, "take_off", busy)

    page = do(staff("support"), "release", suppression.suppressed(DEAD), sends_held="on")

    assert "AWS does not answer. Try again in a minute." in page
    assert is_held_back(DEAD)


def test_the_customers_page_says_so_with_the_next_step(bounced, staff):
    url = reverse("admin:tenants_tenant_change", args=[bounced.pk])

    page = staff("support").get(url).content.decode()

    assert 'data-testid="held-back"' in page
    assert "Ask for a working address by another way" in page
    row = suppression.suppressed(DEAD)
    assert reverse("admin:tenants_suppressedaddress_change", args=[row.pk]) in page


def test_what_waits_is_counted_until_somebody_looks(staff):
    row = rows.an_address_held_back()
    client = staff("support")
    assert "mail comes back, somebody has to look" in client.get("/admin/").content.decode()

    page = do(client, "keep", row)

    assert "1 address stays held back." in page
    assert "mail comes back, somebody has to look" not in client.get("/admin/").content.decode()
    assert is_held_back(row.address)
    with pytest.raises(NotPossible):
        suppression.mark_seen(row, SYSTEM)


def test_staff_are_told_once_an_hour_at_most_and_of_everything(run_tasks, cloud, settings):
    settings.STAFF_URL = "https://staff.example"
    rows.an_address_held_back(address="a@example.com")
    rows.an_address_held_back(address="b@example.com")
    sweep.run_due()
    rows.an_address_held_back(address="c@example.com")
    sweep.run_due()
    run_tasks()

    (told,) = cloud.mails("support@gatehouse.example")
    assert "a@example.com" in told["text"]
    assert "b@example.com" in told["html"]
    waiting = "https://staff.example/admin/tenants/suppressedaddress/?state=waiting"
    assert waiting in told["text"]
    assert SuppressedAddress.objects.filter(told_at=None).count() == 1

    Message.objects.update(occasion="an hour ago")
    sweep.run_due()
    run_tasks()

    assert "c@example.com" in cloud.mails("support@gatehouse.example")[0]["text"]


def test_a_notice_address_that_bounces_hides_nothing(settings, run_tasks, cloud, staff):
    settings.RETURNED_MAIL_NOTICES = [DEAD]
    rows.an_address_held_back()
    for hour in range(3):
        sweep.run_due()
        run_tasks()
        fresh = Message.objects.exclude(occasion__startswith="hour ")
        fresh.update(occasion=f"hour {hour}")

    assert len(cloud.mails(DEAD)) == 1
    assert suppression.waiting().count() == 2
    held = Message.objects.get(state=Message.State.HELD)
    assert held.kind == Message.Kind.RETURNED_NOTICE
    assert DEAD in staff("support").get(
        reverse("admin:tenants_suppressedaddress_changelist"), {"state": "waiting"}
    ).content.decode()  # fmt: skip


def test_every_mail_is_held_back_whatever_its_kind(make_tenant, cloud):
    member = make_tenant(ALICE).members.get()
    tell(bodies.complaint("m", ALICE))
    sent = len(cloud.mails(ALICE))

    for kind in (Message.Kind.RESET, Message.Kind.QUOTA, Message.Kind.KEY_PUBLISHED):
        mail.deliver(mail.promise(kind, to=ALICE, member=member))

    assert Message.objects.filter(state=Message.State.HELD).count() == 3
    assert len(cloud.mails(ALICE)) == sent
