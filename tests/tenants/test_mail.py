"""A promised mail is sent once it can be, tried again when SES is busy, and visible when stuck."""

from datetime import timedelta

import pytest
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone

from backoffice.audit import SYSTEM
from backoffice.models import AuditEvent
from tenants import accounts, mail, sweep
from tenants.errors import NotPossible
from tenants.models import NOTICES, Message, OneTimeLink
from tests.customers import sign_up

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ses(monkeypatch):
    """Let SES answer with this error until told otherwise; errors as anymail wraps them."""
    from anymail.exceptions import AnymailAPIError
    from botocore.exceptions import ClientError

    real = EmailMultiAlternatives.send

    class Ses:
        code: str | None = None

    def send(self, *args, **kwargs):
        if Ses.code is None:
            return real(self, *args, **kwargs)
        status = 429 if Ses.code == "TooManyRequestsException" else 400
        answer = {"Error": {"Code": Ses.code}, "ResponseMetadata": {"HTTPStatusCode": status}}
        raise AnymailAPIError("SES said no") from ClientError(answer, "SendEmail")

    monkeypatch.setattr(EmailMultiAlternatives, "send", send)
    return Ses


def test_a_busy_ses_is_tried_again_later(make_code, run_tasks, cloud, ses):
    ses.code = "TooManyRequestsException"
    sign_up(code=make_code(), email="alice@example.com")
    run_tasks()
    message = Message.objects.get()
    assert (message.state, message.attempts) == (Message.State.WAITING, 1)

    ses.code = None
    Message.objects.update(next_attempt_at=timezone.now() - timedelta(seconds=1))
    sweep.run_due()
    run_tasks()

    assert len(cloud.mails("alice@example.com")) == 1


def test_a_mail_that_ses_refuses_is_stuck_and_the_customer_sees_that(make_code, run_tasks, ses):
    from tenants import signups

    ses.code = "MessageRejected"
    row = sign_up(code=make_code())
    run_tasks()

    message = Message.objects.get()
    assert message.state == Message.State.STUCK
    assert "MessageRejected" in message.trouble
    assert signups.status(row) == "failed"


def test_staff_put_a_stuck_mail_back_in_line(make_code, run_tasks, cloud, ses):
    ses.code = "MessageRejected"
    sign_up(code=make_code(), email="alice@example.com")
    run_tasks()
    ses.code = None

    mail.try_again(Message.objects.get(), SYSTEM)
    run_tasks()

    assert len(cloud.mails("alice@example.com")) == 1
    assert AuditEvent.objects.filter(action="try mail again").exists()


def test_only_a_stuck_mail_can_be_tried_again(make_tenant):
    make_tenant()

    with pytest.raises(NotPossible):
        mail.try_again(Message.objects.get(), SYSTEM)


def test_each_try_mints_a_link_and_either_works(make_code, run_tasks, ses):
    ses.code = "TooManyRequestsException"
    sign_up(code=make_code())
    run_tasks()
    ses.code = None
    Message.objects.update(next_attempt_at=None)
    sweep.run_due()

    run_tasks()

    assert OneTimeLink.objects.filter(used_at=None).count() == 2


def test_a_suspended_customer_gets_the_mail_when_reinstated(make_code, run_tasks, cloud):
    row = sign_up(code=make_code(), email="alice@example.com")
    accounts.suspend(row.tenant, SYSTEM)
    run_tasks()
    assert cloud.mails("alice@example.com") == []

    accounts.reinstate(row.tenant, SYSTEM)
    run_tasks()

    assert len(cloud.mails("alice@example.com")) == 1


def test_resending_the_welcome_mails_a_fresh_link(make_tenant, run_tasks, cloud):
    tenant = make_tenant("alice@example.com")

    accounts.resend_welcome(tenant, SYSTEM)
    run_tasks()

    first, second = (m["text"] for m in cloud.mails("alice@example.com"))
    assert first != second


def test_who_has_a_password_gets_no_second_welcome(make_tenant):
    tenant = make_tenant()
    tenant.members.update(password_set_at=timezone.now())

    with pytest.raises(accounts.AlreadySo):
        accounts.resend_welcome(tenant, SYSTEM)


@pytest.mark.parametrize("kind", sorted(set(Message.Kind.values) - set(NOTICES)))
def test_every_kind_of_mail_to_customers_has_a_subject_a_text_and_an_html_part(
    make_tenant, run_tasks, cloud, kind
):
    member = make_tenant("alice@example.com").members.get()
    mail.send_worker(mail.promise(kind, to=member.email, member=member))

    run_tasks()

    newest = cloud.mails("alice@example.com")[0]
    assert newest["subject"]
    assert "support@gatehouse.example" in newest["text"]
    assert "<" in newest["html"]


def test_a_name_with_markup_stays_a_name(make_code, run_tasks, cloud):
    sign_up(code=make_code(), email="alice@example.com", full_name="<b>Al & Ice</b>")

    run_tasks()

    newest = cloud.mails("alice@example.com")[0]
    assert "&amp;" not in newest["text"]
    assert "<b>Al" not in newest["html"]


def test_a_mail_that_ses_gave_no_id_changes_no_other(make_code, run_tasks, settings):
    """A stage may send by something else: what SES tells then fits none of its mails."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    sign_up(code=make_code(), email="alice@example.com")
    other = Message.objects.create(
        kind=Message.Kind.WELCOME,
        to="bob@example.com",
        state=Message.State.SENT,
        fate=Message.Fate.DELIVERED,
    )

    run_tasks()

    other.refresh_from_db()
    assert other.fate == Message.Fate.DELIVERED
