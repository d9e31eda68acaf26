"""One row an agreement, whoever begins it, and a grant that follows it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from adapters.marketplace import ResolvedCustomer
from marketplace import granting
from marketplace.agreements import agreement_of
from marketplace.models import Agreement

pytestmark = pytest.mark.django_db(transaction=True)

PRODUCT = "3ca8p4subscription00000002"
ARN = "arn:aws:license-manager::845735284135:license/l-e52c"


def resolved(**fields):
    given = {"product_code": PRODUCT, "account_id": "845735284135", "agreement_id": "agmt-1"}
    return ResolvedCustomer(**{**given, **fields})


def test_many_who_begin_one_agreement_at_once_get_one_row(in_threads):
    rows = in_threads(16, lambda _: agreement_of(resolved(license_arn=ARN)))

    assert {row.pk for row in rows} == {Agreement.objects.get().pk}


def test_an_agreement_known_by_its_license_is_the_same_one():
    known = Agreement.objects.create(license_id="l-e52c")

    row = agreement_of(resolved(agreement_id="", license_arn=ARN))

    assert (row.pk, row.product_code, row.license_arn) == (known.pk, PRODUCT, ARN)


def test_two_agreements_of_one_account_are_two_rows():
    first, second = agreement_of(resolved()), agreement_of(resolved(agreement_id="agmt-2"))

    assert first.pk != second.pk


def test_a_legacy_buyer_who_comes_back_is_the_same_row():
    legacy = {"agreement_id": "", "customer_identifier": "X01"}

    assert agreement_of(resolved(**legacy)) == agreement_of(resolved(**legacy))


def test_the_grant_follows_the_agreement(make_tenant):
    tenant = make_tenant()
    row = agreement_of(resolved())
    Agreement.objects.filter(pk=row.pk).update(tenant=tenant)

    states = []
    for state in ("pending", "active", "active", "ended"):
        Agreement.objects.filter(pk=row.pk).update(
            state=state, ended_at=timezone.now() + timedelta(hours=1)
        )
        granting.follow(Agreement.objects.get(pk=row.pk))
        grants = tenant.grants.filter(agreement="agmt-1")
        states.append([(grant.tier, grant.ended_at is None) for grant in grants])

    assert states == [[], [("pro", True)], [("pro", True)], [("pro", False)]]
