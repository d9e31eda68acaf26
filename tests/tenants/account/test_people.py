"""The people of an account: invited, given another role, removed; and what AWS has of them then."""

import html
import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from adapters import rights, user_pool
from adapters.aws import client as aws
from backoffice.audit import SYSTEM
from backoffice.models import AuditEvent
from tenants import accounts, closing, observing, people, reconcile
from tenants.errors import NotPossible
from tenants.models import Invitation, Member, Message, SignUp, SupportRequest, Tenant
from tests import people as cast
from tests.backoffice import rows

pytestmark = pytest.mark.django_db(transaction=True)

BOB = "bob@example.com"


@pytest.fixture
def owner(as_member):
    return as_member()


def words(answer):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def invite(client, email=BOB, role="developer", name="Bob Burr"):
    form = {"email": email, "role": role, "full_name": name}
    return client.post("/account/people/invite/", form, follow=True)


def key_of(client, email=BOB):
    listed = people.people_of(client.member.tenant)
    return next(person.key for person in listed if person.email == email)


def change(client, role, email=BOB):
    url = f"/account/people/{key_of(client, email)}/"
    return client.post(url, {"role": role}, follow=True)


def remove(client, email=BOB):
    return client.post(f"/account/people/{key_of(client, email)}/remove/", follow=True)


def come_in(cloud, email=BOB):
    """Open the newest mail and choose a password."""
    token = re.search(r"/welcome/([\w-]+)/", cloud.mails(email)[0]["text"])[1]
    browser = Client()
    browser.get(f"/welcome/{token}/")
    password = {"password": cast.PASSWORD, "repeated": cast.PASSWORD}
    return browser.post("/welcome/", password, follow=True)


@pytest.fixture
def bob(owner, run_tasks, cloud):
    """A colleague who was invited and came in."""
    invite(owner)
    run_tasks()
    come_in(cloud)
    return Member.objects.get(email=BOB)


class TestInviting:
    def test_from_an_invitation_to_a_sign_in(self, owner, run_tasks, cloud):
        assert "bob@example.com is invited" in words(invite(owner))
        run_tasks()
        mail = cloud.mails(BOB)[0]
        assert "Ames Optics has invited you to its account, as Developer." in mail["text"]
        assert "Link sent" in words(owner.get("/account/people/"))

        come_in(cloud)

        browser = Client()
        assert cast.sign_in(browser, BOB).status_code == 302
        assert "Ames Optics" in words(browser.get("/account/"))
        assert "Password chosen" in words(owner.get("/account/people/"))
        event = AuditEvent.objects.get(action="invite")
        assert (event.actor_name, event.after) == (
            "alice@example.com",
            {"email": BOB, "role": "developer"},
        )

    def test_the_role_is_in_the_claims(self, bob):
        permission = rights.read_permission(bob.user_id)

        assert (permission.role, permission.tenant_id) == ("developer", bob.tenant_id)

    def test_an_address_with_an_account_elsewhere_looks_the_same(
        self, owner, make_tenant, make_campaign, make_code, run_tasks, cloud
    ):
        elsewhere = rows.a_customer("Burr Tools", BOB)
        invite(owner, "carol@example.com", name="Somebody")
        answer = words(invite(owner, name="Somebody"))
        run_tasks()

        assert "bob@example.com is invited" in answer
        page = owner.get("/account/people/").content.decode()
        lines = [
            re.sub(r"\b[mi]\d+\b", "", line) for line in re.findall(r"<li>.*?</li>", page, re.S)
        ]
        token = re.compile(r'value="\w{64}"')
        bobs, carols = (
            token.sub("", next(line for line in lines if who in line)).replace(who, "")
            for who in (BOB, "carol@example.com")
        )
        assert bobs == carols
        assert "Nothing has changed" in cloud.mails(BOB)[0]["text"]
        assert "/welcome/" not in cloud.mails(BOB)[0]["text"]
        assert Member.objects.get(email=BOB).tenant == elsewhere

    def test_such_an_invitation_is_sent_again_changed_and_removed_like_any_other(
        self, owner, run_tasks, cloud
    ):
        rows.a_customer("Burr Tools", BOB)
        invite(owner)
        run_tasks()

        owner.post(f"/account/people/{key_of(owner)}/resend/")
        run_tasks()
        assert len(cloud.mails(BOB)) == 2
        assert "is changed" in words(change(owner, "billing"))
        assert Invitation.objects.get().role == "billing"
        assert "is removed" in words(remove(owner))
        assert not Invitation.objects.exists()
        assert Member.objects.get(email=BOB).left_at is None

    def test_somebody_who_is_here_is_not_invited_again(self, owner, bob):
        assert "on your list already" in words(invite(owner, BOB.upper()))

    def test_of_two_who_invite_the_same_address_one_does(self, owner, in_threads):
        def send(_):
            try:
                people.invite(
                    owner.member.tenant, SYSTEM, email=BOB, full_name="Bob", role="billing"
                )
            except NotPossible:
                return "refused"
            return "invited"

        assert sorted(in_threads(2, send)) == ["invited", "refused"]
        assert Member.objects.filter(email=BOB).count() == 1
        assert not Invitation.objects.exists()

    def test_sending_again_makes_another_mail_for_who_has_not_come(self, owner, run_tasks, cloud):
        invite(owner)
        run_tasks()

        owner.post(f"/account/people/{key_of(owner)}/resend/")
        run_tasks()

        assert len(cloud.mails(BOB)) == 2

    def test_whoever_came_in_gets_no_invitation_again(self, owner, bob):
        url = f"/account/people/{key_of(owner)}/resend/"

        assert "signed in already" in words(owner.post(url, follow=True))

    def test_an_address_is_not_flooded(self, owner):
        invite(owner)
        answers = [
            words(owner.post(f"/account/people/{key_of(owner)}/resend/", follow=True))
            for _ in range(10)
        ]

        assert "Too many tries" in answers[-1]

    def test_fifty_people_are_enough(self, owner, monkeypatch):
        monkeypatch.setattr(people, "MOST_PEOPLE", 1)

        assert "50 people at most" in words(invite(owner))

    def test_an_empty_form_says_what_is_missing(self, owner):
        answer = owner.post("/account/people/invite/", {})

        assert answer.status_code == 422
        assert "Write their name." in words(answer)


