"""An owner says that a domain is theirs and proves it by a record in the DNS."""

from datetime import timedelta

import pytest
from django.utils import timezone

from adapters import domains, text_records
from backoffice.audit import SYSTEM, Act
from backoffice.models import AuditEvent
from tenants import accounts
from tenants.domains import claiming, holding, looking, proving
from tenants.errors import NotPossible
from tenants.models import Domain, DomainClaim, Member, Message

pytestmark = pytest.mark.django_db(transaction=True)

NAME = "ames.example"
State = DomainClaim.State


def words(answer):
    return " ".join(answer.content.decode().split())


@pytest.mark.parametrize("place", ["", "_gatehouse."])
def test_the_record_makes_the_domain_theirs(claim, publish, look, run_tasks, cloud, place):
    row = claim()
    publish(row, place)

    look(row)
    run_tasks()

    held = Domain.objects.get()
    assert (held.name, held.way, held.rule) == (NAME, "dns", "never")
    assert domains.read_domain(NAME).tenant_id == row.tenant_id
    assert "ames.example is yours" in cloud.mails("alice@example.com")[0]["subject"]
    event = AuditEvent.objects.get(action="hold domain")
    assert event.after["seen"] == f"TXT at {place}{NAME}"


def test_a_claim_alone_holds_nothing(claim):
    row = claim()

    assert row.state == State.WAITING
    assert not Domain.objects.exists()
    assert domains.read_domain(NAME) is None


def test_the_page_says_what_to_write_where_and_what_was_found(owner, claim, cloud, look):
    row = claim()
    cloud.dns.put(NAME, "v=spf1 -all")
    look(row)

    page = words(owner.get(f"/account/domains/proving/{row.pk}/"))

    assert f"gatehouse-domain-verification={row.token}" in page
    assert "_gatehouse.ames.example" in page
    assert "Not there yet" in page


def test_a_page_that_asks_while_the_record_is_being_taken_asks_again(
    owner, claim, publish, look, monkeypatch
):
    row = claim()
    publish(row)
    page, asked, prove = f"/account/domains/proving/{row.pk}/", [], proving.prove

    def ask_and_prove(*args, **named):
        asked.append(words(owner.get(page, headers={"HX-Request": "true"})))
        return prove(*args, **named)

    monkeypatch.setattr(proving, "prove", ask_and_prove)
    look(row)

    assert "We are looking now" in asked[0]
    assert f'hx-get="{page}"' in asked[0]
    assert owner.get(page, headers={"HX-Request": "true"})["HX-Refresh"] == "true"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("gatehouse-domain-verification=of-another", "another"),
        ("gatehouse-domain-verification=", "another"),
        ("x" * 30_000, "nothing"),
    ],
)
def test_another_record_proves_nothing(claim, cloud, look, text, found):
    row = claim()
    cloud.dns.put(NAME, text)

    look(row)

    assert (row.state, row.found) == (State.WAITING, found)


def test_the_record_of_another_customers_claim_proves_nothing(
    claim, publish, look, as_member, make_tenant
):
    mine = claim()
    other = claim(client=as_member(tenant=make_tenant("bob@example.com")))
    publish(mine)

    look(other)

    assert (other.state, other.found) == (State.WAITING, "another")


def test_a_record_behind_an_alias_proves_nothing(claim, cloud, look):
    row = claim()
    cloud.dns.put("host.example", looking.record_of(row))
    cloud.dns.aliases["_gatehouse.ames.example"] = "host.example"

    look(row)

    assert row.state == State.WAITING


@pytest.mark.parametrize("fault", ["servfail", "silence"])
def test_servers_that_do_not_answer_are_asked_again(
    claim, cloud, publish, look, monkeypatch, fault
):
    monkeypatch.setattr(text_records, "PATIENCE_SECONDS", 0.2)
    row = claim()
    cloud.dns.faults[NAME] = fault
    assert look(row).found == "silence"

    cloud.dns.faults.clear()
    publish(row)

    assert look(row).state == State.PROVED


def test_one_place_that_does_not_answer_does_not_hide_the_other(claim, cloud, publish, look):
    row = claim()
    publish(row, "_gatehouse.")
    cloud.dns.faults[NAME] = "servfail"

    assert look(row).state == State.PROVED


def test_looks_become_rarer_and_end_after_a_week(claim, look, run_tasks, cloud):
    row = look(claim())
    assert row.look_at - row.looked_at == timedelta(minutes=1)

    long_ago = timezone.now() - timedelta(days=3)
    DomainClaim.objects.filter(pk=row.pk).update(asked_at=long_ago)
    look(row)
    assert row.look_at - row.looked_at == timedelta(hours=1)

    DomainClaim.objects.filter(pk=row.pk).update(expires_at=timezone.now())
    looking.queue_due()
    run_tasks()
    row.refresh_from_db()
    assert (row.state, row.look_at) == (State.EXPIRED, None)
    assert "is not proved" in cloud.mails("alice@example.com")[0]["subject"]


