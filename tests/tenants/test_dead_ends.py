"""Cognito's dead ends: a customer cannot get in, the page says why and what to press, and then they
are in. Each is walked from one end to the other."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from adapters import own_login, sign_in, user_pool
from adapters.aws import client
from localcloud import totp
from tenants.models import Member, OneTimeLink
from tests import people
from tests.backoffice.doors import do, page_url, verb_url
from tests.people import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)

TEMPORARY = "Temporary-horse-3"
CHOSEN = "Chosen-anew-horse-5"


@pytest.fixture
def newcomer(make_tenant) -> Member:
    """Somebody who was set up and has not opened their link."""
    return make_tenant().members.get()


@pytest.fixture
def alice(newcomer) -> Member:
    people.choose_password(newcomer)
    newcomer.refresh_from_db()
    return newcomer


def cognito(operation: str, member: Member, **arguments: Any) -> None:
    """What somebody did at Cognito's console, behind our back."""
    call = getattr(client("cognito-idp"), operation)
    call(UserPoolId=settings.USER_POOL_ID, Username=member.user_id, **arguments)


def tries(member: Member, password: str = PASSWORD) -> str:
    """Sign in as the person would; return where that leads, empty if nowhere."""
    answer = people.sign_in(Client(), member.email, password)
    return answer["Location"] if answer.status_code == 302 else ""


def opens_link(cloud: Any, member: Member, password: str = CHOSEN) -> None:
    link = cloud.mails(member.email)[0]["text"].partition("/welcome/")[2].split("/")[0]
    browser = Client()
    browser.get(f"/welcome/{link}/")
    form = {"password": password, "repeated": password}
    assert browser.post("/welcome/", form).status_code == 302


def set_temporary(member: Member) -> None:
    cognito("admin_set_user_password", member, Password=TEMPORARY, Permanent=False)


def lose_app(member: Member) -> None:
    """The person sets up an app, and loses it."""
    proof = sign_in.sign_in(settings.USER_POOL_CLIENT_ID, email=member.email, password=PASSWORD)
    secret = own_login.draw_secret(proof)
    step = int(timezone.now().timestamp()) // totp.PERIOD
    own_login.verify_secret(proof, totp.code_at(secret, step))
    own_login.ask_for_codes(proof, wanted=True)


def register_again(member: Member) -> None:
    """A stranger registers the address after the login was deleted, and never confirms it."""
    cognito("admin_delete_user", member)
    client("cognito-idp").sign_up(
        ClientId=settings.USER_POOL_CLIENT_ID, Username=member.email, Password=TEMPORARY
    )


@dataclass(frozen=True)
class DeadEnd:
    """`breaks` is what happened, `tried` the password that the person has; `verb` leads out."""

    breaks: Callable[[Member], None]
    word: str
    next_step: str
    verb: str
    tried: str = PASSWORD
    # Whose verb it is, and whether Cognito is looked at anew before the page can say it.
    of_customer: bool = False
    is_seen_by: str = "sign-in"
    by_link: bool = True


RESET = "Reset sign-in: a one-time link follows."
RECONCILE = "Reconcile the customer: it is put right."

DEAD_ENDS = {
    "FORCE_CHANGE_PASSWORD": DeadEnd(
        set_temporary, "Has a temporary password", RESET, "reset", tried=TEMPORARY
    ),
    "RESET_REQUIRED": DeadEnd(
        lambda member: cognito("admin_reset_user_password", member),
        "Must reset the password",
        RESET,
        "reset",
    ),
    "lost authenticator app": DeadEnd(
        lose_app,
        "Password and authenticator app",
        "Lost the app? Remove authenticator.",
        "remove-app",
        by_link=False,
    ),
    "switched off at Cognito": DeadEnd(
        lambda member: cognito("admin_disable_user", member),
        "Switched off at Cognito",
        RECONCILE,
        "reconcile",
        of_customer=True,
        by_link=False,
    ),
    "UNCONFIRMED, and not ours": DeadEnd(
        register_again,
        "Address not confirmed",
        RECONCILE,
        "reconcile",
        of_customer=True,
        tried=TEMPORARY,
    ),
}


