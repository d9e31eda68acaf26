"""The account's page of API keys: what each role sees and does, and the key that is shown once."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from adapters import rights, usage_plans
from backoffice.audit import SYSTEM
from backoffice.models import AuditEvent
from tenants import keys
from tenants.models import ApiKey, Tenant
from tenants.usage.rows import UsageDay, UsageHour
from tests import people

pytestmark = pytest.mark.django_db(transaction=True)

State = ApiKey.State


def page_of(client, path="/account/keys/"):
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def words_of(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def shown(answer):
    found = re.search(r'data-testid="api-key">([^<]*)<', answer.content.decode())
    return found[1] if found else None


def states():
    return [key.state for key in ApiKey.objects.order_by("id")]


def rotate(client, **form):
    return client.post("/account/keys/rotate/", {"overlap": "24h", **form}, follow=True)


def test_the_page_shows_the_key_masked_and_never_whole(as_member):
    client = as_member()
    key = ApiKey.objects.get()

    page = page_of(client)

    assert f"{key.first4}…{key.last4}" in page
    assert usage_plans.key_value(key.key_id) not in page
    assert "Live" in page


@pytest.mark.parametrize("role", ["owner", "developer"])
def test_owners_and_developers_rotate(as_member, run_tasks, role):
    client = as_member(role)

    answer = rotate(client)
    run_tasks()

    assert "A new key is being made" in answer.content.decode()
    assert states() == ["retiring", "live"]
    event = AuditEvent.objects.get(action="rotate key")
    assert event.actor_name == client.member.email


@pytest.mark.parametrize("role", ["billing", "read-only"])
def test_others_see_the_keys_and_no_button(as_member, role):
    client = as_member(role)
    key = ApiKey.objects.get()

    page = page_of(client)

    assert f"{key.first4}…{key.last4}" in page
    assert "/account/keys/rotate/" not in page
    assert "/revoke/" not in page
    assert "Owners and developers of your account change them." in page


@pytest.mark.parametrize("role", ["billing", "read-only"])
@pytest.mark.parametrize("path", ["rotate/", "show/", "1/revoke/"])
def test_others_are_refused_at_every_door(as_member, role, path):
    client = as_member(role)

    assert client.post(f"/account/keys/{path}", {"overlap": "24h"}).status_code == 403
    assert states() == ["live"]


def test_without_signing_in_there_is_nothing(client, db):
    assert client.get("/account/keys/").url.startswith("/account/login/")
    assert client.post("/account/keys/show/").status_code == 302


def test_what_is_missing_is_linked_to_its_field(as_member):
    page = rotate(as_member(), overlap="").content.decode()

    [field] = re.findall(r'<a href="#(\w+)" data-field', page)
    assert f'id="{field}"' in page


def test_a_new_key_is_shown_once_to_whoever_rotated(as_member, run_tasks):
    client = as_member()
    rotate(client)
    run_tasks()
    new = ApiKey.objects.get(state=State.LIVE)

    first, second = client.post("/account/keys/show/"), client.post("/account/keys/show/")

    assert shown(first) == usage_plans.key_value(new.key_id)
    assert "no-store" in first["Cache-Control"]
    assert shown(second) is None
    assert "shown already" in page_of(client)


def test_sixteen_tabs_race_for_the_new_key_and_one_sees_it(as_member, run_tasks, in_threads):
    client = as_member()
    rotate(client)
    run_tasks()
    cookie = client.cookies["sessionid"].value

    def look(_):
        tab = type(client)()
        tab.cookies["sessionid"] = cookie
        return shown(tab.post("/account/keys/show/"))

    new = ApiKey.objects.get(state=State.LIVE)
    seen = [value for value in in_threads(16, look) if value]
    assert seen == [usage_plans.key_value(new.key_id)]


def test_a_key_that_a_colleague_asked_for_is_not_shown_to_me(as_member, run_tasks):
    owner, developer = as_member(), as_member("developer")
    rotate(developer)
    run_tasks()

    assert shown(owner.post("/account/keys/show/")) is None
    assert "developer@example.com asked for this key" in page_of(owner)
    assert shown(developer.post("/account/keys/show/"))


def test_the_page_says_until_when_the_old_key_works(as_member, run_tasks):
    client = as_member()
    rotate(client, overlap="1h")
    run_tasks()
    old = ApiKey.objects.get(state=State.RETIRING)

    page = words_of(page_of(client))

    assert f"Works until {old.retires_at:%Y-%m-%d %H:%M:%S} UTC" in page
    assert "each of the two has its own counters" in page


def test_while_one_is_being_made_the_page_looks_again_and_offers_nothing_else(as_member):
    client = as_member()
    keys.rotate_key(client.member.tenant, SYSTEM, overlap=timedelta(hours=1))

    page = page_of(client)

    assert 'hx-get="/account/keys/"' in page
    assert "/account/keys/rotate/" not in page


def test_rotating_beside_an_older_key_is_refused_with_the_reason(as_member, run_tasks):
    client = as_member()
    rotate(client)
    run_tasks()

    answer = rotate(client)

    assert answer.status_code == 422
    assert "still works beside the current one" in answer.content.decode()
    assert states() == ["retiring", "live"]


def test_whoever_ticks_the_box_ends_the_older_key(as_member, run_tasks):
    client = as_member()
    rotate(client)
    run_tasks()
    assert "An account has two keys at most" in page_of(client, "/account/keys/rotate/")

    rotate(client, end_older="on")
    run_tasks()

    assert states() == ["gone", "retiring", "live"]


def test_a_time_that_is_not_offered_is_refused(as_member):
    client = as_member()

    assert rotate(client, overlap="9y").status_code == 422
    assert states() == ["live"]


def test_opening_the_pages_changes_nothing(as_member):
    client = as_member()
    key = ApiKey.objects.get()

    page_of(client, "/account/keys/rotate/")
    page_of(client, f"/account/keys/{key.pk}/revoke/")

    assert states() == ["live"]
    assert client.get("/account/keys/show/").status_code == 405


def test_a_revoked_key_is_refused_and_another_can_be_made(as_member, run_tasks):
    client = as_member()
    key = ApiKey.objects.get()

    client.post(f"/account/keys/{key.pk}/revoke/")
    run_tasks()

    assert rights.read_access(key.key_id) is None
    page = page_of(client)
    assert "No key works as the current one" in page
    assert "revoked" in words_of(page)
    client.post("/account/keys/rotate/")
    run_tasks()
    assert states() == ["gone", "live"]
    assert shown(client.post("/account/keys/show/"))


def test_a_published_key_is_replaced_and_the_new_one_is_shown(as_member, run_tasks, cloud):
    client = as_member()
    key = ApiKey.objects.get()

    client.post(f"/account/keys/{key.pk}/revoke/", {"is_published": "on"})
    run_tasks()

    assert states() == ["gone", "live"]
    assert "was published and is revoked" in cloud.mails("alice@example.com")[0]["subject"]
    assert shown(client.post("/account/keys/show/"))


def test_the_key_of_another_customer_is_not_there(as_member, make_tenant, make_campaign):
    client = as_member()
    other = Tenant.objects.create(company="Burr Tools")
    key = ApiKey.objects.create(tenant=other, name="key-of-burr", state=State.LIVE, last4="wxyz")

    assert client.post(f"/account/keys/{key.pk}/revoke/").status_code == 404
    assert ApiKey.objects.get(pk=key.pk).state == State.LIVE


def test_the_page_says_when_a_key_was_used_last(as_member):
    client = as_member()
    key = ApiKey.objects.get()
    assert "not yet, as far as it was counted" in page_of(client)

    UsageDay.objects.create(tenant=key.tenant, api_key_id=key.key_id, day="2026-11-20", calls=3)
    assert "Last used 2026-11-20 " in words_of(page_of(client))

    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    UsageHour.objects.create(tenant=key.tenant, api_key_id=key.key_id, hour=hour, calls=3)
    assert f"{hour:%Y-%m-%d}, in the hour from {hour:%H:%M} UTC" in words_of(page_of(client))


def test_a_rotation_cannot_be_forged_from_another_site(as_member):
    client = as_member()
    strict = type(client)(enforce_csrf_checks=True)
    strict.cookies["sessionid"] = client.cookies["sessionid"].value

    assert strict.post("/account/keys/rotate/", {"overlap": "24h"}).status_code == 403
    assert states() == ["live"]


def test_who_lost_the_right_since_is_refused(as_member, run_tasks):
    client = as_member("developer")
    client.member.role = "read-only"
    client.member.save()

    assert rotate(client).status_code == 403


def test_a_colleague_added_later_signs_in_and_sees_the_same_keys(as_member, run_tasks):
    as_member()
    people.add_member(Tenant.objects.get(), "developer", "dev@example.com")
    run_tasks()
    client = as_member("developer", "dev@example.com")

    assert ApiKey.objects.get().last4 in page_of(client)
