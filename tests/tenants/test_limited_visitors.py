"""Who tries too often: limited, seen by staff, and let go."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from adapters.errors import TryLater
from backoffice.models import AuditEvent
from tenants import limited_visitors, limits, sweep
from tenants.errors import TooMany
from tenants.models import LimitedVisitor
from tests.backoffice.doors import choose, do, do_to_many, list_url, page_url, verb_url
from tests.outages import failing

pytestmark = pytest.mark.django_db(transaction=True)

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
ADDRESS = "203.0.113.7"


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON, tick=False)
    return time_machine


def tries(times, address=ADDRESS, what="check"):
    """Try so often, and return how often it was allowed."""
    allowed = 0
    for _ in range(times):
        try:
            limits.count(what, address, NOON)
        except TooMany:
            continue
        allowed += 1
    return allowed


@pytest.fixture
def limited():
    tries(11)
    return LimitedVisitor.objects.get()


@pytest.fixture
def post_form(client):
    def post(email="alice@example.com", address=ADDRESS):
        form = {
            "email": email,
            "full_name": "Alice Ames",
            "company": "Ames Optics",
            "code": "NEVERMADE",
            "accept_terms": "on",
            "form_key": str(uuid.uuid4()),
        }
        answer = client.post("/signup/", form, REMOTE_ADDR=address)
        assert answer.status_code == 422
        return "Too many tries" in answer.content.decode()

    return post


def test_below_the_limit_nobody_is_written_down():
    assert tries(10) == 10

    assert not LimitedVisitor.objects.exists()


def test_the_first_crossing_is_written_down_and_what_follows_is_not(
    limited, django_assert_num_queries
):
    with django_assert_num_queries(0):
        tries(5)

    limited.refresh_from_db()
    assert (limited.what, limited.crossings) == ("check", 1)
    assert (limited.since, limited.until) == (NOON, NOON + timedelta(minutes=1))


def test_another_window_is_another_crossing_of_the_same_row(limited):
    for _ in range(11):
        later = NOON + timedelta(minutes=5)
        try:
            limits.count("check", ADDRESS, later)
        except TooMany:
            break

    limited.refresh_from_db()
    assert (limited.crossings, limited.since) == (2, NOON)
    assert limited.until == NOON + timedelta(minutes=6)


def test_the_row_shows_a_part_of_the_address_and_keeps_none(limited):
    assert limited.shown == "203.0.113.…"
    assert ADDRESS not in str(vars(limited))


@pytest.mark.parametrize(
    ("who", "shown"),
    [
        (limits.visitor_at("2001:db8:1:2::5"), "2001:0db8:0001:…"),
        (limits.visitor_called("alice+two@Example.com"), "a…@example.com"),
    ],
)
def test_what_staff_read_of_a_visitor_is_masked(who, shown):
    assert who.shown == shown


def test_many_refused_codes_are_written_down_too():
    for _ in range(31):
        try:
            limits.count_outcome(ADDRESS, refused=True, now=NOON)
        except TooMany:
            break
    with pytest.raises(TooMany):
        limits.count_outcome(ADDRESS, refused=False, now=NOON)

    row = LimitedVisitor.objects.get()
    assert (row.what, row.crossings) == ("refused", 1)
    assert row.until == NOON + timedelta(hours=1)


def test_one_e_mail_address_signs_up_ten_times_an_hour_from_wherever(post_form):
    answers = [post_form(address=f"203.0.113.{number}") for number in range(11)]

    assert answers == [False] * 10 + [True]
    assert LimitedVisitor.objects.get().what == "e-mail"


def test_an_alias_is_the_same_person_and_another_one_is_not(post_form):
    for number in range(10):
        post_form(f"alice+{number}@example.com", address=f"203.0.113.{number}")

    assert post_form("alice@example.com", address="203.0.113.90")
    assert not post_form("bob@example.com", address="203.0.113.91")


def test_everybody_together_has_a_limit_for_whom_no_other_holds(settings):
    settings.STRANGERS_PER_MINUTE = 3

    allowed = sum(tries(1, f"198.51.100.{number}") for number in range(5))

    assert allowed == 3
    row = LimitedVisitor.objects.get()
    assert (row.what, row.shown) == ("everybody", "everybody")


def test_one_visitor_alone_cannot_use_up_what_everybody_has(settings):
    settings.STRANGERS_PER_MINUTE = 12

    tries(50)

    assert tries(1, "198.51.100.1") == 1


@pytest.mark.parametrize("count", [limits.count_e_mail, lambda who, now: tries_once(now)])
def test_without_an_answer_of_dynamodb_nothing_is_allowed(count):
    busy = failing("dynamodb", "UpdateItem", "ProvisionedThroughputExceededException")
    with busy, pytest.raises(TryLater):
        count("alice@example.com", NOON)


def tries_once(now):
    limits.count("check", ADDRESS, now)


def test_staff_find_a_visitor_by_the_whole_address_and_by_nothing_less(staff, limited, post_form):
    for number in range(11):
        post_form("bob@example.com", address=f"198.51.100.{number}")
    client = staff("support")

    def found(term):
        return {
            row.what for row in client.get(list_url(limited), {"q": term}).context["cl"].result_list
        }

    assert found(ADDRESS) == {"check"}
    assert found("Bob+x@example.com") == {"e-mail"}
    assert found("203.0.113.8") == found("203.0.113") == found("bob") == set()
    assert found("") == {"check", "e-mail"}


def test_the_list_tells_who_is_limited_now(staff, limited, noon):
    client = staff("support")

    def limited_now():
        url = list_url(limited) + "?state=limited"
        return client.get(url).context["cl"].result_count

    assert limited_now() == 1
    noon.move_to(NOON + timedelta(minutes=2), tick=False)
    assert limited_now() == 0


def test_releasing_lets_the_visitor_try_again_and_is_audited(staff, limited):
    page = do(staff("support"), "release", limited, reason="a classroom")

    assert "1 visitor is released." in page
    assert tries(11) == 10
    event = AuditEvent.objects.get(action="release visitor")
    assert (event.target_name, event.reason) == (str(limited), "a classroom")
    assert event.actor_name == "staff"


def test_many_are_released_at_once_from_the_list(staff, limited):
    tries(11, "198.51.100.1")
    client = staff("admin")
    assert "may try again at once" in choose(client, "release", limited).content.decode()

    page = do_to_many(client, "release", *LimitedVisitor.objects.all())

    assert "2 visitors are released." in page
    assert not LimitedVisitor.objects.filter(released_at=None).exists()


def test_releasing_one_limit_keeps_the_others(staff, limited):
    tries(11, what="sign-up")

    do(staff("support"), "release", limited)

    assert tries(1, what="sign-up") == 0


def test_a_limit_that_is_over_cannot_be_released(staff, limited, noon):
    noon.move_to(NOON + timedelta(minutes=2), tick=False)
    client = staff("support")

    page = do(client, "release", limited)

    assert "ended by itself" in page
    assert not AuditEvent.objects.filter(action="release visitor").exists()
    assert verb_url(limited, "release") not in client.get(page_url(limited)).content.decode()


def test_who_crosses_again_after_a_release_is_limited_again(staff, limited):
    do(staff("support"), "release", limited)

    tries(11)

    limited.refresh_from_db()
    assert limited.released_at is None
    assert limited.until == NOON + timedelta(minutes=1)


@pytest.mark.parametrize("role", ["operations", "auditor"])
def test_who_may_only_look_does_not_release(staff, limited, role):
    client = staff(role)

    assert client.get(list_url(limited)).status_code == 200
    assert client.post(verb_url(limited, "release"), {"confirmed": "yes"}).status_code == 403
    assert tries(1) == 0


def test_marketing_does_not_see_visitors(staff, limited):
    assert staff("marketing").get(list_url(limited)).status_code == 403


def test_a_release_that_died_half_way_is_done_by_pressing_again(staff, limited, monkeypatch):
    client = staff("support")
    with monkeypatch.context() as patch:
        patch.setattr(limited_visitors.audit, "record", died)
        with pytest.raises(KeyboardInterrupt):
            do(client, "release", limited)
    limited.refresh_from_db()
    assert limited.released_at is None

    do(client, "release", limited)

    limited.refresh_from_db()
    assert limited.released_at == NOON
    assert AuditEvent.objects.filter(action="release visitor").count() == 1


def died(*args, **kwargs):
    raise KeyboardInterrupt


def test_an_outage_releases_nobody_and_says_so(staff, limited):
    with failing("dynamodb", "DeleteItem", "ProvisionedThroughputExceededException"):
        page = do(staff("support"), "release", limited)

    assert "AWS does not answer" in page
    limited.refresh_from_db()
    assert limited.released_at is None


def test_visitors_are_forgotten_a_month_after_their_last_limit(limited, noon):
    noon.move_to(NOON + timedelta(days=29), tick=False)
    sweep.run_due()
    assert LimitedVisitor.objects.exists()

    noon.move_to(NOON + timedelta(days=31), tick=False)
    sweep.run_due()

    assert not LimitedVisitor.objects.exists()


def test_the_sidebar_leads_to_the_list(staff, limited):
    page = staff("support").get(reverse("admin:index")).content.decode()

    assert list_url(limited) in page