class TestRoles:
    def test_another_role_is_in_the_next_token(self, owner, bob, run_tasks):
        assert "is changed" in words(change(owner, "read-only"))
        run_tasks()

        permission = rights.read_permission(bob.user_id)
        assert (permission.role, permission.permissions) == ("read-only", ("me",))
        event = AuditEvent.objects.get(action="change role")
        assert (event.before, event.after["role"]) == ({"role": "developer"}, "read-only")

    def test_the_last_owner_stays_one(self, owner):
        assert "last owner" in words(change(owner, "developer", "alice@example.com"))
        assert "last owner" in words(remove(owner, "alice@example.com"))
        assert Member.objects.get().role == "owner"

    def test_an_owner_who_never_came_does_not_count(self, owner, run_tasks):
        invite(owner, role="owner")
        run_tasks()

        assert "last owner" in words(remove(owner, "alice@example.com"))

    def test_with_another_owner_one_may_leave(self, owner, bob):
        change(owner, "owner")

        answer = remove(owner, "alice@example.com")

        assert answer.redirect_chain[-1][0].startswith("/account/login/")
        assert Member.objects.get(email="alice@example.com").left_at

    def test_two_owners_cannot_remove_each_other(self, owner, bob, in_threads):
        change(owner, "owner")
        tenant = owner.member.tenant
        keys = [person.key for person in people.people_of(tenant)]

        def out(number):
            try:
                people.remove(tenant, keys[number], SYSTEM)
            except NotPossible:
                return "refused"
            return "removed"

        assert sorted(in_threads(2, out)) == ["refused", "removed"]

    def test_a_role_that_does_not_exist_is_refused(self, owner, bob):
        assert change(owner, "emperor").status_code == 422


