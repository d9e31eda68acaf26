"""Whoever's programs use a key hears of a new one, and of one that ends, in time and once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from backoffice.audit import SYSTEM
from tenants import keys, sweep
from tenants.models import ApiKey, Message
from tests.people import add_member

pytestmark = pytest.mark.django_db(transaction=True)

ALICE, DORA, BILL = "alice@example.com", "dora@example.com", "bill@example.com"
DAY = timedelta(days=1)


@pytest.fixture
def tenant(make_tenant, run_tasks):
    """An account with an owner, a developer and somebody who pays the bills."""
    tenant = make_tenant(ALICE)
    add_member(tenant, "developer", DORA)
    add_member(tenant, "billing", BILL)
    run_tasks()
    return tenant


@pytest.fixture
def rotate(tenant, run_tasks):
    def rotate(overlap):
        keys.rotate_key(tenant, SYSTEM, overlap=overlap)
        run_tasks()
        return tenant.keys.get(state=ApiKey.State.LIVE)

    return rotate


@pytest.fixture
def pass_by(run_tasks):
    def pass_by():
        sweep.run_due()
        run_tasks()

    return pass_by


def mails(cloud, address, words):
    return [mail for mail in cloud.mails(address) if words in mail["subject"]]


def test_a_new_key_is_told_with_the_last_moment_of_the_old_one(tenant, rotate, cloud):
    new = rotate(DAY)

    (told,) = mails(cloud, ALICE, "a new API key is ready")
    old = new.replaces
    assert f"The old key {old} works until {old.ends_at:%Y-%m-%d %H:%M} UTC" in told["text"]
    assert "/account/keys/" in told["text"]
    assert "/account/keys/" in told["html"]


def test_only_those_whose_programs_use_it_are_told(tenant, rotate, cloud):
    rotate(DAY)

    assert [bool(mails(cloud, who, "new API key")) for who in (ALICE, DORA, BILL)] == [
        True,
        True,
        False,
    ]


def test_without_an_overlap_the_mail_says_that_the_old_one_is_refused(tenant, rotate, cloud):
    rotate(timedelta(0))

    (told,) = mails(cloud, ALICE, "a new API key is ready")
    assert "does not work any more: programs that use it are refused" in told["text"]


def test_the_first_key_needs_no_such_mail(tenant, cloud):
    assert mails(cloud, ALICE, "API key") == []


def test_no_mail_about_a_key_holds_its_value(tenant, rotate, cloud):
    from adapters import usage_plans

    new = rotate(DAY)
    values = [usage_plans.key_value(key.key_id) for key in (new, new.replaces)]

    for mail in cloud.mails(ALICE):
        assert not [value for value in values if value in mail["text"] + mail["html"]]


def test_an_end_within_a_week_is_told_once(tenant, pass_by, cloud):
    key = tenant.keys.get()
    keys.set_expiry(key, SYSTEM, expires_at=timezone.now() + 6 * DAY)
    pass_by()
    pass_by()

    key.refresh_from_db()
    (told,) = mails(cloud, ALICE, f"an API key ends on {key.ends_at:%Y-%m-%d}")
    assert "write to us before that day" in told["text"]
    assert mails(cloud, BILL, "API key") == []


def test_an_end_that_is_moved_is_told_anew(tenant, pass_by, cloud):
    key = tenant.keys.get()
    for days in (6, 5):
        keys.set_expiry(key, SYSTEM, expires_at=timezone.now() + days * DAY)
        pass_by()

    assert len(mails(cloud, ALICE, "an API key ends on")) == 2


def test_an_end_far_away_is_not_told_yet(tenant, pass_by, cloud):
    keys.set_expiry(tenant.keys.get(), SYSTEM, expires_at=timezone.now() + 8 * DAY)
    pass_by()

    assert mails(cloud, ALICE, "an API key ends on") == []


@pytest.mark.parametrize(("overlap", "left", "count"), [(7, 3, 0), (7, 1, 1), (1, 0.5, 0)])
def test_only_a_long_retirement_is_recalled(tenant, rotate, pass_by, cloud, overlap, left, count):
    old = rotate(overlap * DAY).replaces
    ApiKey.objects.filter(pk=old.pk).update(retires_at=timezone.now() + left * DAY)
    pass_by()
    pass_by()

    told = mails(cloud, ALICE, "an API key ends on")
    assert len(told) == count
    assert all("A newer key is there already" in mail["text"] for mail in told)


def test_of_a_closed_account_nobody_is_told(tenant, pass_by):
    keys.set_expiry(tenant.keys.get(), SYSTEM, expires_at=timezone.now() + 6 * DAY)
    type(tenant).objects.update(state="closed")
    pass_by()

    assert not Message.objects.filter(kind=Message.Kind.KEY_ENDING).exists()
