"""Sign-ups and mails as staff see them."""

import pytest

from backoffice.models import AuditEvent
from campaigns import rules
from tenants.models import Message, SignUp
from tests.backoffice import rows
from tests.backoffice.doors import do, do_to_many, list_url, page_url
from tests.customers import sign_up

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_list_masks_codes_and_says_what_became_of_each(staff, make_code, run_tasks):
    code = make_code()
    sign_up(code=code)
    run_tasks()

    page = staff("support").get(list_url(SignUp())).content.decode()

    assert code not in page
    assert rules.masked(code) in page
    assert "Set up" in page


def test_a_sign_up_leads_to_its_customer(staff, make_code):
    row = sign_up(code=make_code())

    page = staff("support").get(page_url(row)).content.decode()

    assert page_url(row.tenant) in page
    assert row.code not in page


@pytest.mark.parametrize("by", ["email", "pk"])
def test_a_sign_up_is_found_by_address_or_id(staff, make_code, by):
    row = sign_up(code=make_code(), email="alice@example.com")
    sign_up(code=make_code(), email="bob@example.com")

    page = staff("support").get(list_url(row), {"q": str(getattr(row, by))})

    assert list(page.context["cl"].result_list) == [row]


def test_a_stuck_mail_is_tried_again_and_arrives(staff, run_tasks, cloud):
    mail = rows.a_mail(kind=Message.Kind.ALREADY_KNOWN, trouble="sesv2: MessageRejected")

    page = do(staff("support"), "try-again", mail, reason="Sender is verified now")
    run_tasks()

    mail.refresh_from_db()
    assert "1 mail is tried again." in page
    assert mail.state == Message.State.SENT
    assert AuditEvent.objects.get().reason == "Sender is verified now"


def test_a_mail_that_was_sent_is_not_sent_again(staff, run_tasks, cloud):
    mail = rows.a_mail(kind=Message.Kind.ALREADY_KNOWN, state=Message.State.SENT)

    page = do_to_many(staff("support"), "try-again", mail)
    run_tasks()

    assert "Only a stuck mail can be tried again." in page
    assert cloud.mails("alice@example.com") == []
