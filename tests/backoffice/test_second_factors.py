"""No member of staff comes in by a password alone where a second factor is wanted."""

import json

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.utils import timezone

from backoffice.models import AuditEvent, RecoveryCode, SecondFactor
from backoffice.sign_in import second_factors, totp
from tests.backoffice.doors import do, page_url
from tests.staff_people import (
    code_of,
    give_code,
    give_password,
    is_in,
    make_staff,
    secret_in,
    set_up_app,
)

pytestmark = pytest.mark.django_db(transaction=True)

NOW = "2026-11-20 10:00:05Z"


@pytest.fixture(autouse=True)
def wanted(settings, time_machine):
    settings.STAFF_SECOND_FACTOR = True
    # Each test signs in several times, and the real one takes half a second.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def anna(db):
    return make_staff()


def test_codes_are_those_of_the_standard():
    """RFC 6238, appendix B, cut to six digits."""
    secret = b"12345678901234567890"

    moments = {59: "287082", 1111111109: "081804", 2000000000: "279037", 20000000000: "353130"}

    assert {at: totp.code_at(secret, totp.step_at(at)) for at in moments} == moments


def test_the_right_password_alone_opens_nothing(anna):
    client = give_password()

    assert client.answer["Location"] == "/admin/login/set-up/"
    assert "_auth_user_id" not in client.session
    assert not is_in(client)


def test_the_first_sign_in_sets_up_an_app_and_shows_recovery_codes_once(anna):
    client, _, codes = set_up_app()

    assert is_in(client)
    assert len(set(codes)) == 10
    assert client.get("/admin/login/set-up/").status_code == 302
    assert AuditEvent.objects.get().action == "set up second factor"


def test_a_wrong_code_sets_nothing_up(anna):
    client = give_password()

    answer = client.post("/admin/login/set-up/", {"code": "000000"})

    assert (answer.status_code, SecondFactor.objects.count()) == (422, 0)
    assert not is_in(client)


def test_from_then_on_the_password_leads_to_the_code(anna):
    _, secret, _ = set_up_app()
    client = give_password(to="/admin/auth/user/")

    answer = give_code(client, code_of(secret))

    assert answer["Location"] == "/admin/auth/user/"
    assert is_in(client)


def test_a_code_is_good_once(anna):
    _, secret, _ = set_up_app()
    give_code(give_password(), code_of(secret))
    client = give_password()

    answer = give_code(client, code_of(secret))

    assert answer.status_code == 422
    assert not is_in(client)


def test_an_old_code_is_refused(anna):
    _, secret, _ = set_up_app()
    client = give_password()

    give_code(client, code_of(secret, -2))

    assert not is_in(client)


def test_a_recovery_code_lets_in_once_however_it_is_typed(anna):
    _, _, codes = set_up_app()
    first, again = give_password(), give_password()

    give_code(first, f" {codes[3].upper().replace('-', ' ')}")
    give_code(again, codes[3])

    assert (is_in(first), is_in(again)) == (True, False)
    assert AuditEvent.objects.filter(action="use recovery code").count() == 1


def test_the_code_alone_is_nothing(anna):
    _, secret, _ = set_up_app()
    client = Client()

    assert give_code(client, code_of(secret))["Location"] == "/admin/login/"
    assert not is_in(client)


def test_the_password_of_a_moment_ago_is_over_after_ten_minutes(anna, time_machine):
    _, secret, _ = set_up_app()
    client = give_password()
    time_machine.shift(601)

    give_code(client, code_of(secret))

    assert not is_in(client)


def test_who_lost_the_rights_half_way_stays_out(anna):
    _, secret, _ = set_up_app()
    client = give_password()
    User.objects.update(is_active=False)

    give_code(client, code_of(secret))

    assert not is_in(client)


def test_five_wrong_codes_lock_the_name_for_the_right_one_and_the_right_password_too(anna):
    _, secret, _ = set_up_app()
    client = give_password()
    for _ in range(5):
        answer = give_code(client, "000000")
    assert answer.status_code == 429

    assert give_code(client, code_of(secret)).status_code == 429
    assert give_password().answer.status_code == 429
    assert not is_in(client)


def test_a_right_password_does_not_forget_wrong_codes(anna):
    set_up_app()
    for _ in range(3):
        give_code(give_password(), "000000")

    assert AccessAttempt.objects.get().failures_since_start == 3


def test_an_admin_releases_a_name_that_wrong_codes_locked(anna, staff, settings):
    _, secret, _ = set_up_app()
    client = give_password()
    for _ in range(5):
        give_code(client, "000000")
    settings.STAFF_SECOND_FACTOR = False

    do(staff("admin"), "unlock", AccessAttempt.objects.get())

    give_code(client, code_of(secret))
    assert is_in(client)


