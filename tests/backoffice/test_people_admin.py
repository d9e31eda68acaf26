"""Staff accounts: given roles by an admin, with a line in the audit trail for each change."""

import pytest
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.urls import reverse
from django.utils import timezone

from backoffice.models import AuditEvent
from tests.backoffice import rows
from tests.backoffice.doors import do, list_url, page_url, verb_url

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def anna(db):
    return User.objects.create_user("anna", "anna@gatehouse.example", is_staff=True)


def form_of(user: User, **changes) -> dict:
    return {
        "username": user.username,
        "email": user.email,
        "is_active": "on",
        "is_staff": "on",
        "reason": "joins the team",
        **changes,
    }


def test_an_admin_gives_a_role_and_the_trail_says_before_and_after(staff, anna):
    client = staff("admin")
    support = Group.objects.get(name="support")

    client.post(page_url(anna), form_of(anna, groups=[support.pk]))

    assert list(anna.groups.all()) == [support]
    event = AuditEvent.objects.get()
    assert (event.action, event.reason) == ("change user", "joins the team")
    assert (event.before["groups"], event.after["groups"]) == ([], ["support"])


def test_operations_see_people_and_cannot_change_them(staff, anna):
    client = staff("operations")

    seen = client.get(page_url(anna))
    changed = client.post(page_url(anna), form_of(anna, is_active=""))

    anna.refresh_from_db()
    assert (seen.status_code, changed.status_code) == (200, 403)
    assert anna.is_active


def test_a_change_without_a_reason_is_not_saved(staff, anna):
    client = staff("admin")

    answer = client.post(page_url(anna), form_of(anna, email="new@example.com", reason=""))

    anna.refresh_from_db()
    assert answer.status_code == 200
    assert anna.email == "anna@gatehouse.example"


def test_nobody_becomes_a_superuser_through_the_form(staff, anna):
    staff("admin").post(page_url(anna), form_of(anna, is_superuser="on"))

    anna.refresh_from_db()
    assert not anna.is_superuser


def test_an_admin_cannot_take_over_a_superuser(staff):
    root = User.objects.create_superuser("root", "root@gatehouse.example", "old password")
    client = staff("admin")
    url = reverse("admin:auth_user_password_change", args=(root.pk,))

    changed = client.post(page_url(root), form_of(root, email="mine@example.com"))
    password = client.post(url, {"password1": "New-pass-word-1", "password2": "New-pass-word-1"})

    root.refresh_from_db()
    assert (changed.status_code, password.status_code) == (403, 403)
    assert root.check_password("old password")


def test_a_new_password_is_in_the_trail_without_the_password(staff, anna):
    url = reverse("admin:auth_user_password_change", args=(anna.pk,))
    form = {
        "usable_password": "true",
        "password1": "New-pass-word-1",
        "password2": "New-pass-word-1",
    }

    staff("admin").post(url, form)

    anna.refresh_from_db()
    event = AuditEvent.objects.get()
    assert anna.check_password("New-pass-word-1")
    assert (event.action, event.target_name) == ("set password", "anna")
    assert "New-pass" not in str(event.after) + str(event.before)


def test_an_admin_makes_an_account(staff):
    form = {
        "username": "bea",
        "usable_password": "true",
        "password1": "New-pass-word-1",
        "password2": "New-pass-word-1",
    }

    staff("admin").post(reverse("admin:auth_user_add"), form)

    assert User.objects.filter(username="bea").exists()
    assert AuditEvent.objects.get().action == "create user"


def test_the_five_roles_are_read_only_because_a_deploy_sets_them_anew(staff):
    client = staff("admin")
    support = Group.objects.get(name="support")

    answer = client.post(page_url(support), {"name": "support", "permissions": [], "reason": "x"})

    assert answer.status_code == 403
    assert support.permissions.exists()


def test_a_group_of_our_own_can_be_changed(staff):
    client = staff("admin")
    group = Group.objects.create(name="interns")

    client.post(page_url(group), {"name": "trainees", "permissions": [], "reason": "nicer"})

    group.refresh_from_db()
    assert group.name == "trainees"
    assert AuditEvent.objects.get().before["name"] == "interns"


def test_the_list_tells_locked_names_from_those_that_tried_once(staff, time_machine):
    time_machine.move_to("2026-11-20 10:00:00Z", tick=False)
    rows.a_locked_name()
    rows.a_locked_name(username="bert", failures_since_start=4)
    auditor = staff("auditor")

    page = auditor.get(list_url(AccessAttempt())).content.decode()
    time_machine.move_to("2026-11-20 10:15:00Z", tick=False)
    later = auditor.get(list_url(AccessAttempt())).content.decode()

    assert page.count("locked until 10:15 UTC") == 1
    assert page.count("not locked") == 1
    assert later.count("not locked") == 2


def test_an_admin_unlocks_a_name_and_the_trail_says_so(staff):
    attempt = rows.a_locked_name()

    page = do(staff("admin"), "unlock", attempt)

    assert "1 name is unlocked." in page
    assert not AccessAttempt.objects.exists()
    event = AuditEvent.objects.get()
    assert event.action == "unlock name"
    assert event.target_name == event.before["name"] == attempt.username
    assert event.before["from"] == attempt.ip_address


def test_whoever_unlocks_reads_whose_name_it_is(staff):
    attempt = rows.a_locked_name(username="sam")

    page = staff("admin").get(verb_url(attempt, "unlock")).content.decode()

    assert ">sam</a>" in page
    assert f"locked until {until(attempt)}, from {attempt.ip_address}" in page
    assert "Attempted Access" not in page


def until(attempt):
    at = timezone.localtime(attempt.attempt_time + settings.AXES_COOLOFF_TIME)
    return at.strftime("%H:%M %Z")


def test_the_list_says_that_no_name_is_locked(staff):
    assert "No name is locked." in staff("auditor").get(list_url(AccessAttempt())).content.decode()


def test_the_form_of_a_person_speaks_of_people_and_makes_no_groups(staff, anna):
    page = staff("admin").get(page_url(anna)).content.decode()

    assert "they are out with their next click" in page
    assert "One for each person." in page
    assert "Designates" not in page
    assert "add_id_groups" not in page


def test_whoever_adds_somebody_reads_what_no_password_means(staff):
    page = staff("admin").get(reverse("admin:auth_user_add")).content.decode()

    assert "identity provider alone." in page
    assert "LDAP" not in page


def test_the_pages_of_staff_speak_no_django(staff):
    client = staff("admin")

    pages = [
        " ".join(client.get(list_url(one)).content.decode().split()) for one in (User(), Group())
    ]

    assert "Authentication and Authorization" not in "".join(pages)
    assert "1 person of the staff" in pages[0]
    assert "5 roles" in pages[1]
