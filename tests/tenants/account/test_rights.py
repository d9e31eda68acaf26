"""Who sees and does what in the account: the whole table, and what it means at the door."""

import pytest
from django.http import HttpResponse

from tenants.account import rights, sessions
from tenants.models import Member

YES = {
    "owner": set(rights.RIGHTS),
    "developer": {
        "see overview",
        "see usage",
        "see subscription",
        "see keys",
        "change keys",
        "change own settings",
    },
    "billing": {
        "see overview",
        "see usage",
        "see subscription",
        "see keys",
        "redeem code",
        "change own settings",
    },
    "read-only": {
        "see overview",
        "see usage",
        "see subscription",
        "see keys",
        "change own settings",
    },
}


@pytest.mark.parametrize("role", Member.Role.values)
@pytest.mark.parametrize("right", rights.RIGHTS)
def test_the_table(role, right):
    assert rights.may(Member(role=role), right) == (right in YES[role])


def test_a_right_that_does_not_exist_is_a_bug_at_import():
    with pytest.raises(KeyError):
        sessions.signed_in(may="fly")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("role", "status"), [("owner", 200), ("developer", 403)])
def test_the_door_lets_in_who_has_the_right(as_member, monkeypatch, role, status):
    from tenants.account import urls, views

    client = as_member(role)
    guarded = sessions.signed_in(may="close account")(lambda request: HttpResponse("in"))
    monkeypatch.setattr(views, "overview", guarded)
    monkeypatch.setattr(urls.urlpatterns[0], "callback", guarded)

    assert client.get("/account/").status_code == status


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("role", Member.Role.values)
def test_everybody_sees_the_first_page(as_member, role):
    page = as_member(role).get("/account/").content.decode()

    assert "Starter" in page
    assert f"{role}@example.com" in page or "alice@example.com" in page