def test_ten_wrong_codes_from_many_places_lock_the_second_factor(anna, time_machine):
    _, secret, _ = set_up_app()
    for number in range(10):
        give_code(give_password(address=f"198.51.100.{number}"), "000000")
    client = give_password(address="198.51.100.99")

    answer = give_code(client, code_of(secret))

    assert "too many wrong codes" in answer.content.decode()
    assert not is_in(client)
    time_machine.shift(3601)
    client = give_password()
    give_code(client, code_of(secret))
    assert is_in(client)


def test_no_row_and_no_session_has_a_secret_or_a_code(anna):
    client = give_password()
    secret = secret_in(client.get("/admin/login/set-up/").content.decode())
    _, _, codes = set_up_app()

    dump = json.dumps(
        [list(model.objects.values()) for model in (SecondFactor, RecoveryCode)], default=str
    )
    dump += "".join(json.dumps(row.get_decoded()) for row in Session.objects.all())
    dump += json.dumps(list(AuditEvent.objects.values()), default=str)

    words = [
        totp.readable(secret),
        secret.hex(),
        *codes,
        *(code.replace("-", "") for code in codes),
    ]
    assert [word for word in words if word.casefold() in dump.casefold()] == []


def test_an_admin_resets_a_colleague_who_is_out_at_once(anna, staff, settings):
    client, secret, _ = set_up_app()
    settings.STAFF_SECOND_FACTOR = False
    admin = staff("admin")
    settings.STAFF_SECOND_FACTOR = False

    page = do(admin, "reset-second-factor", anna, reason="new phone")

    assert "1 second factor is reset." in page
    assert not is_in(client)
    event = AuditEvent.objects.get(action="reset second factor")
    assert (event.actor, event.reason, event.target_name) == (admin.user, "new phone", "anna")
    settings.STAFF_SECOND_FACTOR = True
    assert give_password().answer["Location"] == "/admin/login/set-up/"
    del secret


def test_nobody_resets_their_own(staff, settings):
    settings.STAFF_SECOND_FACTOR = False
    admin = staff("admin")
    SecondFactor.objects.create(user=admin.user, salt="salt")

    page = do(admin, "reset-second-factor", admin.user)

    assert "ask a colleague" in page
    assert SecondFactor.objects.exists()


def test_an_admin_does_not_reset_a_superuser(staff, settings):
    settings.STAFF_SECOND_FACTOR = False
    root = make_staff("root", is_superuser=True)
    SecondFactor.objects.create(user=root, salt="salt")

    do(staff("admin"), "reset-second-factor", root)

    assert SecondFactor.objects.exists()


def test_the_command_lets_the_last_admin_in_again(anna, capsys):
    set_up_app()

    call_command("reset_second_factor", "anna", reason="phone lost")

    event = AuditEvent.objects.get(action="reset second factor")
    assert (event.actor_name, event.reason) == ("command line", "phone lost")
    assert not SecondFactor.objects.exists()
    with pytest.raises(CommandError, match="no second factor"):
        call_command("reset_second_factor", "anna", reason="again")


def test_a_session_from_before_the_stage_wanted_a_second_factor_is_over(anna, settings):
    settings.STAFF_SECOND_FACTOR = False
    client = give_password()
    assert is_in(client)

    settings.STAFF_SECOND_FACTOR = True

    assert not is_in(client)


def test_who_has_an_app_is_asked_for_it_also_where_none_is_wanted(anna, settings):
    set_up_app()
    settings.STAFF_SECOND_FACTOR = False

    assert not is_in(give_password())


def test_new_recovery_codes_make_the_old_ones_useless(anna):
    client, secret, codes = set_up_app()

    page = client.post("/admin/second-factor/", {"code": code_of(secret)}).content.decode()

    assert page.count("<li><code>") == 10
    other = give_password()
    give_code(other, codes[0])
    assert not is_in(other)


def test_colleagues_see_whether_somebody_has_an_app(anna, staff, settings):
    set_up_app()
    settings.STAFF_SECOND_FACTOR = False
    client = staff("auditor")

    assert (
        "set up on 2026-11-20, 10 recovery codes left"
        in client.get(page_url(anna)).content.decode()
    )
    SecondFactor.objects.update(locked_until=timezone.now() + second_factors.LOCKED_FOR)
    assert "locked until 11:00 UTC" in client.get(page_url(anna)).content.decode()
