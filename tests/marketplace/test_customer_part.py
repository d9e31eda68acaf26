"""What staff see of AWS Marketplace on a customer's page."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from marketplace import inbox
from marketplace.models import Agreement, Registration
from tenants.models import Grant, SignUp
from tests import buyers, notices
from tests.backoffice.doors import page_url
from tests.backoffice.rows import a_customer, an_agreement
from tests.customers import wish

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def page(staff):
    def show(tenant, *rights):
        return staff(*(rights or ["support"])).get(page_url(tenant))

    return show


def told(tenant, *bodies):
    """Let AWS tell this, of an agreement of the customer's."""
    for body in bodies:
        inbox.apply(inbox.save(body))
    Agreement.objects.update(tenant=tenant)


def lines(page):
    said = [
        entry for entry in page.context["timeline"].entries if entry.source == "AWS Marketplace"
    ]
    return [(entry.what, entry.detail) for entry in said]


def test_a_block_says_what_they_bought_and_what_aws_bills(page):
    tenant = a_customer()
    ends_at = datetime(2027, 3, 1, 12, tzinfo=UTC)
    row = an_agreement(tenant=tenant, tier="pro", product_code=buyers.CONTRACT, ends_at=ends_at)

    text = page(tenant).content.decode()

    assert f'href="{page_url(row)}">Gatehouse solver, by contract</a>' in text
    assert "<dd>Pro</dd>" in text
    assert "<dd>2027-03-01 12:00 UTC</dd>" in text
    assert "<dd>the price of the contract</dd>" in text


@pytest.mark.parametrize(
    ("product", "billed"),
    [
        (buyers.SUBSCRIPTION, "what is used: solver units"),
        (
            "3ca8p4consumption000000003",
            "the price of the contract, and what is used beyond it: solver units",
        ),
        ("somebody-elses", ""),
    ],
)
def test_what_aws_bills_follows_the_listing(page, product, billed):
    tenant = a_customer()
    an_agreement(tenant=tenant, product_code=product)

    (part,) = page(tenant).context["parts"]

    assert part.facts["lines"][0].billed == billed


@pytest.mark.parametrize(("source", "said"), [("agmt-000000", True), ("agmt-other", False)])
def test_the_agreement_that_pays_today_says_so(page, source, said):
    tenant = a_customer()
    an_agreement(tenant=tenant)
    grant = {"source": Grant.Source.MARKETPLACE, "agreement": source, "tier": "enterprise"}
    Grant.objects.create(tenant=tenant, starts_at=timezone.now(), **grant)

    assert ("counted on this agreement" in page(tenant).content.decode()) is said


def test_what_goes_on_comes_before_what_ended(page):
    tenant = a_customer()
    going = an_agreement(tenant=tenant)
    gone = an_agreement(tenant=tenant, state="ended", ended_as="CANCELLED")

    (part,) = page(tenant).context["parts"]

    assert [line.agreement for line in part.facts["lines"]] == [going, gone]


def test_an_end_is_said_in_words_with_aws_s_word_beside(page):
    tenant = a_customer()
    an_agreement(tenant=tenant, state="ended", ended_as="CANCELLED")

    assert "the buyer ended it before its date (CANCELLED)" in page(tenant).content.decode()


def test_an_end_for_a_reason_that_is_new_to_us_keeps_aws_s_word(page):
    tenant = a_customer()
    an_agreement(tenant=tenant, state="ended", ended_as="VAPORISED")

    assert "for a reason that is new to us (VAPORISED)" in page(tenant).content.decode()


def test_a_customer_who_bought_nothing_has_no_block(page):
    assert "Bought on AWS Marketplace" not in page(a_customer()).content.decode()


def test_whoever_may_not_see_agreements_sees_neither_block_nor_lines(page):
    tenant = a_customer()
    told(tenant, notices.created(), notices.licensed())

    shown = page(tenant, "view_tenant")

    assert shown.context["parts"] == []
    assert lines(shown) == []


def test_the_timeline_says_when_the_agreement_began_and_how_it_ended(page):
    tenant = a_customer()
    told(tenant, notices.created(), notices.licensed(), notices.ended())

    which = "Gatehouse solver, pay as you go, agmt-1"
    assert lines(page(tenant)) == [
        ("Agreement ended: the buyer ended it before its date (CANCELLED)", which),
        ("Agreement active", which),
    ]


def test_one_that_begins_later_has_not_begun(page):
    tenant = a_customer()
    an_agreement(tenant=tenant, starts_at=timezone.now() + timedelta(days=3))

    assert lines(page(tenant)) == []


def test_an_advisory_is_one_line_however_many_parties_aws_told(page):
    tenant = a_customer()
    issued = notices.advised(3)
    told(tenant, notices.created(), notices.licensed(), issued)
    told(tenant, notices.advised(3), notices.advised(5, what="Resolved"))

    said = [what for what, _agreement in lines(page(tenant))]

    assert said[:2] == ["AWS took its advisory back", "AWS issued an advisory"]
    assert len(said) == 3


def test_the_timeline_says_who_registered(page):
    tenant = a_customer()
    row = an_agreement(tenant=tenant)
    values = wish(email="alice@example.com").columns()
    sign_up = SignUp.objects.create(**values, tenant=tenant, form_key=f"{1:032x}")
    finished = {"state": "finished", "finished_at": timezone.now()}
    Registration.objects.create(agreement=row, sign_up=sign_up, **finished)
    Registration.objects.create(agreement=row)

    which = f"Gatehouse solver, pay as you go, {row.agreement_id}"
    assert lines(page(tenant)) == [("alice@example.com registered", which)]


def test_the_timeline_says_who_attached_it(page):
    tenant = a_customer(email="olga@example.com")
    row = an_agreement(tenant=tenant)
    finished = {"state": "finished", "finished_at": timezone.now()}
    Registration.objects.create(agreement=row, attached_by=tenant.members.get(), **finished)

    assert lines(page(tenant))[0][0] == "olga@example.com registered"
