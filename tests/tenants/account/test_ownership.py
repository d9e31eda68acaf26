"""An owner gives the account to somebody else: one act, and never an account of nobody's."""

import pytest

from adapters import rights
from backoffice.audit import SYSTEM
from backoffice.models import AuditEvent
from tenants import limits, ownership, people
from tenants.errors import NotPossible
from tenants.models import Member
from tests import people as cast
from tests.outages import failing

pytestmark = pytest.mark.django_db(transaction=True)

BOB = "bob@example.com"


@pytest.fixture
def owner(as_member):
    return as_member()


@pytest.fixture
def bob(owner, as_member):
    """A developer of the account, signed in."""
    return as_member("developer", BOB)


def give(client, person, keep="billing", present=cast.PASSWORD, **more):
    form = {"keep": keep, "present": present, **more}
    return client.post(f"/account/people/m{person.pk}/give/", form, follow=True)


def roles():
    return dict(Member.objects.values_list("email", "role"))


def test_both_change_at_once_and_hear_of_it(owner, bob, run_tasks, cloud):
    answer = give(owner, bob.member)
    run_tasks()

    assert "bob@example.com owns the account now" in answer.content.decode()
    assert roles() == {"alice@example.com": "billing", BOB: "owner"}
    assert rights.read_permission(bob.member.user_id).role == "owner"
    assert rights.read_permission(owner.member.user_id).role == "billing"
    assert "you gave the account" in cloud.mails("alice@example.com")[0]["subject"]
    assert "is yours now" in cloud.mails(BOB)[0]["subject"]
    event = AuditEvent.objects.get(action="give ownership")
    assert (event.actor_name, event.after[BOB]) == ("alice@example.com", "owner")
    assert owner.get("/account/people/").status_code == 403
    assert bob.get("/account/people/").status_code == 200


def test_the_page_offers_it_for_who_has_signed_in(owner, bob, run_tasks):
    newcomer = cast.add_member(owner.member.tenant, "developer", "carol@example.com")

    of_bob = owner.get(f"/account/people/m{bob.member.pk}/").content.decode()
    of_newcomer = owner.get(f"/account/people/m{newcomer.pk}/").content.decode()
    of_herself = owner.get(f"/account/people/m{owner.member.pk}/").content.decode()

    assert "Give them the account" in of_bob
    assert "Give them the account" not in of_newcomer + of_herself
    assert "have to sign in once" in give(owner, newcomer).content.decode()
    assert roles()["alice@example.com"] == "owner"


@pytest.mark.parametrize("keep", ["owner", "", "king"])
def test_the_giver_says_what_they_are_afterwards(owner, bob, keep):
    assert "Choose what you are" in give(owner, bob.member, keep).content.decode()

    assert roles() == {"alice@example.com": "owner", BOB: "developer"}


def test_nobody_but_an_owner_gives_it_and_not_to_a_stranger(owner, bob, make_tenant):
    stranger = make_tenant("dora@example.com").members.get()

    assert give(bob, bob.member).status_code == 403
    assert "Nobody on your list" in give(owner, stranger).content.decode()
    assert roles()["alice@example.com"] == "owner"


def test_a_session_alone_gives_nothing_away(owner, bob):
    page = owner.get(f"/account/people/m{bob.member.pk}/give/").content.decode()
    without, wrong = give(owner, bob.member, present=""), give(owner, bob.member, present="guess")

    assert "Your present password" in page
    assert "authenticator app" not in page
    assert (without.status_code, wrong.status_code) == (422, 422)
    assert "Write your password." in without.content.decode()
    assert "This is not your present password." in wrong.content.decode()
    assert roles() == {"alice@example.com": "owner", BOB: "developer"}


def test_guessing_the_password_closes_the_form_for_the_hour(owner, bob):
    for _guess in range(limits.MOST_SIGN_INS_PER_HOUR):
        give(owner, bob.member, present="guess")

    assert give(owner, bob.member).status_code == 422
    assert roles() == {"alice@example.com": "owner", BOB: "developer"}


def test_while_cognito_is_busy_nothing_is_given(owner, bob):
    with failing("cognito-idp", "InitiateAuth", "TooManyRequestsException"):
        answer = give(owner, bob.member)

    assert answer.status_code == 503
    assert roles() == {"alice@example.com": "owner", BOB: "developer"}


def test_two_gifts_at_once_leave_one_owner_who_can_sign_in(owner, bob, as_member, in_threads):
    heirs = [bob.member, as_member("read-only", "carol@example.com").member]

    def work(number):
        try:
            key = f"m{heirs[number].pk}"
            ownership.give_ownership(owner.member, key, SYSTEM, keep="developer")
        except NotPossible:
            return "refused"
        return "given"

    assert sorted(in_threads(2, work)) == ["given", "refused"]
    assert list(roles().values()).count("owner") == 1


def test_a_gift_and_a_removal_at_once_leave_an_owner(owner, bob, in_threads):
    def work(number):
        key = f"m{bob.member.pk}"
        try:
            if number:
                people.remove(owner.member.tenant, key, SYSTEM)
            else:
                ownership.give_ownership(owner.member, key, SYSTEM, keep="developer")
        except NotPossible:
            return "refused"
        return "done"

    in_threads(2, work)

    assert Member.objects.filter(role="owner", left_at=None).count() == 1
