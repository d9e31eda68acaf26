"""What staff may do, asked in one query: the same as Django would answer in two."""

import pytest
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser, Group, User
from django.urls import reverse

from backoffice.rights import RightsBackend
from tests.backoffice.doors import list_url, page_url

pytestmark = pytest.mark.django_db


def rights(username: str) -> set[str]:
    return RightsBackend().get_all_permissions(User.objects.get(username=username))


@pytest.mark.parametrize("of", [["support"], ["change_user"], ["marketing", "view_user"], []])
def test_rights_are_those_that_django_finds(staff, of, django_assert_num_queries):
    user = staff(*of).user
    expected = ModelBackend().get_all_permissions(User.objects.get(pk=user.pk))

    with django_assert_num_queries(1):
        found = RightsBackend().get_all_permissions(user)
        RightsBackend().get_all_permissions(user)

    assert found == expected
    assert bool(found) == bool(of)


def test_another_s_rights_are_not_mine(staff):
    staff("admin", "view_user")
    staff("auditor", username="other")

    assert "auth.change_user" in rights("staff")
    assert "auth.change_user" not in rights("other")


def test_a_superuser_has_every_right(db):
    user = User.objects.create_superuser("root")

    assert rights("root") == ModelBackend().get_all_permissions(user)
    assert user.has_perm("tenants.any_word")


def test_who_is_gone_or_not_signed_in_may_nothing(staff):
    user = staff("admin").user
    User.objects.filter(pk=user.pk).update(is_active=False)

    assert rights("staff") == set()
    assert RightsBackend().get_all_permissions(AnonymousUser()) == set()


def test_nobody_has_a_right_on_a_single_row(staff):
    user = staff("admin").user

    assert RightsBackend().get_all_permissions(user, user) == set()


def test_a_role_says_what_it_may_do_in_words(staff):
    client = staff("admin")

    page = client.get(page_url(Group.objects.get(name="support"))).content.decode()

    assert "Customers: see; reset accounts and resend welcome mails" in page
    assert "Can view" not in page
    assert "reason" not in page


def test_a_new_role_is_ticked_together_in_words(staff):
    client = staff("admin")

    page = client.get(reverse("admin:auth_group_add")).content.decode()

    assert "Customers: suspend and reinstate customers" in page
    assert "API keys: see" in page
    assert "Log entries" not in page


def test_the_list_of_people_says_who_has_which_role(staff):
    client = staff("admin", "support")

    page = client.get(list_url(client.user)).content.decode()

    assert "admin, support" in page
