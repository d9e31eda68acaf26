"""Five wrong passwords lock a name out from where they came, for the right password too."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

pytestmark = pytest.mark.django_db(transaction=True)

RIGHT = "Correct-horse-battery-1"


@pytest.fixture(autouse=True)
def anna(db):
    return User.objects.create_user("anna", "anna@gatehouse.example", RIGHT, is_staff=True)


def sign_in(name: str, password: str, address: str = "203.0.113.7") -> Client:
    client = Client(REMOTE_ADDR=address)
    client.post("/admin/login/", {"username": name, "password": password, "next": "/admin/"})
    return client


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def fail(times: int, name: str = "anna") -> None:
    for _ in range(times):
        assert not is_in(sign_in(name, "wrong"))


def test_the_right_password_lets_in():
    assert is_in(sign_in("anna", RIGHT))


def test_four_wrong_passwords_do_not_lock():
    fail(4)

    assert is_in(sign_in("anna", RIGHT))


def test_after_five_wrong_ones_the_right_password_is_refused_too():
    fail(5)

    assert not is_in(sign_in("anna", RIGHT))


def test_the_locked_page_says_so():
    fail(5)

    form = {"username": "anna", "password": RIGHT}
    answer = Client(REMOTE_ADDR="203.0.113.7").post("/admin/login/", form)

    assert answer.status_code == 429
    assert "locked" in answer.content.decode()


@pytest.mark.parametrize("spelling", ["ANNA", " anna ", "\uff41nna"])
def test_other_spellings_of_a_name_are_counted_with_it(spelling):
    fail(2)
    fail(3, spelling)

    assert not is_in(sign_in("anna", RIGHT))


@pytest.mark.parametrize("spelling", ["ANNA", "Anna", " anna", "\uff41nna"])
def test_a_locked_name_is_locked_in_every_spelling(spelling):
    fail(5)

    assert not is_in(sign_in(spelling, RIGHT))


def test_another_address_is_not_locked():
    fail(5)

    assert is_in(sign_in("anna", RIGHT, address="203.0.113.8"))


def test_an_invented_forwarding_address_does_not_help():
    fail(5)

    client = Client(REMOTE_ADDR="203.0.113.7")
    form = {"username": "anna", "password": RIGHT}
    client.post("/admin/login/", form, headers={"X-Forwarded-For": "198.51.100.1"})

    assert not is_in(client)


def test_another_name_is_not_locked():
    User.objects.create_user("bea", password=RIGHT, is_staff=True)
    fail(5)

    assert is_in(sign_in("bea", RIGHT))


def test_success_forgets_the_failures_before_it():
    fail(4)
    sign_in("anna", RIGHT)
    fail(4)

    assert is_in(sign_in("anna", RIGHT))


def test_somebody_who_is_not_staff_stays_out():
    User.objects.create_user("customer", password=RIGHT)

    client = sign_in("customer", RIGHT)

    assert client.get("/admin/").status_code == 302