def test_looking_now_is_limited(owner, claim, publish, run_tasks):
    row = claim()
    publish(row)

    first = owner.post(f"/account/domains/proving/{row.pk}/look/", follow=True)
    second = owner.post(f"/account/domains/proving/{row.pk}/look/", follow=True)
    run_tasks()

    assert "We are looking now" in words(first)
    assert "We looked a moment ago" in words(second)
    assert Domain.objects.exists()


@pytest.mark.parametrize(
    ("written", "name"),
    [
        (" AMES.Example. ", NAME),
        ("Bücher.example", "xn--bcher-kva.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("mail.ames.example", "mail.ames.example"),
    ],
)
def test_a_domain_has_one_spelling(claim, written, name):
    assert claim(written).name == name


@pytest.mark.parametrize(
    "written",
    ["", "ames", "192.0.2.1", "a..example", "https://ames.example", "GMAIL.com.", "-a.de"],
)
def test_what_is_no_domain_of_theirs_is_refused_at_the_field(owner, written):
    answer = owner.post("/account/domains/", {"name": written})

    assert answer.status_code == 422
    assert 'href="#id_name"' in words(answer)
    assert not DomainClaim.objects.exists()


def test_who_holds_a_domain_is_told_to_nobody(owner, make_tenant):
    other = make_tenant("bob@example.com", company="Burr Tools")
    holding.hold(other, SYSTEM, name=NAME, rule="never")

    page = words(owner.post("/account/domains/", {"name": NAME}))

    assert "Another account has proved" in page
    assert "Burr" not in page


def test_of_two_who_prove_one_domain_at_once_one_has_it(
    claim, publish, as_member, make_tenant, in_threads
):
    rows = [claim(), claim(client=as_member(tenant=make_tenant("bob@example.com")))]
    for row in rows:
        publish(row)
    DomainClaim.objects.update(look_at=timezone.now())

    in_threads(2, lambda number: looking.look_at_claim(rows[number]))

    states = set(DomainClaim.objects.values_list("state", flat=True))
    assert states == {State.PROVED, State.TAKEN}
    winner = DomainClaim.objects.get(state=State.PROVED)
    assert Domain.objects.get().tenant_id == winner.tenant_id
    told = Message.objects.get(kind=Message.Kind.DOMAIN_NOT_PROVED)
    assert told.member.tenant_id != winner.tenant_id


def test_two_workers_prove_a_claim_once(claim, publish, in_threads):
    row = claim()
    publish(row)
    DomainClaim.objects.update(look_at=timezone.now())

    in_threads(4, lambda _: looking.look_at_claim(DomainClaim.objects.get(pk=row.pk)))

    assert Domain.objects.count() == 1
    assert Message.objects.filter(kind=Message.Kind.DOMAIN_PROVED).count() == 1


def test_a_withdrawn_claim_and_one_of_a_closed_account_prove_nothing(owner, claim, publish, look):
    first, second = claim(), claim("other.example")
    publish(first)
    publish(second)

    owner.post(f"/account/domains/proving/{first.pk}/withdraw/")
    accounts.close(owner.member.tenant, SYSTEM)

    assert {look(first).state, look(second).state} == {State.WITHDRAWN}
    assert not Domain.objects.exists()


def test_ten_domains_and_twenty_claims_a_day_are_enough(owner, monkeypatch):
    member, act = owner.member, Act(None, name=owner.member.email)
    holding.hold(member.tenant, SYSTEM, name="held.example", rule="never")
    rows = [claiming.claim(member, act, name=f"d{number}.example") for number in range(9)]
    with pytest.raises(NotPossible, match="10 domains at most"):
        claiming.claim(member, act, name=NAME)
    with pytest.raises(NotPossible, match="10 domains at most"):
        holding.hold(member.tenant, SYSTEM, name=NAME, rule="never")

    claiming.withdraw(rows[0], act)
    monkeypatch.setattr(claiming, "MOST_A_DAY", 9)

    with pytest.raises(NotPossible, match="within a day"):
        claiming.claim(member, act, name=NAME)


@pytest.mark.parametrize("role", ["developer", "billing", "read-only"])
def test_only_owners_see_and_prove_domains(owner, as_member, claim, role):
    row = claim()
    client = as_member(role)

    answers = [
        client.get("/account/domains/"),
        client.get(f"/account/domains/proving/{row.pk}/"),
        client.post(f"/account/domains/proving/{row.pk}/withdraw/"),
    ]

    assert {answer.status_code for answer in answers} == {403}
    assert Member.objects.filter(role=role).exists()


def test_another_customers_claim_is_not_there(claim, as_member, make_tenant):
    row = claim()
    stranger = as_member(tenant=make_tenant("bob@example.com"))

    for what in ("", "look/", "mail/", "withdraw/"):
        url = f"/account/domains/proving/{row.pk}/{what}"
        answer = stranger.post(url) if what else stranger.get(url)
        assert answer.status_code == 404
    row.refresh_from_db()
    assert (row.state, row.pressed_at) == (State.WAITING, None)
