"""A session of staff ends when nothing happens, and after a day's work in any case."""

import pytest
from django.test import Client

from tests.staff_people import give_password, is_in, make_staff

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def anna(settings, time_machine):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    time_machine.move_to("2026-11-20 10:00:00Z", tick=False)
    make_staff(is_superuser=True)
    return give_password()


def test_half_an_hour_without_a_click_ends_it(anna, time_machine):
    time_machine.shift(29 * 60)
    assert is_in(anna)

    time_machine.shift(31 * 60)

    answer = anna.get("/admin/auth/user/?q=bob")
    assert answer["Location"] == "/admin/login/?next=%2Fadmin%2Fauth%2Fuser%2F%3Fq%3Dbob"
    assert "nothing happened" in anna.get(answer["Location"]).content.decode()


def test_twelve_hours_of_clicks_end_it_too(anna, time_machine):
    for _ in range(24):
        time_machine.shift(29 * 60)
        assert is_in(anna)

    time_machine.shift(29 * 60)

    assert not is_in(anna)


def test_a_page_that_asks_by_itself_keeps_no_session_alive(anna, time_machine):
    for _ in range(3):
        time_machine.shift(14 * 60)
        answer = anna.get("/admin/", headers={"HX-Request": "true"})

    assert (answer.status_code, answer["HX-Redirect"]) == (401, "/admin/login/")


def test_what_was_posted_after_the_end_is_not_done(anna, time_machine):
    time_machine.shift(3600)

    answer = anna.post("/admin/auth/user/add/", {"username": "mallory"})

    assert answer["Location"] == "/admin/login/"


def test_a_session_key_from_before_the_sign_in_is_worth_nothing(anna):
    planted = Client()
    planted.get("/admin/login/")
    session = planted.session
    session["planted"] = "yes"
    session.save()
    key = session.session_key
    planted.cookies["sessionid"] = key

    planted.post("/admin/login/", {"username": "anna", "password": "Correct-horse-battery-1"})

    assert is_in(planted)
    assert planted.cookies["sessionid"].value != key


def test_the_end_leaves_a_customer_in_who_signed_in_with_the_same_browser(anna, time_machine):
    session = anna.session
    session["account"] = {"member": 1}
    session.save()
    time_machine.shift(3600)

    anna.get("/admin/")

    assert anna.session["account"] == {"member": 1}
    assert "_auth_user_id" not in anna.session