class TestRemoving:
    def test_the_login_and_the_permissions_go_and_only_theirs(self, owner, bob, run_tasks):
        key = owner.member.tenant.keys.get(state="live")

        assert '<a href="/account/keys/rotate/">' in remove(owner).content.decode()
        run_tasks()

        assert user_pool.find_user(settings.USER_POOL_ID, BOB) is None
        assert rights.read_permission(bob.user_id) is None
        assert user_pool.find_user(settings.USER_POOL_ID, "alice@example.com").enabled
        assert rights.read_permission(owner.member.user_id)
        assert rights.read_access(key.key_id).state == "open"
        assert Member.objects.get(email=BOB).login_gone_at
        event = AuditEvent.objects.get(action="remove person")
        assert event.before == {"email": BOB, "role": "developer"}

    def test_sessions_and_links_end_before_aws_follows(self, owner, bob, cloud):
        browser = Client()
        cast.sign_in(browser, BOB)

        remove(owner)

        assert browser.get("/account/").status_code == 302
        assert cast.sign_in(Client(), BOB).status_code == 422

    def test_the_plan_names_this_person_alone(self, owner, bob):
        people.remove(owner.member.tenant, key_of(owner), SYSTEM)

        tenant = Tenant.objects.get()
        planned = [str(each) for each in reconcile.plan_for(tenant)]
        assert planned == [f"delete user {BOB} and their permissions"]

    def test_once_gone_nobody_looks_again(self, owner, bob, run_tasks):
        remove(owner)
        run_tasks()

        assert observing.desired_of(Tenant.objects.get()).leavers == []

    def test_a_login_that_a_dead_worker_left_is_found_by_its_address(self, owner, bob, run_tasks):
        Member.objects.filter(pk=bob.pk).update(user_id="")
        remove(owner)
        run_tasks()

        assert user_pool.find_user(settings.USER_POOL_ID, BOB) is None

    def test_an_address_that_is_somebody_elses_by_now_is_left_alone(self, owner, bob, run_tasks):
        remove(owner)
        other = rows.a_customer("Burr Tools", BOB)
        user_pool.set_tenant(settings.USER_POOL_ID, bob.user_id, other.pk)
        run_tasks()

        assert user_pool.find_user(settings.USER_POOL_ID, BOB).tenant_id == other.pk

    def test_the_address_may_be_invited_again(self, owner, bob, run_tasks, cloud):
        remove(owner)
        run_tasks()

        invite(owner)
        run_tasks()

        come_in(cloud)
        assert cast.sign_in(Client(), BOB).status_code == 302

    def test_a_request_of_support_is_closed_with_it(self, owner, bob):
        rows.a_request(bob)

        remove(owner)

        assert SupportRequest.objects.get().state == "done"

    def test_a_person_of_another_customer_is_out_of_reach(self, owner):
        stranger = rows.a_customer("Burr Tools", BOB).members.get()

        for answer in (
            owner.post(f"/account/people/m{stranger.pk}/remove/", follow=True),
            owner.post(f"/account/people/m{stranger.pk}/resend/", follow=True),
        ):
            assert "Nobody on your list" in words(answer)
        owner.post(f"/account/people/m{stranger.pk}/", {"role": "billing"})

        stranger.refresh_from_db()
        assert (stranger.left_at, stranger.role) == (None, "owner")


@pytest.mark.parametrize("role", ["developer", "billing", "read-only"])
def test_only_owners_see_and_change_people(as_member, role):
    client = as_member(role)
    me = f"m{client.member.pk}"

    assert client.get("/account/people/").status_code == 403
    assert invite(client, "eve@example.com").status_code == 403
    for path in (f"{me}/", f"{me}/remove/", f"{me}/resend/"):
        assert client.post(f"/account/people/{path}", {"role": "owner"}).status_code == 403
    assert ">People<" not in client.get("/account/").content.decode()


class TestTheSweep:
    """An account stays open although somebody in it has no password."""

    @pytest.fixture
    def old(self, owner):
        SignUp.objects.update(created_at=timezone.now() - timedelta(days=40))
        return owner.member.tenant

    def test_a_colleague_who_has_not_come_does_not_close_it(self, owner, old):
        invite(owner)

        assert closing.close_unopened() == 0

    def test_a_reset_does_not_close_it(self, old):
        accounts.request_reset(old, SYSTEM)

        assert closing.close_unopened() == 0
        assert Tenant.objects.get().state == "active"

    def test_closing_after_a_reset_gives_no_code_back(self, old):
        accounts.request_reset(old, SYSTEM)

        accounts.close(old, SYSTEM)

        assert SignUp.objects.get().state != "closed"


def test_a_stuck_mail_is_said(owner):
    rows.a_customer("Burr Tools", BOB)
    invite(owner)
    Message.objects.filter(kind="invited_elsewhere").update(state="stuck")

    assert "Mail is stuck" in words(owner.get("/account/people/"))


def test_a_login_by_hand_of_a_removed_person_has_no_account(owner, bob, run_tasks):
    remove(owner)
    run_tasks()
    aws("cognito-idp").admin_create_user(
        UserPoolId=settings.USER_POOL_ID,
        Username=BOB,
        MessageAction="SUPPRESS",
        UserAttributes=[{"Name": "email", "Value": BOB}],
    )
    aws("cognito-idp").admin_set_user_password(
        UserPoolId=settings.USER_POOL_ID, Username=BOB, Password=cast.PASSWORD, Permanent=True
    )

    assert "closed" in words(cast.sign_in(Client(), BOB))