@pytest.mark.parametrize("name", DEAD_ENDS)
def test_the_page_names_it_and_the_verb_it_proposes_leads_out(name, alice, staff, run_tasks, cloud):
    end, support = DEAD_ENDS[name], staff("support")
    end.breaks(alice)
    led_to = tries(alice, end.tried)
    target = alice.tenant if end.of_customer else alice

    page = support.get(page_url(alice)).content.decode()
    buttons = support.get(page_url(target)).content.decode()
    do(support, end.verb, target)
    run_tasks()
    if end.by_link:
        opens_link(cloud, alice)

    assert led_to != "/account/", "the customer is in: this is no dead end"
    assert end.word in page
    assert end.next_step in page
    assert verb_url(target, end.verb) in buttons
    assert tries(alice, CHOSEN if end.by_link else PASSWORD) == "/account/"


def test_a_login_that_is_just_being_switched_on_is_no_dead_end(alice, staff, run_tasks):
    support = staff("support")
    do(support, "suspend", alice.tenant)
    run_tasks()
    do(support, "reinstate", alice.tenant)

    meanwhile = support.get(page_url(alice)).content.decode()
    run_tasks()
    afterwards = support.get(page_url(alice)).content.decode()

    assert "Being switched on" in meanwhile
    assert "Switched off at Cognito" not in meanwhile
    assert "Password chosen" in afterwards


def test_a_temporary_password_that_expired(alice, staff, run_tasks, cloud, time_machine):
    set_temporary(alice)
    time_machine.move_to(timezone.now() + timedelta(days=8), tick=False)
    support = staff("support")

    led_to = tries(alice, TEMPORARY)
    page = support.get(page_url(alice)).content.decode()
    do(support, "reset", alice)
    run_tasks()
    opens_link(cloud, alice)

    assert led_to == ""
    assert "Temporary password expired" in page
    assert RESET in page
    assert tries(alice, CHOSEN) == "/account/"


def test_looking_anew_does_not_forget_that_it_expired(alice, staff, run_tasks, time_machine):
    set_temporary(alice)
    time_machine.move_to(timezone.now() + timedelta(days=8), tick=False)
    tries(alice, TEMPORARY)

    do(staff("support"), "reconcile", alice.tenant)
    run_tasks()

    alice.refresh_from_db()
    assert alice.login_status == "EXPIRED"


def test_a_login_deleted_behind_our_back(alice, staff, run_tasks, cloud):
    """Who it was is not in the answer at the sign-in, lest strangers learn who has an account: it
    is the look that reconciling takes which finds it, and mends it."""
    support = staff("support")
    cognito("admin_delete_user", alice)

    led_to = tries(alice)
    do(support, "reconcile", alice.tenant)
    run_tasks()
    page = support.get(page_url(alice)).content.decode()
    opens_link(cloud, alice)

    assert led_to == ""
    assert "Link sent" in page
    assert tries(alice, CHOSEN) == "/account/"


def test_a_deleted_login_gets_one_link_however_often_it_is_reconciled(
    alice, staff, run_tasks, cloud
):
    support = staff("support")
    cognito("admin_delete_user", alice)

    for _ in range(3):
        do(support, "reconcile", alice.tenant)
        run_tasks()

    kinds = list(alice.message_set.values_list("kind", flat=True))
    assert kinds.count("reset") == 1


def test_disabled_by_staff(alice, staff, run_tasks):
    support = staff("support")
    do(support, "disable", alice)
    run_tasks()

    led_to = tries(alice)
    page = support.get(page_url(alice)).content.decode()
    do(support, "enable", alice)
    run_tasks()

    assert led_to == ""
    assert "Disabled by staff" in page
    assert verb_url(alice, "enable") in page
    assert tries(alice) == "/account/"


def test_a_link_that_expired(newcomer, staff, run_tasks, cloud):
    OneTimeLink.objects.update(expires_at=timezone.now() - timedelta(days=1))
    support = staff("support")

    page = support.get(page_url(newcomer)).content.decode()
    do(support, "resend", newcomer.tenant)
    run_tasks()
    opens_link(cloud, newcomer)

    assert "Link expired" in page
    assert "Resend welcome: it sends a new link." in page
    assert tries(newcomer, CHOSEN) == "/account/"


def test_the_stranger_s_password_of_a_registered_address_is_worth_nothing(alice, staff, run_tasks):
    register_again(alice)

    do(staff("support"), "reconcile", alice.tenant)
    run_tasks()

    user = user_pool.find_user(settings.USER_POOL_ID, alice.email)
    assert (user.status, tries(alice, TEMPORARY)) == ("CONFIRMED", "")
