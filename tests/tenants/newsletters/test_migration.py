"""Who said yes before consents were rows keeps their yes, as one whose words are not known."""

from importlib import import_module

import pytest
from django.apps import apps
from django.utils import timezone

from tenants.models import NewsletterConsent
from tests.backoffice import rows

pytestmark = pytest.mark.django_db(transaction=True)
KEEP = import_module("tenants.migrations.0023_newsletters").keep_earlier_consents


@pytest.fixture
def yes_since(db):
    def make(email, **fields):
        tenant = rows.a_customer(email, email, state=fields.pop("state", "active"))
        tenant.members.update(marketing_opt_in_at=timezone.now(), **fields)
        return tenant.members.get()

    return make


def test_an_earlier_yes_is_kept_with_its_date(yes_since):
    member = yes_since("alice@example.com")

    KEEP(apps, None)

    consent = NewsletterConsent.objects.get()
    assert (consent.member, consent.given_at) == (member, member.marketing_opt_in_at)
    assert (consent.source, consent.wording) == ("imported", "")


def test_who_left_or_closed_the_account_said_yes_to_nothing(yes_since):
    yes_since("bob@example.com", left_at=timezone.now())
    yes_since("carol@example.com", state="closed")

    KEEP(apps, None)

    assert not NewsletterConsent.objects.exists()
