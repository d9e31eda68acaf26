"""Columns that show a state: on a colour in a list, as its words on the row's own page."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tenants.models import LimitedVisitor
from tests.backoffice.doors import list_url, page_url

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def visitor(db):
    until = timezone.now() + timedelta(hours=1)
    return LimitedVisitor.objects.create(
        what="check", pseudonym="x", shown="somebody", since=timezone.now(), until=until
    )


def test_a_row_s_own_page_says_its_state_in_words(staff, visitor):
    page = staff("support").get(page_url(visitor)).content.decode()

    assert "Limited now" in page
    assert "(&#x27;limited" not in page


def test_the_list_says_it_on_a_colour(staff, visitor):
    page = staff("support").get(list_url(visitor)).content.decode()

    assert "Limited now" in page
    assert "(&#x27;limited" not in page
    assert "bg-red" in page
