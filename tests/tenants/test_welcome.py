"""From a one-time link to a password and a key that is shown once."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from adapters import usage_plans, user_pool
from adapters.errors import TryLater
from adapters.user_pool import PasswordTooWeak
from tenants import links, welcome
from tenants.errors import KeyAlreadyShown, LinkExpired, LinkUnknown, LinkUsed
from tenants.models import ApiKey, Member, OneTimeLink

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "Correct-horse-battery-1"


@pytest.fixture
def member(make_tenant):
    return make_tenant("alice@example.com").members.get()


@pytest.fixture
def link(member) -> OneTimeLink:
    return links.find_link(links.mint_link(member, timezone.now()))


def down(*_: object, **__: object) -> None:
    raise TryLater("AWS does not answer")


def token_in(mail) -> str:
    return re.search(r"/welcome/([\w-]+)/", mail["text"])[1]


def test_sql_keeps_no_token(member):
    token = links.mint_link(member, timezone.now())

    row = OneTimeLink.objects.latest("pk")

    assert token not in str(vars(row))


def test_an_unknown_token_leads_nowhere(db):
    with pytest.raises(LinkUnknown):
        links.find_link("made-up")


def test_a_link_works_once(link):
    welcome.choose_password(link, PASSWORD)

    with pytest.raises(LinkUsed):
        welcome.choose_password(OneTimeLink.objects.get(pk=link.pk), PASSWORD)


def test_using_one_link_voids_the_others_of_that_person(link, member):
    other = links.find_link(links.mint_link(member, timezone.now()))

    welcome.choose_password(link, PASSWORD)

    with pytest.raises(LinkUsed):
        welcome.choose_password(OneTimeLink.objects.get(pk=other.pk), PASSWORD)


def test_an_old_link_has_expired(link):
    OneTimeLink.objects.filter(pk=link.pk).update(expires_at=timezone.now() - timedelta(minutes=1))

    with pytest.raises(LinkExpired):
        welcome.choose_password(OneTimeLink.objects.get(pk=link.pk), PASSWORD)


def test_a_weak_password_leaves_the_link_good(link):
    with pytest.raises(PasswordTooWeak):
        welcome.choose_password(link, "onlysmallletters")

    welcome.choose_password(OneTimeLink.objects.get(pk=link.pk), PASSWORD)


def test_a_busy_aws_leaves_the_link_good(link, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(user_pool, "set_password", down)
        with pytest.raises(TryLater):
            welcome.choose_password(link, PASSWORD)

    welcome.choose_password(OneTimeLink.objects.get(pk=link.pk), PASSWORD)


def test_of_many_readers_of_one_link_one_sets_the_password(link, in_threads):
    def choose(number: int) -> str:
        try:
            welcome.choose_password(OneTimeLink.objects.get(pk=link.pk), f"{PASSWORD}-{number}")
        except LinkUsed:
            return "used"
        return "set"

    assert sorted(in_threads(6, choose)) == ["set"] + ["used"] * 5


def test_of_sixteen_readers_one_sees_the_key(member, in_threads):
    def look(_: int) -> str:
        try:
            return welcome.reveal_key(member)
        except KeyAlreadyShown:
            return ""

    seen = [value for value in in_threads(16, look) if value]

    assert seen == [usage_plans.key_value(ApiKey.objects.get().key_id)]


def test_a_key_that_could_not_be_read_was_not_shown(member, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(usage_plans, "key_value", down)
        with pytest.raises(TryLater):
            welcome.reveal_key(member)

    assert welcome.reveal_key(member)


def test_opening_the_link_spends_nothing(member, cloud, client):
    token = token_in(cloud.mails("alice@example.com")[0])

    for _ in range(3):
        answer = client.get(f"/welcome/{token}/")

    assert (answer.status_code, answer.url) == (302, "/welcome/")
    assert OneTimeLink.objects.get().used_at is None


def test_the_token_leaves_the_address_bar_and_is_not_cached(member, cloud, client):
    token = token_in(cloud.mails("alice@example.com")[0])

    page = client.get(f"/welcome/{token}/", follow=True)

    assert token not in page.content.decode()
    assert "no-store" in page["Cache-Control"]


def test_an_expired_link_offers_a_new_one_to_the_same_address(member, cloud, client, run_tasks):
    token = token_in(cloud.mails("alice@example.com")[0])
    OneTimeLink.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    assert client.get(f"/welcome/{token}/", follow=True).status_code == 410

    client.post("/welcome/new-link/")
    run_tasks()

    fresh = token_in(cloud.mails("alice@example.com")[0])
    assert fresh != token
    assert client.get(f"/welcome/{fresh}/", follow=True).status_code == 200


def test_a_used_link_offers_nothing(member, cloud, client, run_tasks):
    token = token_in(cloud.mails("alice@example.com")[0])
    welcome.choose_password(links.find_link(token), PASSWORD)
    mails = len(cloud.mails())

    page = client.get(f"/welcome/{token}/", follow=True)
    client.post("/welcome/new-link/")
    run_tasks()

    assert page.status_code == 410
    assert len(cloud.mails()) == mails


def test_without_a_link_the_welcome_pages_are_closed(client, db):
    assert client.get("/welcome/").status_code == 410
    assert client.post("/welcome/key/").status_code == 410


@pytest.mark.parametrize(
    ("role", "said"),
    [
        ("developer", "was shown already, to you or to a colleague"),
        ("billing", "are with its owners and developers"),
    ],
)
def test_a_colleague_reads_who_has_the_keys(member, client, role, said):
    welcome.reveal_key(member)
    Member.objects.filter(pk=member.pk).update(role=role)
    token = links.mint_link(member, timezone.now())
    client.get(f"/welcome/{token}/")

    answer = client.post("/welcome/", {"password": PASSWORD, "repeated": PASSWORD}, follow=True)
    page = answer.content.decode()

    assert said in page
    assert "show-key" not in page
    assert ("curl" in page) == (role == "developer")
